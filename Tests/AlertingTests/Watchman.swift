import Insight
import Telemetry

@testable import Alerting

/// A machine that is fed scores at a steady beat and remembers what came of it.
struct Watchman {
    /// 2026-01-05 12:00:00 UTC, a Monday.
    static let noon = 1_767_614_400.0

    var machine: AlertMachine
    var now = noon
    var transitions: [AlertTransition] = []
    var notices: [Notice] = []

    init(_ change: (inout AlertRules) -> Void = { _ in }) {
        var rules = AlertRules()
        rules.heartbeatSeconds = nil
        change(&rules)
        machine = AlertMachine(rules, at: Self.noon)
    }

    /// One look; every host's newest sample is a second old.
    mutating func look(_ scores: [String: Double], labels: [String: [String: String]] = [:], after seconds: Double = 15)
    {
        now += seconds
        let readings = scores.sorted { $0.key < $1.key }.map { host, score in
            AlertReading(
                host: host, sampledAt: now - 1, score: score,
                parts: [RiskPart(metric: .memoryUsed, factor: .profile, points: score, sentence: "Memory is high.")],
                labels: labels[host] ?? [:])
        }
        machine.observe(readings, at: now)
        collect()
    }

    /// One host's scores, one look after the other.
    mutating func feed(_ host: String, _ scores: [Double], every seconds: Double = 15) {
        for score in scores { look([host: score], after: seconds) }
    }

    mutating func wait(_ seconds: Double) {
        now += seconds
        machine.advance(to: now)
        collect()
    }

    mutating func collect() {
        let changes = machine.takeChanges()
        transitions += changes.transitions
        notices += changes.notices
    }

    /// `trigger risk:db01 Critical`, a line each.
    var told: [String] { notices.map { "\($0.action.rawValue) \($0.key) \($0.level.name)" } }
    var kinds: [AlertTransition.Kind] { transitions.map(\.kind) }
    func alert(_ host: String, _ condition: AlertCondition = .risk) -> Alert? {
        machine.state.alerts[AlertKey(host: host, condition: condition)]
    }
    func incident(of host: String) -> Incident? { alert(host).flatMap { machine.state.incidents[$0.incident] } }

    /// Keeps a host alive and well for a while.
    mutating func keepWell(_ host: String, forSeconds seconds: Double, every: Double = 60) {
        let end = now + seconds
        while now < end { look([host: 10], after: min(every, end - now)) }
    }
}
