package import Insight
package import Telemetry

extension RiskEngine {
    /// Where a host truly was at one of its limits: two steps in a row and more, whichever signals they were, and with
    /// less than half an hour between two such stretches they are one. The signal is the one that was there first.
    /// `rows` ascend in time. Limits are those of `timesToBreach`.
    package func breaches(in rows: [StepRow], profile: Profile, cpus: Int) -> [Breach] {
        let rules = rules(for: RiskInput(profile: profile, cpus: cpus, now: MetricVector(), history: [], forecast: nil))
            .filter { $0.limits.rampEnd <= $0.signal.metric.range.upperBound }
        var found: [Breach] = []
        for rule in rules {
            var runs: [Breach] = []
            for row in rows {
                guard let value = rule.signal.value(in: row.means, cpus: cpus), value >= rule.limits.rampEnd else {
                    continue
                }
                let (start, end) = (Double(row.start), Double(row.start + Step.seconds))
                if let last = runs.last, last.end == start {
                    runs[runs.count - 1].end = end
                    runs[runs.count - 1].worst = max(last.worst, value)
                } else {
                    runs.append(
                        Breach(signal: rule.signal, limit: rule.limits.rampEnd, worst: value, start: start, end: end))
                }
            }
            found += runs.filter { $0.end - $0.start >= Self.breachSeconds }
        }
        return Self.merged(found)
    }

    private static let breachSeconds = 2.0 * Double(Step.seconds)
    private static let breachGapSeconds = 1800.0

    private static func merged(_ breaches: [Breach]) -> [Breach] {
        var merged: [Breach] = []
        for breach in breaches.sorted(by: { ($0.start, $0.signal.rawValue) < ($1.start, $1.signal.rawValue) }) {
            if let last = merged.last, breach.start - last.end < breachGapSeconds {
                merged[merged.count - 1].end = max(last.end, breach.end)
            } else {
                merged.append(breach)
            }
        }
        return merged
    }
}
