package import Insight
package import Telemetry

/// Holds kept forecasts against what came: pure sums, so that anyone can add them up again from the raw steps.
///
///     pinball = mean over the seven quantiles q of max(q·(y − f), (q − 1)·(y − f))
///
/// A simple forecast is one number, so each of its quantiles is that number.
package struct LiveJudge {
    /// Steps by host at the moments that a judgement needs.
    package struct Truth: Sendable {
        package var profile: [UInt64: Profile] = [:]
        /// What came.
        package var came: [UInt64: MetricVector] = [:]
        /// The steps that simple forecasts would have repeated, by `SimpleForecast.rawValue`.
        package var simple = [[UInt64: MetricVector]](repeating: [:], count: SimpleForecast.allCases.count)

        package init() {}
    }

    package private(set) var scores = StepScores()
    /// Of what was told.
    package var sums: [AccuracyKey: AccuracySums] { scores.told }

    package init() {}

    /// Adds one host's forecast at `KeptForecast.horizons[horizon]`, and to `record` how the model alone did. A
    /// truth or a forecast that is missing is no pair. `shadow`: what a challenger said of the same host and steps.
    package mutating func judge(
        _ forecast: KeptForecast, horizon: Int, _ truth: Truth, _ record: inout LiveRecord,
        shadow: ShadowForecast? = nil
    ) {
        guard let profile = truth.profile[forecast.serverID], let came = truth.came[forecast.serverID] else { return }
        let said = truth.simple.map { $0[forecast.serverID] }
        let steps = KeptForecast.horizons[horizon]
        let alone = forecast.modelValues ?? forecast.values
        for metric in Metric.allCases {
            let place = KeptForecast.place(metric, horizon: horizon)
            guard let value = came[metric], !forecast.values[place].isNaN else { continue }
            let damped = forecast.damped[metric.rawValue * KeptForecast.horizons.count + horizon]
            let simple = SimpleForecast.allCases.map { simple -> Double? in
                let point =
                    simple == .dampedTrend ? (damped.isNaN ? nil : Double(damped)) : said[simple.rawValue]?[metric]
                return point.map { point in Self.pinball(value) { _ in point } }
            }
            let key = AccuracyKey(model: forecast.model, profile: profile, metric: metric, horizon: steps)
            scores.told[key, default: AccuracySums()].add(forecast.values, place, value, simple)
            let model = ModelAccuracyKey(model: forecast.model, metric: metric, horizon: steps)
            let loss = scores.alone[model, default: AccuracySums()].add(alone, place, value, simple)
            record.add(metric, horizon: horizon, model: loss, simple: simple)
            guard let shadow, !shadow.values[place].isNaN else { continue }
            let challenger = ModelAccuracyKey(model: shadow.model, metric: metric, horizon: steps)
            let other = scores.alone[challenger, default: AccuracySums()].add(shadow.values, place, value, simple)
            let trial = TrialKey(
                challenger: shadow.model, champion: forecast.model, metric: metric, horizon: steps)
            scores.trial[trial, default: AccuracySums.Duel()].add(other, against: loss)
        }
    }

    fileprivate static func loss(_ values: [Float], _ place: Int, _ truth: Double) -> Double {
        pinball(truth) { Double(values[place + $0]) }
    }

    private static func pinball(_ truth: Double, _ quantile: (Int) -> Double) -> Double {
        var sum = 0.0
        for (index, level) in Forecast.quantiles.enumerated() {
            let error = truth - quantile(index)
            sum += max(level * error, (level - 1) * error)
        }
        return sum / Double(Forecast.quantiles.count)
    }
}

extension AccuracySums {
    private static let (low, high) = (1, 5)

    /// Adds the quantiles that begin at `place`; gives their pinball loss.
    @discardableResult
    fileprivate mutating func add(_ values: [Float], _ place: Int, _ truth: Double, _ simple: [Double?]) -> Double {
        let loss = LiveJudge.loss(values, place, truth)
        count += 1
        pinball += loss
        // Within P10–P90.
        if truth >= Double(values[place + Self.low]) && truth <= Double(values[place + Self.high]) { within += 1 }
        for (index, other) in simple.enumerated() {
            if let other { duels[index].add(loss, against: other) }
        }
        return loss
    }
}

extension AccuracySums.Duel {
    fileprivate mutating func add(_ loss: Double, against other: Double) {
        count += 1
        model += loss
        simple += other
    }
}
