import Glibc
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
        history.values.withUnsafeBufferPointer { values in
            let column = values[history.places(metric)]
            var (count, sum, squares) = (0.0, 0.0, 0.0)
            for value in column where !value.isNaN { (count, sum) = (count + 1, sum + value) }
            guard count > 0 else { return (.nan, 0) }
            let mean = sum / count
            for value in column where !value.isNaN { squares += (value - mean) * (value - mean) }
            return (mean, count > 1 ? (squares / (count - 1)).squareRoot() : 0)
        }
    }

    /// Writes this host's inputs into its place of a batch. `times` are of this window's first step.
    func fill(_ batch: inout TFTBatch, host: Int, _ features: FeatureConfig, _ times: TimeTable) {
        for (column, feature) in features.staticReals.enumerated() {
            batch.staticReals[host, column] = staticValue(feature, features)
        }
        for (column, feature) in features.staticCategoricals.enumerated() {
            batch.staticCategories[column][host] = category(feature, state: nil)
        }
        for (column, feature) in features.encoderCategoricals.enumerated() {
            let first = host * batch.encoderSteps
            for (i, state) in history.states.enumerated() {
                batch.encoderCategories[column][first + i] = category(feature, state: state)
            }
        }
        let (encoderFirst, decoderFirst) = (host * batch.encoderSteps, host * batch.decoderSteps)
        let (encoderWidth, decoderWidth) = (batch.encoderReals.columns, batch.decoderReals.columns)
        let horizon = batch.decoderSteps
        batch.encoderReals.values.withUnsafeMutableBufferPointer { reals in
            for (column, feature) in features.encoderReals.enumerated() {
                let first = encoderFirst * encoderWidth + column
                fill(reals, first: first, stride: encoderWidth, feature, features, times.encoder[column])
            }
        }
        batch.decoderReals.values.withUnsafeMutableBufferPointer { reals in
            for column in features.decoderReals.indices {
                guard let table = times.decoder[column] else { continue }
                for i in 0..<horizon { reals[(decoderFirst + i) * decoderWidth + column] = table[i] }
            }
        }
    }

    /// One column of the encoder's reals: `reals[first + i · stride]` for step i. `table` holds a time feature by age.
    private func fill(
        _ reals: UnsafeMutableBufferPointer<Float>, first: Int, stride: Int, _ feature: FeatureConfig.StepFeature,
        _ features: FeatureConfig, _ table: [Float]?
    ) {
        if let table {
            for (i, age) in history.ages.enumerated() { reals[first + i * stride] = table[age] }
            return
        }
        let (metric, centre, spread): (Metric, Double, Double)
        switch feature {
        case .target(let target):
            (metric, centre, spread) = (features.targets[target], centres[target], spreads[target])
        case .metric(let other, let scaler): (metric, centre, spread) = (other, scaler.centre, scaler.scale)
        default: return
        }
        var isAsinh = false
        if features.isAsinh, case .target = feature { isAsinh = true }
        history.values.withUnsafeBufferPointer { values in
            for (i, value) in values[history.places(metric)].enumerated() {
                let shown = value.isNaN ? 0 : Float((value - centre) / spread)
                reals[first + i * stride] = isAsinh ? asinhf(shown) : shown
            }
        }
    }

    private func staticValue(_ feature: FeatureConfig.StaticFeature, _ features: FeatureConfig) -> Float {
        switch feature {
        case .encoderLength(let scaler):
            let (length, most) = (Double(history.count), Double(features.encoderSteps))
            return scaler((length - 0.5 * most) / most * 2)
        // Of a metric that is not known at all: the middle of what the model was trained on.
        case .centre(let target, let scaler): return centres[target].isNaN ? 0 : scaler(centres[target])
        case .spread(let target, let scaler): return centres[target].isNaN ? 0 : scaler(spreads[target])
        }
    }

    private func category(_ feature: FeatureConfig.CategoricalFeature, state: HostState?) -> Int32 {
        switch feature {
        case .profile(let classes): classes.of(profile)
        case .state(let classes): state.map { classes.of($0) } ?? classes.unknown
        }
    }
}
