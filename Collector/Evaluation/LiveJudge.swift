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
        /// What each simple forecast would have said, by `SimpleForecast.rawValue`.
        package var simple = [[UInt64: MetricVector]](repeating: [:], count: SimpleForecast.allCases.count)

        package init() {}
    }

    package private(set) var sums: [AccuracyKey: AccuracySums] = [:]

    package init() {}

    /// Adds one host's forecast at `KeptForecast.horizons[horizon]`. A truth or a forecast that is missing is no pair.
    package mutating func judge(_ forecast: KeptForecast, horizon: Int, _ truth: Truth) {
        guard let profile = truth.profile[forecast.serverID], let came = truth.came[forecast.serverID] else { return }
        let simple = truth.simple.map { $0[forecast.serverID] }
        let quantiles = Forecast.quantiles.count
        for metric in Metric.allCases {
            let place = KeptForecast.place(metric, horizon: horizon)
            guard let value = came[metric], !forecast.values[place].isNaN else { continue }
            let key = AccuracyKey(
                model: forecast.model, profile: profile, metric: metric, horizon: KeptForecast.horizons[horizon])
            forecast.values.withUnsafeBufferPointer { values in
                let values = UnsafeBufferPointer(rebasing: values[place..<place + quantiles])
                sums[key, default: AccuracySums()].add(value, values, simple: simple.map { $0?[metric] })
            }
        }
    }
}

extension AccuracySums {
    private static let bounds = (low: 1, high: 5)

    fileprivate mutating func add(_ truth: Double, _ values: UnsafeBufferPointer<Float>, simple: [Double?]) {
        let loss = Self.pinball(truth) { Double(values[$0]) }
        count += 1
        pinball += loss
        if truth >= Double(values[Self.bounds.low]), truth <= Double(values[Self.bounds.high]) { within += 1 }
        for (index, point) in simple.enumerated() {
            guard let point else { continue }
            duels[index].count += 1
            duels[index].model += loss
            duels[index].simple += Self.pinball(truth) { _ in point }
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
