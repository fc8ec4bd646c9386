import Glibc
import Telemetry

/// The features that depend on the time alone, by age, for one first step: all hosts of a round share them.
struct TimeTable: Sendable {
    let firstStep: Int
    /// For each encoder column, by age (1 is the last step before the first predicted one); nil for a metric's column.
    let encoder: [[Float]?]
    /// For each decoder column, by step ahead.
    let decoder: [[Float]?]

    init(firstStep: Int, _ features: FeatureConfig, horizon: Int) {
        self.firstStep = firstStep
        func table(_ feature: FeatureConfig.StepFeature, _ ages: [Int]) -> [Float]? {
            let values = ages.compactMap { Self.value(feature, firstStep: firstStep, age: $0, features.encoderSteps) }
            return values.count == ages.count ? values : nil
        }
        let (encoderAges, decoderAges) = (Array(0...features.encoderSteps), (0..<horizon).map { -$0 })
        encoder = features.encoderReals.map { table($0, encoderAges) }
        decoder = features.decoderReals.map { table($0, decoderAges) }
    }

    private static func value(
        _ feature: FeatureConfig.StepFeature, firstStep: Int, age: Int, _ encoderSteps: Int
    ) -> Float? {
        let time = firstStep - age * Step.seconds
        return switch feature {
        case .hour(let scaler): scaler(CivilTime.hour(time))
        case .hourSine: Float(sin(CivilTime.hour(time) / 12 * .pi))
        case .hourCosine: Float(cos(CivilTime.hour(time) / 12 * .pi))
        case .dayOfWeek(let scaler): scaler(Double(CivilTime.dayOfWeek(time)))
        case .month(let scaler): scaler(Double(CivilTime.month(time)))
        case .isWeekend(let scaler): scaler(CivilTime.dayOfWeek(time) >= 5 ? 1 : 0)
        case .relativeTime(let scaler): scaler(Double(-age) / Double(encoderSteps))
        case .target, .metric: nil
        }
    }
}
