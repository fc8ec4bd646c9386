import API
import Alerting
import Daemon
import Insight
import Risk
import Store
import Telemetry

/// Looks up which warnings came true: the alerts that people were told of, held against the stored steps.
final class CostDesk: Sendable {
    let assumptions: Locked<CostAssumptions>
    private let store: Store
    private let thresholds: ThresholdDesk
    private let clock: Clock

    /// A breach so long after an alert's end is another matter.
    private static let graceSeconds = 1800.0
    /// Before an alert, to see whether it came too late.
    private static let beforeSeconds = 3600.0
    /// Alerts that are looked at, the newest.
    private static let alertsMax = 5000

    init(_ assumptions: CostAssumptions, store: Store, thresholds: ThresholdDesk, clock: Clock) {
        self.assumptions = Locked(assumptions)
        (self.store, self.thresholds, self.clock) = (store, thresholds, clock)
    }

    func ask(_ question: CostQuestion) throws(StoreError) -> CostAvoidance {
        var assumed = assumptions.withLock { $0 }
        assumed.perHour = question.perHour ?? assumed.perHour
        assumed.outageHours = question.outageHours ?? assumed.outageHours
        assumed.avoidedShare = question.avoidedShare ?? assumed.avoidedShare
        let now = clock.now()
        var query = AlertQuery()
        query.isOpen = nil
        query.since = now - question.days * 86_400
        query.limit = Self.alertsMax
        let alerts = try store.alerts(query).filter { $0.openedAt >= now - question.days * 86_400 }
        let engine = thresholds.engine
        var incidents: [CostAvoidance.Incident] = []
        for (id, members) in Dictionary(grouping: alerts, by: \.incident) {
            guard let incident = try store.incident(id), incident.told != nil else { continue }
            incidents.append(try judge(incident, members.sorted { $0.openedAt < $1.openedAt }, engine, now: now))
        }
        incidents.sort { ($1.openedAt, $1.incident) < ($0.openedAt, $0.incident) }
        return CostAvoidance(days: question.days, assumptions: assumed, incidents: incidents)
    }

    private func judge(
        _ incident: Incident, _ alerts: [Alert], _ engine: RiskEngine, now: Double
    ) throws(StoreError) -> CostAvoidance.Incident {
        var (warned, late): ((alert: Alert, breach: Breach)?, Breach?)
        for alert in alerts where alert.key.condition == .risk {
            guard let breach = try breach(of: alert, engine, now: now) else { continue }
            if breach.start <= alert.openedAt {
                late = late ?? breach
            } else if breach.start < warned?.breach.start ?? .infinity {
                warned = (alert, breach)
            }
        }
        let lead = warned?.alert ?? alerts.first { $0.key == incident.lead } ?? alerts.first
        let verdicts = Set(alerts.compactMap(\.verdict))
        let (reason, why) = Self.decide(verdicts, warned: warned != nil, late: late, alerts, now: now)
        return CostAvoidance.Incident(
            incident: incident.id, alert: lead?.id ?? 0, host: lead?.host ?? incident.lead.host,
            hosts: Set(alerts.map(\.host)).count, level: alerts.map(\.worstLevel).max() ?? incident.level,
            openedAt: lead?.openedAt ?? incident.openedAt, breach: reason == nil ? late : warned?.breach,
            reason: reason, why: why)
    }

    private static func decide(
        _ verdicts: Set<AlertVerdict>, warned: Bool, late: Breach?, _ alerts: [Alert], now: Double
    ) -> (CostAvoidance.Incident.Reason?, String) {
        if verdicts.contains(.false), !verdicts.contains(.real) { return (nil, "somebody judged it false") }
        if warned { return (.breached, "a limit was crossed after the alert") }
        if let late {
            return (nil, "\(late.signal.label) was at its limit before the alert came: nothing was warned of")
        }
        if verdicts.contains(.real) { return (.judgedReal, "somebody judged it real") }
        if alerts.contains(where: { $0.resolvedAt.map { now - $0 < graceSeconds } ?? true }) {
            return (nil, "no limit has been crossed yet, and it is not over")
        }
        return (nil, "no limit was crossed, and nobody judged it real")
    }

    /// The first of the breaches that the alert overlaps or comes before.
    private func breach(of alert: Alert, _ engine: RiskEngine, now: Double) throws(StoreError) -> Breach? {
        guard let host = store.host(named: alert.host) else { return nil }
        let until = min(now, (alert.resolvedAt ?? now) + Self.graceSeconds)
        let rows = try store.steps(
            of: host, from: Step.start(of: alert.openedAt - Self.beforeSeconds), to: Int(until))
        return engine.breaches(in: rows, profile: host.profile, cpus: host.cpus ?? 1)
            .first { $0.end > alert.openedAt && $0.start <= until }
    }
}
