import Glibc
package import Telemetry

/// What was forecast for one host at one moment, at the steps that are scored.
package struct KeptForecast: Sendable, Equatable {
    /// Steps ahead whose forecasts are kept and scored: 30 minutes, 1, 2, 4 and 8 hours.
    package static let horizons = [6, 12, 24, 48, 96]
    package static let valueCount = Metric.count * horizons.count * Forecast.quantiles.count

    package var serverID: UInt64
    /// Unix seconds of the first predicted step's start.
    package var firstStep: Int
    package var model: String
    /// `[metric][horizon][quantile]`, as it was given; NaN where none was.
    package var values: [Float]
    /// The same by the model alone; nil where the model alone spoke.
    package var modelValues: [Float]?
    /// `[metric][horizon]`: what `SimpleForecast.dampedTrend` said, which cannot be read off a step.
    package var damped: [Float]

    package static let pointCount = Metric.count * horizons.count

    package init(
        serverID: UInt64, firstStep: Int, model: String, values: [Float], modelValues: [Float]? = nil, damped: [Float]
    ) {
        precondition(values.count == Self.valueCount && damped.count == Self.pointCount)
        precondition((modelValues ?? values).count == Self.valueCount)
        self.serverID = serverID
        self.firstStep = firstStep
        self.model = model
        self.values = values
        self.modelValues = modelValues
        self.damped = damped
    }

    /// Of a forecast's `[metric][step][quantile]`, the steps that are scored.
    package static func scored(_ all: [Float]) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(valueCount)
        let quantiles = Forecast.quantiles.count
        for metric in 0..<Metric.count {
            for horizon in horizons {
                let place = (metric * Forecast.horizon + horizon - 1) * quantiles
                values.append(contentsOf: all[place..<place + quantiles])
            }
        }
        return values
    }

    /// Where the quantiles of a metric at `horizons[horizon]` begin in `values`.
    package static func place(_ metric: Metric, horizon: Int) -> Int {
        (metric.rawValue * horizons.count + horizon) * Forecast.quantiles.count
    }
}

/// What a score is of.
package struct AccuracyKey: Hashable, Sendable {
    package var model: String
    package var profile: Profile
    package var metric: Metric
    /// Steps ahead.
    package var horizon: Int

    package init(model: String, profile: Profile, metric: Metric, horizon: Int) {
        self.model = model
        self.profile = profile
        self.metric = metric
        self.horizon = horizon
    }
}

/// Sums over pairs of a forecast and the truth that came.
package struct AccuracySums: Sendable, Equatable {
    /// The model beside a simple forecast, over the pairs for which both spoke.
    package struct Duel: Sendable, Equatable {
        package var count: Int
        package var model: Double
        package var simple: Double

        package init(count: Int = 0, model: Double = 0, simple: Double = 0) {
            self.count = count
            self.model = model
            self.simple = simple
        }

        /// How much smaller the model's loss is: 1 − model / simple; nil where the simple forecast was never wrong.
        package var skill: Double? { simple > 0 ? 1 - model / simple : nil }
    }

    package var count = 0
    /// Sum of the pinball loss, mean over the quantiles, in the metric's unit.
    package var pinball = 0.0
    /// Truths within P10–P90.
    package var within = 0
    /// By `SimpleForecast.rawValue`.
    package var duels = [Duel](repeating: Duel(), count: SimpleForecast.allCases.count)

    package init() {}

    package mutating func add(_ other: AccuracySums) {
        count += other.count
        pinball += other.pinball
        within += other.within
        for index in duels.indices {
            duels[index].count += other.duels[index].count
            duels[index].model += other.duels[index].model
            duels[index].simple += other.duels[index].simple
        }
    }

    package var meanPinball: Double? { count > 0 ? pinball / Double(count) : nil }
    package var coverage: Double? { count > 0 ? Double(within) / Double(count) : nil }
    package func skill(over simple: SimpleForecast) -> Double? { duels[simple.rawValue].skill }
}

extension Sequence<AccuracySums> {
    /// How much smaller the model's loss is than a simple forecast's: 1 − model / simple. Metrics have units of their
    /// own, so their losses cannot be added: the ratios are averaged as logarithms. Nil without a pair of both.
    package func skill(over simple: SimpleForecast) -> Double? {
        map { $0.duels[simple.rawValue] }.lossRatio.map { 1 - $0 }
    }

    /// The skill over that simple forecast which does best, and which one it is.
    package func skillOverBest() -> (skill: Double, simple: SimpleForecast)? {
        var worst: (skill: Double, simple: SimpleForecast)?
        for simple in SimpleForecast.allCases {
            guard let skill = skill(over: simple), skill < worst?.skill ?? .infinity else { continue }
            worst = (skill, simple)
        }
        return worst
    }
}

extension Sequence<AccuracySums.Duel> {
    /// The geometric mean of model / other over those that both lost something in.
    package var lossRatio: Double? {
        var (sum, count) = (0.0, 0)
        for duel in self where duel.model > 0 && duel.simple > 0 {
            sum += log(duel.model / duel.simple)
            count += 1
        }
        return count > 0 ? exp(sum / Double(count)) : nil
    }
}
