package import Forecasting
import Insight
package import Telemetry

/// A rolling-origin backtest of a model on hosts: from every origin all hosts are forecast from what came before it,
/// and held against what came, by the same judge as live forecasts are (`LiveJudge`), beside the simple forecasts.
package struct HostEvaluation: Sendable {
    /// A host and what it is taken for.
    package struct Subject: Sendable {
        let series: HostSeries
        let profile: Profile

        package init(_ series: HostSeries, profile: Profile) { (self.series, self.profile) = (series, profile) }
    }

    private let hosts: [Subject]
    /// Unix seconds of the first predicted step of every origin.
    package let origins: [Int]

    package static let daysMax = 366
    package static let everyMax = 2016

    /// - Parameters:
    ///   - days: the newest, from which origins are taken; the last one still sees the whole of its eight hours.
    ///   - every: steps between two origins.
    /// - Throws: `SeriesError` when there is no origin with a history before it.
    package init(hosts: [Subject], days: Int, every: Int) throws(SeriesError) {
        self.hosts = hosts
        let first = hosts.map(\.series.start).min() ?? 0
        let end = hosts.map { $0.series.start + $0.series.steps * Step.seconds }.max() ?? 0
        let last = end - Forecast.horizon * Step.seconds
        let oldest = max(end - days * 86_400, first + ForecastStatus.stepsNeeded * Step.seconds)
        guard !hosts.isEmpty, last >= oldest else {
            throw SeriesError(
                "the data spans \((end - first) / 3600) hours; an evaluation needs at least an hour of history and the "
                    + "eight hours that are forecast")
        }
        origins = Array(stride(from: last, through: oldest, by: -every * Step.seconds).reversed())
    }

    /// - Parameter isStopping: asked before every origin.
    /// - Throws: `SeriesError` when it is told to stop: some origins would be taken for all.
    package func run(
        _ model: ForecastModel, isStopping: () -> Bool = { false }
    ) throws(SeriesError) -> HostScores {
        let last = model.historySteps
        var judges = [LiveJudge](repeating: LiveJudge(), count: hosts.count)
        var medians = [MedianErrors](repeating: MedianErrors(), count: hosts.count)
        var record = LiveRecord()
        for (number, origin) in origins.enumerated() {
            if isStopping() {
                throw SeriesError("stopped after \(number) of \(origins.count) origins; nothing is judged")
            }
            let requests = hosts.map { request($0, origin: origin, steps: last) }
            for (place, answer) in model.forecast(requests).enumerated() {
                guard case .ready(let forecast) = answer else {
                    medians[place].withheld += 1
                    continue
                }
                let damped = SkillGuard(
                    LiveRecord(), firstStep: origin, steps: requests[place].steps, lastWeek: []
                ).damped()
                let kept = KeptForecast(
                    serverID: UInt64(place), firstStep: origin, model: forecast.model,
                    values: KeptForecast.scored(forecast.values), damped: damped)
                for (index, ahead) in KeptForecast.horizons.enumerated() {
                    let truth = truth(place, origin: origin, ahead: ahead)
                    judges[place].judge(kept, horizon: index, truth, &record)
                    medians[place].add(kept, horizon: index, truth.came[UInt64(place)])
                }
            }
        }
        var scores = HostScores(model: model.label, origins: origins, hosts: hosts.count)
        for (place, host) in hosts.enumerated() {
            scores.add(
                judges[place].sums, medians[place], scales: scales(host.series), profile: host.profile)
        }
        return scores
    }

    // MARK: What came and what comes

    private func request(_ host: Subject, origin: Int, steps wanted: Int) -> ForecastRequest {
        let series = host.series
        let end = (origin - series.start) / Step.seconds
        // A day more than the model looks back, for the simple forecasts.
        // A host that fell silent long before has no past here.
        let last = min(max(0, end), series.steps)
        let range = min(last, max(0, end - max(wanted, 86_400 / Step.seconds)))..<last
        let rows = range.compactMap { step -> StepRow? in
            let means = series.means(step)
            guard means.missingCount < Metric.count else { return nil }
            return StepRow(
                start: series.start + step * Step.seconds, means: means, samples: 1, state: series.states[step])
        }
        return ForecastRequest(profile: host.profile, steps: rows, firstStep: origin)
    }

    private func truth(_ place: Int, origin: Int, ahead: Int) -> LiveJudge.Truth {
        let (id, series) = (UInt64(place), hosts[place].series)
        let start = origin + (ahead - 1) * Step.seconds
        func means(_ time: Int) -> [UInt64: MetricVector] {
            let step = (time - series.start) / Step.seconds
            return time >= series.start && step < series.steps ? [id: series.means(step)] : [:]
        }
        var truth = LiveJudge.Truth()
        truth.profile[id] = hosts[place].profile
        truth.came = means(start)
        truth.simple[SimpleForecast.persistence.rawValue] = means(origin - Step.seconds)
        truth.simple[SimpleForecast.yesterday.rawValue] = means(start - 86_400)
        truth.simple[SimpleForecast.lastWeek.rawValue] = means(start - 7 * 86_400)
        return truth
    }

    /// How far each metric is from itself a day before, over the history before the first origin; over all where there
    /// is less than two days of it.
    private func scales(_ series: HostSeries) -> [Double?] {
        let season = 86_400 / Step.seconds
        let before = ((origins.first ?? 0) - series.start) / Step.seconds
        let steps = before >= 2 * season ? min(before, series.steps) : series.steps
        return (0..<Metric.count).map { raw in
            ScaledError.seasonalError(series.values[raw * series.steps..<raw * series.steps + steps], season: season)
        }
    }
}

/// What the judge does not keep of one host: how large the truths were and how far the medians from them, `[metric]
/// [horizon]`.
struct MedianErrors {
    static let count = Metric.count * KeptForecast.horizons.count
    private(set) var truth = [Double](repeating: 0, count: count)
    private(set) var error = [Double](repeating: 0, count: count)
    var withheld = 0

    static func place(_ metric: Metric, horizon: Int) -> Int { metric.rawValue * KeptForecast.horizons.count + horizon }

    mutating func add(_ forecast: KeptForecast, horizon: Int, _ came: MetricVector?) {
        guard let came else { return }
        for metric in Metric.allCases {
            let median = forecast.values[KeptForecast.place(metric, horizon: horizon) + Forecast.medianIndex]
            guard let value = came[metric], !median.isNaN else { continue }
            truth[Self.place(metric, horizon: horizon)] += abs(value)
            error[Self.place(metric, horizon: horizon)] += abs(value - Double(median))
        }
    }
}
