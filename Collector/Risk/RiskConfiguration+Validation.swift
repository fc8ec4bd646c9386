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
        try require("currentWeight", currentWeight, "0…1") { (0...1).contains($0) }
        try require("predictedWeight", predictedWeight, "0…1") { (0...1).contains($0) }
        try require("currentWeight + predictedWeight", currentWeight + predictedWeight, "1") { abs($0 - 1) < 1e-9 }
        try require("blend", blend, "1…20") { (1...20).contains($0) }
        try require("offlineAfterSeconds", offlineAfterSeconds, "positive") { $0 > 0 }
        try require("trend.points", trend.points, "0…99") { (0...99).contains($0) }
        try require("trend.windowMinutes", trend.windowMinutes, "10…120") { (10...120).contains($0) }
        try require("trend.usualMultiple", trend.usualMultiple, "0…10") { (0...10).contains($0) }
        try require("trend.usualHours", trend.usualHours, "1…24") { (1...24).contains($0) }
        try require("trend.recovery", trend.recovery, "0…0.95") { (0...0.95).contains($0) }
        try require("correlation.strength", correlation.strength, "0…2") { (0...2).contains($0) }
        try validatePrediction()
        try validateFleet()
        for (name, settings) in signals.sorted(by: { $0.key < $1.key }) {
            try Self.requireSignal("signals", name)
            try validate(settings, "signals.\(name)")
        }
        for (profile, limits) in profiles.sorted(by: { $0.key < $1.key }) {
            guard Profile(rawValue: profile) != nil else {
                throw RiskConfigurationError(
                    setting: "profiles", rule: "one of \(Self.list(Profile.allCases.map(\.rawValue)))", found: profile)
            }
            for (name, limits) in limits.sorted(by: { $0.key < $1.key }) {
                try Self.requireSignal("profiles.\(profile)", name)
                try validate(limits, "profiles.\(profile).\(name)")
            }
        }
        return self
    }

    private func validatePrediction() throws(RiskConfigurationError) {
        try require("prediction.nearMinutes", prediction.nearMinutes, "5…480") { (5...480).contains($0) }
        try require("prediction.farWeight", prediction.farWeight, "0…1") { (0...1).contains($0) }
        let weights = prediction.quantileWeights
        try require("prediction.quantileWeights, how many", Double(weights.count), "4") { $0 == 4 }
        try require("prediction.quantileWeights, the least", weights.min() ?? 0, "at least 0") { $0 >= 0 }
        try require("prediction.quantileWeights, their sum", weights.reduce(0, +), "1") { abs($0 - 1) < 1e-9 }
    }

    private func validateFleet() throws(RiskConfigurationError) {
        for (setting, share) in [
            ("criticalShare", fleet.criticalShare), ("criticalWarningShare", fleet.criticalWarningShare),
            ("warningShare", fleet.warningShare), ("warningWarningShare", fleet.warningWarningShare),
            ("cautionWarningShare", fleet.cautionWarningShare),
        ] {
            try require("fleet.\(setting)", share, "0…1") { (0...1).contains($0) }
        }
        for (setting, curve) in [
            ("within30Minutes", fleet.within30Minutes), ("within8Hours", fleet.within8Hours),
        ] {
            try require("fleet.\(setting).evenScore", curve.evenScore, "0…100") { (0...100).contains($0) }
            try require("fleet.\(setting).pointsPerE", curve.pointsPerE, "0.1…100") { (0.1...100).contains($0) }
        }
    }

    private func validate(_ settings: SignalSettings, _ path: String) throws(RiskConfigurationError) {
        try require("\(path).points", settings.points, "0…99") { (0...99).contains($0) }
        try require("\(path).foreseenPoints", settings.foreseenPoints, "0…99") { (0...99).contains($0) }
        try require("\(path).quietChange", settings.quietChange, "at least 0") { $0 >= 0 && $0.isFinite }
        if let rise = settings.alarmingRise {
            try require("\(path).alarmingRise", rise, "positive") { $0 > 0 && $0.isFinite }
        }
    }

    private func validate(_ limits: SignalLimits, _ path: String) throws(RiskConfigurationError) {
        for value in [limits.normalLow, limits.normalHigh, limits.rampStart, limits.rampEnd] {
            try require(path, value, "finite") { $0.isFinite }
        }
        try require("\(path).normalHigh", limits.normalHigh, "above normalLow \(limits.normalLow)") {
            $0 > limits.normalLow
        }
        try require("\(path).rampEnd", limits.rampEnd, "above rampStart \(limits.rampStart)") { $0 > limits.rampStart }
    }

    private func require(
        _ setting: String, _ value: Double, _ rule: String, _ holds: (Double) -> Bool
    ) throws(RiskConfigurationError) {
        guard holds(value) else { throw RiskConfigurationError(setting: setting, rule: rule, found: "\(value)") }
    }

    private static func requireSignal(_ path: String, _ name: String) throws(RiskConfigurationError) {
        guard RiskSignal(name: name) != nil else {
            throw RiskConfigurationError(
                setting: path, rule: "one of \(list(RiskSignal.allCases.map(\.name)))", found: name)
        }
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
