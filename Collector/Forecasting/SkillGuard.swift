package import Insight
import Telemetry

/// Lets a simple forecast speak where it has lately been better than the model, host by host and metric by metric.
///
/// The forecast becomes `share · model + (1 − share) · simple`, quantile by quantile; the share comes from both losses
/// at the five horizons that are scored, between which it runs on a straight line. A simple forecast is one number:
/// its quantiles are those of a normal distribution with the mean absolute error it has had (σ = √(π/2) · error).
package struct SkillGuard {
    /// Standard normal quantiles of `Forecast.quantiles`.
    private static let normal: [Float] = [-2.0537, -1.2816, -0.6745, 0, 0.6745, 1.2816, 2.0537]
    private static let sigmaOfError = 1.2533
    /// A last value is carried over a short gap, as the model's inputs are.
    private static let season = 86_400 / Step.seconds

    private let record: LiveRecord
    /// `[metric]`: a day of steps, NaN for gaps, the last one just before the first predicted step.
    private var history: [[Float]]
    /// `[metric][step]`: the same eight hours a week ago.
    private var lastWeek: [[Float]]

    /// - Parameters:
    ///   - steps: of the day before `firstStep`, oldest first; older ones are not looked at.
    ///   - lastWeek: of the eight hours from a week before `firstStep` on.
    package init(_ record: LiveRecord, firstStep: Int, steps: [StepRow], lastWeek: [StepRow]) {
        self.record = record
        history = Self.grid(steps, from: firstStep - 86_400, count: Self.season)
        self.lastWeek = Self.grid(lastWeek, from: firstStep - 7 * 86_400, count: Forecast.horizon)
    }

    private static func grid(_ rows: [StepRow], from start: Int, count: Int) -> [[Float]] {
        var grid = [[Float]](repeating: .init(repeating: .nan, count: count), count: Metric.count)
        for row in rows {
            let place = (row.start - start) / Step.seconds
            guard row.start >= start, place < count else { continue }
            for metric in 0..<Metric.count { grid[metric][place] = Float(row.means[raw: metric]) }
        }
        return grid
    }

    /// Whether any metric of a host wants to know what was a week ago.
    package static func asksForLastWeek(_ record: LiveRecord) -> Bool {
        Metric.allCases.contains { metric in
            KeptForecast.horizons.indices.contains { record.voice(metric, horizon: $0)?.simple == .lastWeek }
        }
    }

    /// What damped trend says at the horizons that are scored, `[metric][horizon]`.
    package func damped() -> [Float] {
        Metric.allCases.flatMap { metric in
            let path = path(.dampedTrend, metric)
            return KeptForecast.horizons.map { path[$0 - 1] }
        }
    }

    /// The forecast as it may be given, with its voices.
    package func apply(to forecast: Forecast) -> Forecast {
        var forecast = forecast
        for metric in Metric.allCases where !forecast.median(metric, step: 0).isNaN {
            if let simple = loudest(metric) { blend(metric, simple, &forecast) }
        }
        return forecast
    }

    /// One simple forecast speaks for the whole metric: of those that are any horizon's best, the one that leaves the
    /// model least over all horizons.
    private func loudest(_ metric: Metric) -> SimpleForecast? {
        let best = KeptForecast.horizons.indices.compactMap { record.voice(metric, horizon: $0)?.simple }
        return best.min { modelShare(metric, beside: $0) < modelShare(metric, beside: $1) }
    }

    private func modelShare(_ metric: Metric, beside simple: SimpleForecast) -> Double {
        voices(metric, of: simple).reduce(0) { $0 + ($1?.modelShare ?? 1) }
    }

    /// What it has to say at each horizon: share and error are its own, never another's.
    private func voices(_ metric: Metric, of simple: SimpleForecast) -> [LiveRecord.Voice?] {
        KeptForecast.horizons.indices.map { record.voice(metric, horizon: $0, of: simple) }
    }

    private func blend(_ metric: Metric, _ simple: SimpleForecast, _ forecast: inout Forecast) {
        let voices = voices(metric, of: simple)
        guard let loudest = voices.compactMap(\.self).min(by: { $0.modelShare < $1.modelShare }) else { return }
        let path = path(simple, metric)
        guard !path[0].isNaN else { return }
        let range = metric.range
        let (least, most) = (Float(range.lowerBound), Float(metric.plausibleMaximum))
        for step in 0..<Forecast.horizon where !path[step].isNaN {
            let (share, error) = Self.interpolated(voices, loudest, step: step)
            guard share < 1 else { continue }
            let sigma = Float(Self.sigmaOfError * error)
            let place = (metric.rawValue * Forecast.horizon + step) * Forecast.quantiles.count
            for quantile in Forecast.quantiles.indices {
                let said = min(max(path[step] + Self.normal[quantile] * sigma, least), most)
                let model = forecast.values[place + quantile]
                forecast.values[place + quantile] = Float(share) * model + Float(1 - share) * said
            }
        }
        forecast.voices.append(
            Forecast.Voice(metric: metric, shares: voices.map { $0?.modelShare ?? 1 }, simple: simple))
    }

    /// Share and error at a step, between the horizons on either side; before the first and after the last they stay.
    private static func interpolated(
        _ voices: [LiveRecord.Voice?], _ loudest: LiveRecord.Voice, step: Int
    ) -> (share: Double, error: Double) {
        func at(_ index: Int) -> (share: Double, error: Double) {
            (voices[index]?.modelShare ?? 1, voices[index]?.simpleError ?? loudest.simpleError)
        }
        let horizons = KeptForecast.horizons
        guard let next = horizons.firstIndex(where: { $0 > step }), next > 0 else {
            return step < horizons[0] ? at(0) : at(horizons.count - 1)
        }
        let weight = Double(step + 1 - horizons[next - 1]) / Double(horizons[next] - horizons[next - 1])
        let (low, high) = (at(next - 1), at(next))
        return (low.share + (high.share - low.share) * weight, low.error + (high.error - low.error) * weight)
    }

    private func path(_ simple: SimpleForecast, _ metric: Metric) -> [Float] {
        if simple == .lastWeek { return lastWeek[metric.rawValue] }
        var path = [Float](repeating: .nan, count: Forecast.horizon)
        history[metric.rawValue].withUnsafeBufferPointer { history in
            path.withUnsafeMutableBufferPointer { simple.path(history, season: Self.season, into: $0) }
        }
        return path
    }
}
