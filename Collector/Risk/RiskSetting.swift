import Insight
import Telemetry

/// One number of `RiskConfiguration` under the name it has in the configuration file and in the API. The list of them
/// says what can be set and within which bounds; reading, writing and checking all walk it.
package struct RiskSetting: Sendable {
    /// Groups and key, joined by dots: `trend.window_minutes`, `profiles.database.mem_used_pct.ramp_start`.
    package let path: String
    package let range: ClosedRange<Double>
    /// Written as true or false, held as 1 or 0.
    package let isSwitch: Bool
    private let get: @Sendable (RiskConfiguration) -> Double
    private let put: @Sendable (inout RiskConfiguration, Double) -> Void

    package func value(in configuration: RiskConfiguration) -> Double { get(configuration) }

    package func set(_ value: Double, in configuration: inout RiskConfiguration) { put(&configuration, value) }

    /// "from 0 to 99".
    package var rule: String {
        isSwitch ? "true or false" : "from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
    }

    static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
    }

    /// In the order in which they are written.
    package static let all: [RiskSetting] =
        general + RiskSignal.allCases.flatMap(settings) + Profile.allCases.flatMap(limits)

    private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

    package static func named(_ path: String) -> RiskSetting? { byPath[path] }

    /// Whether a path is a group of settings.
    package static func isGroup(_ path: String) -> Bool { groups.contains(path) }

    private static let groups = Set(
        all.flatMap { setting in
            let words = setting.path.split(separator: ".")
            return (1..<words.count).map { words.prefix($0).joined(separator: ".") }
        })

    // MARK: The list

    private typealias Field<Root> = any WritableKeyPath<Root, Double> & Sendable

    private static func plain(
        _ path: String, _ range: ClosedRange<Double>, _ field: Field<RiskConfiguration>
    ) -> RiskSetting {
        RiskSetting(
            path: path, range: range, isSwitch: false, get: { $0[keyPath: field] }, put: { $0[keyPath: field] = $1 })
    }

    private static let general: [RiskSetting] = [
        plain("current_weight", 0...1, \.currentWeight),
        plain("predicted_weight", 0...1, \.predictedWeight),
        plain("blend", 1...20, \.blend),
        plain("offline_after_seconds", 1...86_400, \.offlineAfterSeconds),
        plain("trend.points", 0...99, \.trend.points),
        plain("trend.window_minutes", 10...120, \.trend.windowMinutes),
        plain("trend.usual_multiple", 0...10, \.trend.usualMultiple),
        plain("trend.certain_multiple", 0.1...10, \.trend.certainMultiple),
        plain("trend.usual_hours", 1...24, \.trend.usualHours),
        plain("trend.recovery", 0...0.95, \.trend.recovery),
        plain("trend.slow_window_minutes", 10...480, \.trend.slowWindowMinutes),
        plain("trend.alarming_minutes", 0...480, \.trend.alarmingMinutes),
        plain("trend.carried_minutes", 0...480, \.trend.carriedMinutes),
        plain("trend.slow_carried_minutes", 0...480, \.trend.slowCarriedMinutes),
        plain("trend.carried_belief", 0...1, \.trend.carriedBelief),
        plain("correlation.strength", 0...2, \.correlation.strength),
        plain("prediction.near_minutes", 5...480, \.prediction.nearMinutes),
        plain("prediction.far_weight", 0...1, \.prediction.farWeight),
        plain("prediction.weight_50", 0...1, \.prediction.weight50),
        plain("prediction.weight_75", 0...1, \.prediction.weight75),
        plain("prediction.weight_90", 0...1, \.prediction.weight90),
        plain("prediction.weight_98", 0...1, \.prediction.weight98),
        plain("fleet.critical_share", 0...1, \.fleet.criticalShare),
        plain("fleet.critical_warning_share", 0...1, \.fleet.criticalWarningShare),
        plain("fleet.warning_share", 0...1, \.fleet.warningShare),
        plain("fleet.warning_warning_share", 0...1, \.fleet.warningWarningShare),
        plain("fleet.caution_warning_share", 0...1, \.fleet.cautionWarningShare),
        plain("fleet.silent_share", 0...1, \.fleet.silentShare),
        plain("fleet.within_30_minutes.even_score", 0...100, \.fleet.within30Minutes.evenScore),
        plain("fleet.within_30_minutes.points_per_e", 0.1...100, \.fleet.within30Minutes.pointsPerE),
        plain("fleet.within_30_minutes.least", 0...1, \.fleet.within30Minutes.least),
        plain("fleet.within_30_minutes.most", 0...1, \.fleet.within30Minutes.most),
        plain("fleet.within_30_minutes.independence", 0...1, \.fleet.independence30Minutes),
        plain("fleet.within_8_hours.even_score", 0...100, \.fleet.within8Hours.evenScore),
        plain("fleet.within_8_hours.points_per_e", 0.1...100, \.fleet.within8Hours.pointsPerE),
        plain("fleet.within_8_hours.least", 0...1, \.fleet.within8Hours.least),
        plain("fleet.within_8_hours.most", 0...1, \.fleet.within8Hours.most),
        plain("fleet.within_8_hours.independence", 0...1, \.fleet.independence8Hours),
    ]

    private static func settings(of signal: RiskSignal) -> [RiskSetting] {
        func one(
            _ key: String, _ range: ClosedRange<Double>, isSwitch: Bool = false, _ field: Field<SignalSettings>
        ) -> RiskSetting {
            let name = signal.name
            return RiskSetting(
                path: "signals.\(name).\(key)", range: range, isSwitch: isSwitch,
                get: { $0.settings(of: signal)[keyPath: field] },
                put: { configuration, value in
                    var settings = configuration.settings(of: signal)
                    settings[keyPath: field] = value
                    configuration.signals[name] = settings
                })
        }
        return [
            one("points", 0...99, \.points), one("foreseen_points", 0...99, \.foreseenPoints),
            one("alarming_rise", 0...1e6, \.alarmingRiseOrZero), one("quiet_change", 0...1e6, \.quietChange),
            one("compounds", 0...1, isSwitch: true, \.compoundsAsNumber),
        ]
    }

    private static func limits(of profile: Profile) -> [RiskSetting] {
        RiskSignal.allCases.flatMap { signal in
            func one(_ key: String, _ field: Field<SignalLimits>) -> RiskSetting {
                RiskSetting(
                    path: "profiles.\(profile.rawValue).\(signal.name).\(key)", range: -1e9...1e9, isSwitch: false,
                    get: { $0.limits(of: signal, on: profile)[keyPath: field] },
                    put: { configuration, value in
                        var limits = configuration.limits(of: signal, on: profile)
                        limits[keyPath: field] = value
                        configuration.profiles[profile.rawValue, default: [:]][signal.name] = limits
                    })
            }
            return [
                one("normal_low", \.normalLow), one("normal_high", \.normalHigh), one("ramp_start", \.rampStart),
                one("ramp_end", \.rampEnd),
            ]
        }
    }
}

extension RiskConfiguration {
    /// What holds for a signal: its own settings, or the shipped ones.
    func settings(of signal: RiskSignal) -> SignalSettings {
        signals[signal.name] ?? Self.shippedSignals[signal.name]
            ?? SignalSettings(points: 0, foreseenPoints: 0, alarmingRise: nil, quietChange: 0)
    }

    func limits(of signal: RiskSignal, on profile: Profile) -> SignalLimits {
        profiles[profile.rawValue]?[signal.name] ?? Self.shippedProfiles[profile.rawValue]?[signal.name]
            ?? SignalLimits(normal: 0...1, rampStart: 1, rampEnd: 2)
    }

    /// The settings whose values are not those of `base`, in the list's order.
    package func changes(from base: RiskConfiguration) -> [(setting: RiskSetting, value: Double)] {
        RiskSetting.all.compactMap { setting in
            let value = setting.value(in: self)
            return value == setting.value(in: base) ? nil : (setting, value)
        }
    }
}

extension SignalSettings {
    /// 0 for a signal whose trend says nothing.
    fileprivate var alarmingRiseOrZero: Double {
        get { alarmingRise ?? 0 }
        set { alarmingRise = newValue == 0 ? nil : newValue }
    }

    fileprivate var compoundsAsNumber: Double {
        get { compounds ? 1 : 0 }
        set { compounds = newValue != 0 }
    }
}
