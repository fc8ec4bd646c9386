import Insight
import Numerics
import TFT
import Telemetry

/// A host's history with the numbers that bring its metrics into the network's space and back.
struct FeatureWindow: Sendable {
    let history: History
    let profile: Profile
    let firstStep: Int
    /// Mean of each target over its known steps, and unbiased standard deviation, not below the metric's floor.
    /// NaN where nothing is known.
    let centres: [Double]
    let spreads: [Double]

    init(_ history: History, _ request: ForecastRequest, _ features: FeatureConfig) {
        self.history = history
        profile = request.profile
        firstStep = request.firstStep
        var (centres, spreads): ([Double], [Double]) = ([], [])
        for (target, metric) in features.targets.enumerated() {
            let (mean, deviation) = Self.moments(history, metric)
            centres.append(mean)
            spreads.append(max(deviation, features.floors[target]))
        }
        self.centres = centres
        self.spreads = spreads
    }

    /// Carried values count as the network sees them; what is shown as its centre does not count.
    private static func moments(_ history: History, _ metric: Metric) -> (mean: Double, deviation: Double) {
        var (count, sum, squares) = (0.0, 0.0, 0.0)
        for step in history.shown {
            let value = step.values[raw: metric.rawValue]
            if !value.isNaN { (count, sum) = (count + 1, sum + value) }
        }
        guard count > 0 else { return (.nan, 0) }
        let mean = sum / count
        for step in history.shown {
            let value = step.values[raw: metric.rawValue]
            if !value.isNaN { squares += (value - mean) * (value - mean) }
        }
        return (mean, count > 1 ? (squares / (count - 1)).squareRoot() : 0)
    }

    /// Writes this host's inputs into its place of a batch.
    func fill(_ batch: inout TFTBatch, host: Int, _ features: FeatureConfig) {
        let (steps, horizon) = (batch.encoderSteps, batch.decoderSteps)
        for (column, feature) in features.staticReals.enumerated() {
            batch.staticReals[host, column] = staticValue(feature, features)
        }
        for (column, feature) in features.staticCategoricals.enumerated() {
            batch.staticCategories[column][host] = category(feature, state: nil)
        }
        for (position, step) in history.shown.enumerated() {
            let row = host * steps + position
            for (column, feature) in features.encoderReals.enumerated() {
                batch.encoderReals[row, column] = value(feature, age: step.age, step.values, features)
            }
            for (column, feature) in features.encoderCategoricals.enumerated() {
                batch.encoderCategories[column][row] = category(feature, state: step.state)
            }
        }
        for position in 0..<horizon {
            for (column, feature) in features.decoderReals.enumerated() {
                batch.decoderReals[host * horizon + position, column] = value(feature, age: -position, nil, features)
            }
        }
    }

    private func staticValue(_ feature: FeatureConfig.StaticFeature, _ features: FeatureConfig) -> Float {
        switch feature {
        case .encoderLength(let scaler):
            let (length, most) = (Double(history.shown.count), Double(features.encoderSteps))
            return scaler((length - 0.5 * most) / most * 2)
        // Of a metric that is not known at all: the middle of what the model was trained on.
        case .centre(let target, let scaler): return centres[target].isNaN ? 0 : scaler(centres[target])
        case .spread(let target, let scaler): return centres[target].isNaN ? 0 : scaler(spreads[target])
        }
    }

    private func value(
        _ feature: FeatureConfig.StepFeature, age: Int, _ values: MetricVector?, _ features: FeatureConfig
    ) -> Float {
        let time = firstStep - age * Step.seconds
        switch feature {
        case .hour(let scaler): return scaler(CivilTime.hour(time))
        case .dayOfWeek(let scaler): return scaler(Double(CivilTime.dayOfWeek(time)))
        case .month(let scaler): return scaler(Double(CivilTime.month(time)))
        case .isWeekend(let scaler): return scaler(CivilTime.dayOfWeek(time) >= 5 ? 1 : 0)
        case .relativeTime(let scaler): return scaler(Double(-age) / Double(features.encoderSteps))
        case .target(let target):
            let value = values?[raw: features.targets[target].rawValue] ?? .nan
            return value.isNaN ? 0 : Float((value - centres[target]) / spreads[target])
        case .metric(let metric, let scaler): return values?[metric].map { scaler($0) } ?? 0
        }
    }

    private func category(_ feature: FeatureConfig.CategoricalFeature, state: HostState?) -> Int32 {
        let (classes, name) =
            switch feature {
            case .profile(let classes): (classes, profile.rawValue)
            case .state(let classes): (classes, state?.rawValue ?? "")
            }
        return classes[name] ?? classes["nan"] ?? 0
    }
}
