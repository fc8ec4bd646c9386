import Glibc
import Insight
import Telemetry

/// A configuration made ready for use: one row per profile and signal, shares instead of points, no names to look up.
struct RuleBook: Sendable {
    private let byProfile: [Profile: [SignalRule]]

    init(_ configuration: RiskConfiguration) {
        byProfile = Dictionary(
            uniqueKeysWithValues: Profile.allCases.map { ($0, Self.rules(for: $0, configuration)) })
    }

    /// A row for each signal, in the order of `RiskSignal.allCases`.
    func rules(for profile: Profile) -> [SignalRule] { byProfile[profile] ?? [] }

    private static func rules(for profile: Profile, _ configuration: RiskConfiguration) -> [SignalRule] {
        RiskSignal.allCases.map { signal in
            SignalRule(
                signal: signal, settings: configuration.settings(of: signal),
                limits: configuration.limits(of: signal, on: profile))
        }
    }
}

/// What one signal weighs on hosts of one profile.
struct SignalRule: Sendable {
    let signal: RiskSignal
    let limits: SignalLimits
    /// `SignalSettings.points` and `foreseenPoints` as shares, 0…0.99.
    let share: Double
    let foreseenShare: Double
    let alarmingRise: Double?
    let quietChange: Double
    let compounds: Bool

    init(signal: RiskSignal, settings: SignalSettings, limits: SignalLimits) {
        self.signal = signal
        self.limits = limits
        share = settings.points / 100
        foreseenShare = settings.foreseenPoints / 100
        alarmingRise = settings.alarmingRise
        quietChange = settings.quietChange
        compounds = settings.compounds
    }

    /// How far the present value would have to move before a rise is of interest: 0 below the profile's normal range,
    /// 1 above it.
    func reach(_ value: Double) -> Double {
        min(1, max(0, (value - limits.normalLow) / (limits.normalHigh - limits.normalLow)))
    }
}

/// −ln(1 − share): independent chances multiply, so these add, and each part's share of a sum is plain.
func hazard(_ share: Double) -> Double { -log1p(-min(share, 0.999_999)) }

/// The chance that a sum of hazards stands for.
func chance(_ hazards: Double) -> Double { -expm1(-hazards) }
