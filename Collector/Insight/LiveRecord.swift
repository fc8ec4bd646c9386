package import Telemetry

/// How the model has fared lately on one host, beside the simple forecasts: losses over the pairs that both had, by
/// metric and horizon, an older pair weighing less (half after 200 steps, 17 hours).
package struct LiveRecord: Sendable, Equatable {
    /// Who speaks for a metric at a horizon.
    package struct Voice: Sendable, Equatable {
        /// How much of the forecast is the model's, 0…1.
        package var modelShare: Double
        /// The best of the simple forecasts, which speaks with the rest.
        package var simple: SimpleForecast
        /// Its mean absolute error, in the metric's unit.
        package var simpleError: Double

        package init(modelShare: Double, simple: SimpleForecast, simpleError: Double) {
            self.modelShare = modelShare
            self.simple = simple
            self.simpleError = simpleError
        }
    }

    private static let fade: Float = 1 - 1 / 288
    /// Fewer pairs than three hours' say nothing.
    private static let weightNeeded: Float = 32
    /// Up to this ratio of losses the model speaks alone; from the second on it is silent.
    private static let (alone, silent) = (1.0, 1.25)
    private static let simples = SimpleForecast.allCases.count
    package static let valueCount = Metric.count * KeptForecast.horizons.count * simples * 3

    /// `[metric][horizon][simple forecast][weight, loss of the model, loss of the simple forecast]`
    package private(set) var values: [Float]

    package init() { values = .init(repeating: 0, count: Self.valueCount) }

    /// What `values` said; nil when they are of another shape.
    package init?(values: [Float]) {
        guard values.count == Self.valueCount else { return nil }
        self.values = values
    }

    /// `simple`: by `SimpleForecast.rawValue`, nil where it had nothing to say. `horizon`: index into
    /// `KeptForecast.horizons`.
    package mutating func add(_ metric: Metric, horizon: Int, model: Double, simple: [Double?]) {
        for (index, loss) in simple.enumerated() {
            guard let loss else { continue }
            let place = Self.place(metric, horizon, index)
            values[place] = values[place] * Self.fade + 1
            values[place + 1] = values[place + 1] * Self.fade + Float(model)
            values[place + 2] = values[place + 2] * Self.fade + Float(loss)
        }
    }

    /// The simple forecast that the model loses most to; nil while nobody knows better than to let the model speak
    /// alone.
    package func voice(_ metric: Metric, horizon: Int) -> Voice? {
        var worst: (ratio: Double, simple: SimpleForecast)?
        for simple in SimpleForecast.allCases {
            guard let ratio = ratio(metric, horizon, simple), ratio > worst?.ratio ?? Self.alone else { continue }
            worst = (ratio, simple)
        }
        return worst.flatMap { voice(metric, horizon: horizon, of: $0.simple) }
    }

    /// What one simple forecast has to say beside the model, whose share is 1 where it was no worse; nil where the two
    /// were not compared often enough.
    package func voice(_ metric: Metric, horizon: Int, of simple: SimpleForecast) -> Voice? {
        guard let ratio = ratio(metric, horizon, simple) else { return nil }
        let place = Self.place(metric, horizon, simple.rawValue)
        // The pinball loss of one number, averaged over levels that lie evenly about one half, is half its error.
        return Voice(
            modelShare: min(1, max(0, (Self.silent - ratio) / (Self.silent - Self.alone))), simple: simple,
            simpleError: 2 * Double(values[place + 2] / values[place]))
    }

    /// The model's loss in parts of the simple forecast's.
    private func ratio(_ metric: Metric, _ horizon: Int, _ simple: SimpleForecast) -> Double? {
        let place = Self.place(metric, horizon, simple.rawValue)
        guard values[place] >= Self.weightNeeded, values[place + 1] > 0 else { return nil }
        // A simple forecast that was never wrong leaves the model nothing to say.
        return values[place + 2] > 0 ? Double(values[place + 1] / values[place + 2]) : .infinity
    }

    private static func place(_ metric: Metric, _ horizon: Int, _ simple: Int) -> Int {
        ((metric.rawValue * KeptForecast.horizons.count + horizon) * simples + simple) * 3
    }
}
