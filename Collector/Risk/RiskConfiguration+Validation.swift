import Insight
import Telemetry

/// A setting that cannot be used: which one, the rule it breaks, what was found.
package struct RiskConfigurationError: Error, Equatable, CustomStringConvertible {
    package var setting: String
    package var rule: String
    package var found: String

    package var description: String { "\(setting) must be \(rule), found \(found)" }
}

extension RiskConfiguration {
    /// The configuration itself when every setting can be used. Signals and profiles that are not named keep their
    /// defaults.
    package func validated() throws(RiskConfigurationError) -> RiskConfiguration {
        for name in signals.keys.sorted() { try Self.requireSignal("signals", name) }
        for (profile, limits) in profiles.sorted(by: { $0.key < $1.key }) {
            guard Profile(rawValue: profile) != nil else {
                throw RiskConfigurationError(
                    setting: "profiles", rule: "one of \(Self.list(Profile.allCases.map(\.rawValue)))", found: profile)
            }
            for name in limits.keys.sorted() { try Self.requireSignal("profiles.\(profile)", name) }
        }
        for setting in RiskSetting.all {
            let value = setting.value(in: self)
            guard setting.range.contains(value) else {
                throw RiskConfigurationError(
                    setting: setting.path, rule: setting.rule, found: RiskSetting.text(value))
            }
        }
        try require(
            "current_weight", currentWeight + predictedWeight, "1 together with predicted_weight"
        ) { abs($0 - 1) < 1e-9 }
        try require(
            "prediction.weight_50", prediction.quantileWeights.reduce(0, +),
            "1 together with weight_75, weight_90 and weight_98"
        ) { abs($0 - 1) < 1e-9 }
        for (name, curve) in [("30_minutes", fleet.within30Minutes), ("8_hours", fleet.within8Hours)] {
            try require(
                "fleet.within_\(name).most", curve.most, "at least as large as least \(RiskSetting.text(curve.least))"
            ) { $0 >= curve.least }
        }
        for profile in Profile.allCases {
            for signal in RiskSignal.allCases {
                let (limits, path) = (limits(of: signal, on: profile), "profiles.\(profile.rawValue).\(signal.name)")
                try require(
                    "\(path).normal_high", limits.normalHigh, "above normal_low \(RiskSetting.text(limits.normalLow))"
                ) { $0 > limits.normalLow }
                try require(
                    "\(path).ramp_end", limits.rampEnd, "above ramp_start \(RiskSetting.text(limits.rampStart))"
                ) { $0 > limits.rampStart }
            }
        }
        return self
    }

    private func require(
        _ setting: String, _ value: Double, _ rule: String, _ holds: (Double) -> Bool
    ) throws(RiskConfigurationError) {
        guard holds(value) else {
            throw RiskConfigurationError(setting: setting, rule: rule, found: RiskSetting.text(value))
        }
    }

    private static func requireSignal(_ path: String, _ name: String) throws(RiskConfigurationError) {
        guard RiskSignal(name: name) != nil else {
            throw RiskConfigurationError(
                setting: path, rule: "one of \(list(RiskSignal.allCases.map(\.name)))", found: name)
        }
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
