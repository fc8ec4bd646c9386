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

    package private(set) var sums: [AccuracyKey: AccuracySums] = [:]

    package init() {}

    /// Adds one host's forecast at `KeptForecast.horizons[horizon]`, and to `record` how the model alone did. A
    /// truth or a forecast that is missing is no pair.
    package mutating func judge(_ forecast: KeptForecast, horizon: Int, _ truth: Truth, _ record: inout LiveRecord) {
        guard let profile = truth.profile[forecast.serverID], let came = truth.came[forecast.serverID] else { return }
        let said = truth.simple.map { $0[forecast.serverID] }
        for metric in Metric.allCases {
            let place = KeptForecast.place(metric, horizon: horizon)
            guard let value = came[metric], !forecast.values[place].isNaN else { continue }
            let key = AccuracyKey(
                model: forecast.model, profile: profile, metric: metric, horizon: KeptForecast.horizons[horizon])
            let damped = forecast.damped[metric.rawValue * KeptForecast.horizons.count + horizon]
            let simple = SimpleForecast.allCases.map { simple -> Double? in
                let point =
                    simple == .dampedTrend ? (damped.isNaN ? nil : Double(damped)) : said[simple.rawValue]?[metric]
                return point.map { point in Self.pinball(value) { _ in point } }
            }
            let loss = Self.pinball(value) { Double(forecast.values[place + $0]) }
            sums[key, default: AccuracySums()].add(
                loss: loss, isWithin: forecast.covers(value, place), simple: simple)
            let alone = forecast.modelValues.map { values in Self.pinball(value) { Double(values[place + $0]) } }
            record.add(metric, horizon: horizon, model: alone ?? loss, simple: simple)
        }
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

extension KeptForecast {
    private static let (low, high) = (1, 5)

    /// Whether a truth lies within P10–P90.
    fileprivate func covers(_ truth: Double, _ place: Int) -> Bool {
        truth >= Double(values[place + Self.low]) && truth <= Double(values[place + Self.high])
    }
}

extension AccuracySums {
    fileprivate mutating func add(loss: Double, isWithin: Bool, simple: [Double?]) {
        count += 1
        pinball += loss
        if isWithin { within += 1 }
        for (index, other) in simple.enumerated() {
            guard let other else { continue }
            duels[index].count += 1
            duels[index].model += loss
            duels[index].simple += other
        }
    }
}
