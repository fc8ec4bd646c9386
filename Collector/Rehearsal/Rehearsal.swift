package import Alerting
package import Insight
package import Risk
import Telemetry

/// Lives through hosts' past by the code that lives through the present: at each step's end a forecast, then scores
/// and the alert machine, once a step or, where raw samples are left (`FinePast`), as often as the collector looks.
/// Pure but for the forecasts and samples, which it is handed.
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

    let hosts: [RehearsedHost]
    private let rules: AlertRules
    /// Silences, maintenance windows and open alerts at the beginning.
    private let state: AlertState
    /// Steps between two forecasts.
    private let every: Int
    private let fine: FinePast?

    /// Rows that a score looks back on: twelve hours and the half hour that is compared with them.
    static let historySteps = 150

    package init(
        _ hosts: [RehearsedHost], rules: AlertRules, state: AlertState = AlertState(), forecastEvery every: Int = 1,
        fine: FinePast? = nil
    ) {
        (self.hosts, self.rules, self.state, self.every, self.fine) = (hosts, rules, state, max(1, every), fine)
    }

    /// A rule and the engine it scores with.
    package typealias Contender = (rule: Rule, engine: RiskEngine)
    /// Told of each contender's readings at each step's end that is lived through as a step.
    package typealias Watch = (_ moment: Int, _ contender: Int, _ readings: [AlertReading]) -> Void

    /// One replay for each engine or rule, from the same forecasts. `from` and `until` are step starts. `report` hears
    /// which share is done and answers whether to go on.
    package func run(
        _ contenders: [Contender], from: Int, until: Int, historySteps: Int,
        report: (_ done: Double) -> Bool = { _ in true }, watch: Watch = { _, _, _ in }, foresee: Foresee
    ) -> [AlertMachine.Replayed] {
        var machines = contenders.map { _ in AlertMachine(quiet, state: state, at: Double(from)) }
        var replayed = contenders.map { _ in AlertMachine.Replayed() }
        var pasts = [HostPast](repeating: HostPast(), count: hosts.count)
        let isForeseen = contenders.contains { $0.rule == .score }
        for (number, moment) in stride(from: from, through: until, by: Step.seconds).enumerated() {
            guard report(Double(moment - from) / Double(max(1, until - from))) else { break }
            var present: [Int] = []
            for (index, host) in hosts.enumerated() {
                pasts[index].move(to: moment, in: host.rows)
                if pasts[index].isPresent(at: moment, in: host.rows) { present.append(index) }
            }
            if isForeseen, number % every == 0 {
                let requests = present.map { (host: $0, rows: rows(of: $0, pasts[$0], atMost: historySteps)) }
                for (request, forecast) in zip(requests, foresee(moment, requests)) {
                    pasts[request.host].forecast = forecast
                }
            }
            if let fine, moment >= fine.from {
                guard moment < until else { continue }
                for look in looks(after: moment, fine, contenders, &pasts) {
                    for place in contenders.indices {
                        machines[place].observe(look.readings[place], at: look.at)
                        replayed[place].collect(machines[place].takeChanges())
                    }
                }
            } else {
                let look = look(at: moment, present, contenders, pasts)
                for place in contenders.indices {
                    tell(look, place, to: &machines[place])
                    watch(moment, place, look.readings[place])
                    replayed[place].collect(machines[place].takeChanges())
                }
            }
        }
        for place in machines.indices {
            machines[place].advance(to: Double(until))
            replayed[place].collect(machines[place].takeChanges())
        }
        return replayed
    }

    /// What the machines are told at a moment, a list for each contender.
    struct Look {
        var at: Double
        var readings: [[AlertReading]]
    }

    /// How far a replay has come in one host's past.
    struct HostPast: Sendable {
        /// The end of the rows that are known.
        var end = 0
        var forecast: Forecast?
        /// The newest sample that was looked at, Unix seconds.
        var sampledAt = -Double.infinity

        mutating func move(to moment: Int, in rows: [StepRow]) {
            while end < rows.count, rows[end].start + Step.seconds <= moment { end += 1 }
        }

        /// Whether its newest step ends now.
        func isPresent(at moment: Int, in rows: [StepRow]) -> Bool {
            end > 0 && rows[end - 1].start + Step.seconds == moment
        }
    }

    private var quiet: AlertRules {
        var rules = rules
        rules.heartbeatSeconds = nil
        return rules
    }

    /// Live, a host is looked at with every sample, so that "two of the last two evaluations" are seconds. A step is
    /// all there is of five minutes here, and stands for as many evaluations as the rules look at.
    private func tell(_ look: Look, _ place: Int, to machine: inout AlertMachine) {
        for back in (0..<max(rules.rise.of, rules.fallAfter)).reversed() {
            machine.observe(
                look.readings[place].map { reading in
                    var reading = reading
                    reading.sampledAt = look.at - Double(back)
                    return reading
                }, at: look.at)
        }
    }

    func rows(of host: Int, _ past: HostPast, atMost count: Int) -> ArraySlice<StepRow> {
        hosts[host].rows[max(0, past.end - count)..<past.end]
    }

    /// The step that has just ended is the present.
    private func look(
        at moment: Int, _ present: [Int], _ contenders: [Contender], _ pasts: [HostPast]
    ) -> Look {
        let readings = contenders.map { contender in
            present.map { index in
                let (host, past) = (hosts[index], pasts[index])
                let input = RiskInput(
                    profile: host.profile, cpus: host.cpus, now: host.rows[past.end - 1].means,
                    history: Array(rows(of: index, past, atMost: Self.historySteps)),
                    forecast: contender.rule == .score ? past.forecast : nil, time: Double(moment),
                    skill: contender.rule == .score ? past.forecast?.nearSkill ?? MetricVector() : MetricVector())
                return reading(
                    of: host, contender, input, sampledAt: Double(moment), intervalSeconds: Double(Step.seconds))
            }
        }
        return Look(at: Double(moment), readings: readings)
    }

    func reading(
        of host: RehearsedHost, _ contender: Contender, _ input: RiskInput, sampledAt: Double, intervalSeconds: Double
    ) -> AlertReading {
        guard contender.rule != .fixedLimits else {
            return AlertReading(
                host: host.name, sampledAt: sampledAt, score: Self.fixed(input.now, cpus: host.cpus),
                profile: host.profile, labels: host.labels, intervalSeconds: intervalSeconds)
        }
        let score = contender.engine.score(input)
        return AlertReading(
            host: host.name, sampledAt: sampledAt, score: score.value, parts: score.parts,
            profile: host.profile, labels: host.labels, intervalSeconds: intervalSeconds)
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
