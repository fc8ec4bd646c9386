import API
import Daemon
import Insight
import Risk
import Store
import Telemetry

/// Every host's score as its forecast will have it, half an hour to eight hours on: worked out once for each forecast
/// and version of the thresholds, beside the scoring, so that nobody who asks waits for it.
final class ScoresAhead: Sendable {
    private struct Known {
        var firstStep: Int
        var thresholds: Int
        var scores: [Double]
    }
    private let store: Store
    private let scorer: Scorer
    private let known = Locked<[String: Known]>([:])

    init(store: Store, scorer: Scorer) {
        self.store = store
        self.scorer = scorer
    }

    /// By host, as `DashboardServices.scoresAhead` wants it.
    var all: [String: [Double]] { known.withLock { $0.mapValues(\.scores) } }

    /// Works out what is not known yet.
    func look() {
        let revision = scorer.thresholdsRevision
        for host in store.hosts() {
            let track = scorer.tracks.withLock { $0[host.name] }
            guard let track, let input = track.input, let forecast = track.forecast?.ready else {
                known.withLock { $0[host.name] = nil }
                continue
            }
            let before = known.withLock { $0[host.name] }
            if let before, before.firstStep == forecast.firstStep, before.thresholds == revision { continue }
            let scores = ScoreAhead.minutes.map { minutes in
                scorer.value(
                    Self.input(input, track.history, forecast, step: ScoreAhead.step(after: minutes), host.cpus ?? 1))
            }
            known.withLock { known in
                known[host.name] = Known(firstStep: forecast.firstStep, thresholds: revision, scores: scores)
            }
        }
    }

    /// The host as it is forecast to be at the end of a step: the medians are its present, and the medians before them
    /// its newest past. The forecast goes on from there.
    static func input(
        _ now: RiskInput, _ history: [StepRow], _ forecast: Forecast, step: Int, _ cpus: Int
    ) -> RiskInput {
        let first = max(0, step + 1 - HostTrack.historySteps)
        let coming = (first...step).map { index in
            StepRow(
                start: forecast.firstStep + index * Step.seconds, means: medians(forecast, step: index, else: now.now),
                samples: 1)
        }
        let kept = max(0, HostTrack.historySteps - coming.count)
        return RiskInput(
            profile: now.profile, cpus: cpus, now: coming[coming.count - 1].means,
            history: history.suffix(kept) + coming, forecast: forecast,
            time: Double(forecast.firstStep + (step + 1) * Step.seconds), skill: now.skill)
    }

    /// A metric that was withheld stays where it is.
    private static func medians(_ forecast: Forecast, step: Int, else now: MetricVector) -> MetricVector {
        var values = MetricVector()
        for metric in Metric.allCases {
            let median = forecast.median(metric, step: step)
            values[metric] = median.isNaN ? now[metric] : median
        }
        return values
    }
}
