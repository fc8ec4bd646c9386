package import Telemetry

/// What one host's 14 metrics will be, as quantiles, for each of the next 96 five-minute steps.
package struct Forecast: Sendable, Equatable {
    package static let horizon = 96
    package static let quantiles: [Double] = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98]
    package static let medianIndex = 3
    package static let valueCount = Metric.count * horizon * 7

    /// Unix seconds of the first predicted step's start; also the end of the last step that was known.
    package var firstStep: Int
    /// How many steps of history the model was shown, 12…288.
    package var historySteps: Int
    /// The model that spoke: its folder's name and the digest of its weights.
    package var model: String
    /// `[metric][step][quantile]`, in the metric's unit; quantiles ascend.
    package var values: [Float]
    /// The metrics for which not the model alone speaks.
    package var voices: [Voice] = []
    /// What the model made it from; nil for one that an older version stored.
    package var explanation: Explanation?

    /// Who speaks for a metric where the model has lately been worse than a simple forecast.
    package struct Voice: Sendable, Equatable {
        package var metric: Metric
        /// How much of the forecast is the model's, 0…1, at each of `KeptForecast.horizons`.
        package var shares: [Double]
        /// Which speaks with the rest.
        package var simple: SimpleForecast

        package init(metric: Metric, shares: [Double], simple: SimpleForecast) {
            self.metric = metric
            self.shares = shares
            self.simple = simple
        }
    }

    package init(firstStep: Int, historySteps: Int, model: String, values: [Float]) {
        precondition(values.count == Self.valueCount)
        self.firstStep = firstStep
        self.historySteps = historySteps
        self.model = model
        self.values = values
    }

    /// The value of one quantile, `step` 0 being the first predicted one.
    package func value(_ metric: Metric, step: Int, quantile: Int) -> Double {
        Double(values[(metric.rawValue * Self.horizon + step) * Self.quantiles.count + quantile])
    }

    package func median(_ metric: Metric, step: Int) -> Double { value(metric, step: step, quantile: Self.medianIndex) }

    /// How far the model is believed half an hour ahead, 0…1: as far as it speaks. Missing where it speaks alone.
    package var nearSkill: MetricVector {
        var skill = MetricVector()
        for voice in voices { skill[voice.metric] = voice.shares.first }
        return skill
    }
}

/// Whether there is a forecast for a host, and if not, why not and what is still needed.
package enum ForecastStatus: Sendable, Equatable {
    /// Fewer than 12 steps are known; a made-up forecast is never given instead.
    case warmingUp(steps: Int, needed: Int)
    case ready(Forecast)
    case withheld(reason: String)

    package static let stepsNeeded = 12
}
