import Alerting
import Daemon
import Insight
import Risk
import Telemetry

extension Rehearsal {
    /// A host's answers within a step: at which look, and what each contender made of it.
    private typealias Answer = (look: Int, readings: [AlertReading])

    /// The looks from a step's end until the next one's, each with the hosts that have a newer sample than before.
    func looks(after moment: Int, _ fine: FinePast, _ contenders: [Contender], _ pasts: inout [HostPast]) -> [Look] {
        let begin = Double(moment) + fine.graceSeconds
        let count = Step.seconds / FinePast.lookSeconds
        let before = pasts
        let found = Locked([(answers: [Answer], sampledAt: Double)?](repeating: nil, count: hosts.count))
        fine.spread(hosts.count) { host in
            let (answers, sampledAt) = self.answers(of: host, before[host], begin, count, fine, contenders)
            found.withLock { $0[host] = (answers, sampledAt) }
        }
        var looks = (0..<count).map { number in
            Look(
                at: begin + Double(number * FinePast.lookSeconds), readings: contenders.map { _ in [AlertReading]() })
        }
        for (host, one) in found.withLock({ $0 }).enumerated() {
            guard let one else { continue }
            pasts[host].sampledAt = one.sampledAt
            for answer in one.answers {
                for (place, reading) in answer.readings.enumerated() {
                    looks[answer.look].readings[place].append(reading)
                }
            }
        }
        return looks
    }

    private func answers(
        of index: Int, _ past: HostPast, _ begin: Double, _ count: Int, _ fine: FinePast, _ contenders: [Contender]
    ) -> (answers: [Answer], sampledAt: Double) {
        let host = hosts[index]
        let end = begin + Double((count - 1) * FinePast.lookSeconds)
        let samples = fine.read(index, begin - Double(FinePast.lookSeconds) - FinePast.presentSeconds, end)
        guard !samples.isEmpty else { return ([], past.sampledAt) }
        var answers: [Answer] = []
        var sampledAt = past.sampledAt
        // The six hours before, by the clock: what the collector remembers of a host.
        let oldest = Int(begin - fine.graceSeconds) - Self.historySteps * Step.seconds
        let history = Array(rows(of: index, past, atMost: Self.historySteps).drop { $0.start < oldest })
        var (first, next) = (0, 0)
        for number in 0..<count {
            let now = begin + Double(number * FinePast.lookSeconds)
            while next < samples.count, samples[next].at <= now { next += 1 }
            guard next > 0, samples[next - 1].at > sampledAt else { continue }
            let seen = samples[next - 1].at
            guard now - seen <= max(fine.offlineAfterSeconds, 3 * host.intervalSeconds) else { continue }
            sampledAt = seen
            while samples[first].at <= seen - FinePast.presentSeconds { first += 1 }
            let present = MetricVector(meanOf: samples[first..<next])
            let readings = contenders.map { contender in
                let forecast = contender.rule == .score ? past.forecast : nil
                return reading(
                    of: host, contender,
                    RiskInput(
                        profile: host.profile, cpus: host.cpus, now: present, history: history, forecast: forecast,
                        time: seen, skill: forecast?.nearSkill ?? MetricVector()),
                    sampledAt: seen, intervalSeconds: host.intervalSeconds)
            }
            answers.append((number, readings))
        }
        return (answers, sampledAt)
    }
}

extension MetricVector {
    /// The mean of each metric's valid values.
    fileprivate init(meanOf samples: ArraySlice<FinePast.Sample>) {
        self.init()
        for index in 0..<Metric.count {
            var (sum, count) = (0.0, 0)
            for sample in samples where !sample.values[raw: index].isNaN {
                sum += sample.values[raw: index]
                count += 1
            }
            if count > 0 { self[raw: index] = sum / Double(count) }
        }
    }
}
