package import Alerting
package import Insight
package import Risk
import Telemetry

/// Lives through hosts' past step by step, by the code that lives through the present: a forecast, a score and the
/// alert machine at each step's end. Pure but for the forecasts, which it is handed.
package struct Rehearsal {
    /// What raises the alerts.
    package enum Rule: String, CaseIterable, Sendable {
        /// The score with its forecast.
        case score
        /// The score with the present carried forward in the forecast's place.
        case persistence
        /// No score: Danger when CPU, memory, swap or disk reach 80 %, Critical from 90 %.
        case fixedLimits = "static"
    }

    /// Hosts' forecasts from their rows up to a moment; nil for one that has none.
    package typealias Foresee = (_ moment: Int, _ requests: [(host: Int, rows: ArraySlice<StepRow>)]) -> [Forecast?]

    private let hosts: [RehearsedHost]
    private let rules: AlertRules
    /// Steps between two forecasts.
    private let every: Int

    /// Rows that a score looks back on: twelve hours and the half hour that is compared with them.
    static let historySteps = 150

    package init(_ hosts: [RehearsedHost], rules: AlertRules, forecastEvery every: Int = 1) {
        (self.hosts, self.rules, self.every) = (hosts, rules, max(1, every))
    }

    /// Told of each contender's readings at each moment.
    package typealias Watch = (_ moment: Int, _ contender: Int, _ readings: [AlertReading]) -> Void

    /// One replay for each engine or rule, from the same forecasts. `from` and `until` are step starts.
    package func run(
        _ contenders: [(rule: Rule, engine: RiskEngine)], from: Int, until: Int, historySteps: Int,
        report: (_ done: Double) -> Bool = { _ in true }, watch: Watch = { _, _, _ in }, foresee: Foresee
    ) -> [AlertMachine.Replayed] {
        var machines = contenders.map { _ in AlertMachine(quiet, at: Double(from)) }
        var replayed = contenders.map { _ in AlertMachine.Replayed() }
        var ends = [Int](repeating: 0, count: hosts.count)
        var forecasts = [Forecast?](repeating: nil, count: hosts.count)
        let isForeseen = contenders.contains { $0.rule == .score }
        for (number, moment) in stride(from: from, through: until, by: Step.seconds).enumerated() {
            guard report(Double(moment - from) / Double(max(1, until - from))) else { break }
            var present: [Int] = []
            for (index, host) in hosts.enumerated() {
                while ends[index] < host.rows.count, host.rows[ends[index]].start + Step.seconds <= moment {
                    ends[index] += 1
                }
                if ends[index] > 0, host.rows[ends[index] - 1].start + Step.seconds == moment { present.append(index) }
            }
            if isForeseen, number % every == 0 {
                let requests = present.map { (host: $0, rows: rows(of: $0, upTo: ends[$0], atMost: historySteps)) }
                for (request, forecast) in zip(requests, foresee(moment, requests)) {
                    forecasts[request.host] = forecast
                }
            }
            for (place, contender) in contenders.enumerated() {
                let readings = present.map { host in
                    reading(
                        of: host, upTo: ends[host], at: moment, contender.rule, contender.engine, forecasts[host])
                }
                look(readings, at: Double(moment), &machines[place])
                watch(moment, place, readings)
                replayed[place].collect(machines[place].takeChanges())
            }
        }
        for place in machines.indices {
            machines[place].advance(to: Double(until))
            replayed[place].collect(machines[place].takeChanges())
        }
        return replayed
    }

    private var quiet: AlertRules {
        var rules = rules
        rules.heartbeatSeconds = nil
        return rules
    }

    /// Live, a host is looked at with every sample, so that "two of the last two evaluations" are seconds. A step is
    /// all there is of five minutes here, and stands for as many evaluations as the rules look at.
    private func look(_ readings: [AlertReading], at moment: Double, _ machine: inout AlertMachine) {
        for back in (0..<max(rules.rise.of, rules.fallAfter)).reversed() {
            machine.observe(
                readings.map { reading in
                    var reading = reading
                    reading.sampledAt = moment - Double(back)
                    return reading
                }, at: moment)
        }
    }

    private func rows(of host: Int, upTo end: Int, atMost count: Int) -> ArraySlice<StepRow> {
        hosts[host].rows[max(0, end - count)..<end]
    }

    private func reading(
        of index: Int, upTo end: Int, at moment: Int, _ rule: Rule, _ engine: RiskEngine, _ forecast: Forecast?
    ) -> AlertReading {
        let host = hosts[index]
        let last = host.rows[end - 1]
        guard rule != .fixedLimits else {
            return AlertReading(
                host: host.name, sampledAt: Double(moment), score: Self.fixed(last.means, cpus: host.cpus),
                profile: host.profile, labels: host.labels, intervalSeconds: Double(Step.seconds))
        }
        let input = RiskInput(
            profile: host.profile, cpus: host.cpus, now: last.means,
            history: Array(rows(of: index, upTo: end, atMost: Self.historySteps)),
            forecast: rule == .score ? forecast : nil, time: Double(moment))
        let score = engine.score(input)
        return AlertReading(
            host: host.name, sampledAt: Double(moment), score: score.value, parts: score.parts,
            profile: host.profile, labels: host.labels, intervalSeconds: Double(Step.seconds))
    }

    /// The rule that most monitoring begins with, on the levels of a score.
    static func fixed(_ means: MetricVector, cpus: Int) -> Double {
        let worst =
            [RiskSignal.cpuUsed, .memory, .swap, .disk]
            .compactMap { $0.value(in: means, cpus: cpus) }.max() ?? 0
        return worst >= 90 ? 85 : worst >= 80 ? 75 : 0
    }
}

extension AlertMachine.Replayed {
    fileprivate mutating func collect(_ changes: AlertChanges) {
        transitions += changes.transitions
        notices += changes.notices
        alerts.merge(changes.alerts) { $1 }
        incidents.merge(changes.incidents) { $1 }
    }
}
