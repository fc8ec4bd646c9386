import Insight
import Risk
import Simulator
import Telemetry

/// Makes steps and scores of simulated records, as a collector does; without a forecast.
struct Watcher {
    private var hosts: [String: Series] = [:]
    private let engine = RiskEngine()
    private let profiles: [String: Profile]
    private let names: [String]

    fileprivate struct Series {
        var steps: [StepRow] = []
        var open: (start: Int, sum: MetricVector, count: Int)?
        var latest: [(time: Double, values: MetricVector)] = []
    }

    init(_ fleet: Fleet) {
        names = fleet.hosts.map(\.name)
        profiles = Dictionary(uniqueKeysWithValues: fleet.hosts.map { ($0.name, $0.profile) })
    }

    mutating func take(_ records: [Record]) {
        for record in records { hosts[record.host, default: Series()].take(record) }
    }

    /// Host → score at a moment; hosts that are silent have none.
    func scores(at time: Double) -> [(host: String, score: RiskScore)] {
        names.compactMap { name in
            guard let series = hosts[name], let last = series.latest.last, time - last.time <= 300 else { return nil }
            let recent = series.latest.filter { $0.time > time - 60 }
            let input = RiskInput(
                profile: profiles[name] ?? .generic, cpus: 8,
                now: recent.isEmpty ? last.values : MetricVector.mean(recent.map(\.values)),
                history: series.steps, forecast: nil, time: time)
            return (name, engine.score(input))
        }
    }
}

extension Watcher.Series {
    fileprivate mutating func take(_ record: Record) {
        let start = Step.start(of: record.time)
        if let open, open.start != start {
            var means = MetricVector()
            for metric in Metric.allCases { means[metric] = open.sum[metric].map { $0 / Double(open.count) } }
            steps.append(StepRow(start: open.start, means: means, samples: open.count))
            if steps.count > 90 { steps.removeFirst() }
            self.open = nil
        }
        var sum = open?.sum ?? record.values
        if open != nil { for index in 0..<Metric.count { sum[raw: index] += record.values[raw: index] } }
        open = (start, sum, (open?.count ?? 0) + 1)
        latest.append((record.time, record.values))
        if latest.count > 12 { latest.removeFirst() }
    }
}

extension MetricVector {
    static func mean(_ vectors: [MetricVector]) -> MetricVector {
        var mean = MetricVector()
        for metric in Metric.allCases {
            let values = vectors.compactMap { $0[metric] }
            if !values.isEmpty { mean[metric] = values.reduce(0, +) / Double(values.count) }
        }
        return mean
    }
}

/// How many hosts are at each level.
func hostsPerLevel(_ scores: [(host: String, score: RiskScore)]) -> [RiskLevel: Int] {
    scores.reduce(into: [:]) { $0[$1.score.level, default: 0] += 1 }
}
