import Alerting
package import Insight
import SQLite
import Telemetry

/// Which alerts are asked for; the newest come first.
package struct AlertQuery: Sendable {
    /// nil: open ones and resolved ones.
    package var isOpen: Bool?
    /// This level or worse, at its worst.
    package var level: RiskLevel?
    package var host: String?
    /// Opened, or resolved, at this time or later; an open alert always is.
    package var since: Double?
    /// Ids below this one: the page after it.
    package var before: Int64?
    package var limit = 100

    package init() {}
}

extension Reader {
    func alerts(_ query: AlertQuery) throws(SQLiteError) -> [Alert] {
        let rows = try statement(
            """
            SELECT \(AlertTables.alertColumns) FROM alert
            WHERE id < ?1 AND worst_level >= ?2 AND (?3 IS NULL OR host = ?3)
                AND (?4 IS NULL OR (resolved_at IS NULL) = ?4) AND (resolved_at IS NULL OR resolved_at >= ?5)
            ORDER BY id DESC LIMIT ?6
            """)
        rows.bind(1, query.before ?? .max)
        rows.bind(2, Int64(query.level?.rawValue ?? 0))
        rows.bind(3, query.host)
        rows.bind(4, query.isOpen.map { Int64($0 ? 1 : 0) })
        rows.bind(5, query.since ?? -Double.greatestFiniteMagnitude)
        rows.bind(6, Int64(query.limit))
        defer { rows.reset() }
        var alerts: [Alert] = []
        while try rows.step() { if let alert = Self.alert(rows) { alerts.append(alert) } }
        return alerts
    }

    func alert(_ id: Int64) throws(SQLiteError) -> Alert? {
        let row = try statement("SELECT \(AlertTables.alertColumns) FROM alert WHERE id = ?")
        row.bind(1, id)
        defer { row.reset() }
        return try row.step() ? Self.alert(row) : nil
    }

    func incident(_ id: Int64) throws(SQLiteError) -> Incident? {
        let row = try statement("SELECT \(AlertTables.incidentColumns) FROM incident WHERE id = ?")
        row.bind(1, id)
        defer { row.reset() }
        return try row.step() ? Self.incident(row) : nil
    }

    /// Of one alert, oldest first; the newest `limit`.
    func transitions(ofAlert id: Int64, limit: Int) throws(SQLiteError) -> [AlertTransition] {
        let rows = try statement(
            """
            SELECT \(AlertTables.transitionColumns) FROM alert_transition WHERE alert = ? ORDER BY id DESC LIMIT ?
            """)
        rows.bind(1, id)
        rows.bind(2, Int64(limit))
        defer { rows.reset() }
        var transitions: [AlertTransition] = []
        while try rows.step() {
            guard let key = rows.key(2), let kind: AlertTransition.Kind = rows.word(4), let level = rows.level(6) else {
                continue
            }
            transitions.append(
                AlertTransition(
                    kind, at: rows.double(5), alert: rows.integer(0), incident: rows.integer(1), key: key,
                    level: level, score: rows.doubleOrNil(7), gate: rows.word(8), by: rows.text(9), note: rows.text(10)
                ))
        }
        return transitions.reversed()
    }

    static func alert(_ row: Statement) -> Alert? {
        guard let key = row.key(1), let level = row.level(4), let worst = row.level(5) else { return nil }
        var alert = Alert(
            id: row.integer(0), key: key, incident: row.integer(3), level: level, score: row.doubleOrNil(6),
            profile: row.word(8) ?? .generic, labels: AlertColumns.labels(row.text(9)),
            reasons: AlertColumns.strings(row.text(10)), breach: AlertColumns.breach(row.text(11)),
            openedAt: row.double(12), risingSince: row.double(13))
        alert.worstLevel = worst
        alert.worstScore = row.doubleOrNil(7)
        alert.changedAt = row.double(14)
        alert.resolvedAt = row.doubleOrNil(15)
        alert.resolvedBy = row.text(16)
        alert.flappingSince = row.doubleOrNil(17)
        alert.verdict = row.word(18)
        alert.verdictBy = row.text(19)
        alert.verdictAt = row.doubleOrNil(20)
        return alert
    }

    /// Without its members.
    static func incident(_ row: Statement) -> Incident? {
        guard let lead = row.key(3), let kind: Incident.Kind = row.word(2), let level = row.level(10) else {
            return nil
        }
        var incident = Incident(
            id: row.integer(0), key: row.text(1) ?? lead.text, kind: kind, lead: lead, leadSince: row.double(6),
            openedAt: row.double(7), level: level)
        incident.firstMover = row.text(5) ?? lead.host
        incident.resolvedAt = row.doubleOrNil(8)
        incident.mergedInto = row.isNull(9) ? nil : row.integer(9)
        if let told = row.level(12) {
            incident.told = Incident.Told(at: row.double(11), level: told, members: Int(row.integer(13)))
        }
        if let gate: AlertGate = row.word(14) {
            incident.heldBy = Incident.Hold(gate: gate, why: row.text(15) ?? "", until: row.double(16))
        }
        if let by = row.text(17), let level = row.level(20) {
            incident.acknowledgement = Incident.Acknowledgement(
                by: by, at: row.double(18), until: row.double(19), level: level, note: row.text(21))
        }
        incident.escalateFrom = row.double(22)
        incident.escalated = Int(row.integer(23))
        return incident
    }

    /// A notice of the outbox.
    func notice(_ id: Int64) throws(SQLiteError) -> Notice? {
        let row = try statement("SELECT \(AlertTables.noticeColumns) FROM notice WHERE id = ?")
        row.bind(1, id)
        defer { row.reset() }
        guard try row.step(), let action: Notice.Action = row.word(0), let kind: Incident.Kind = row.word(4),
            let level = row.level(7), let key = row.key(10)
        else { return nil }
        var notice = Notice(
            action, key: row.text(1) ?? "", incident: row.integer(2), alert: row.integer(3), kind: kind,
            at: row.double(5), startedAt: row.double(6), level: level, host: key.host, condition: key.condition,
            profile: row.word(12) ?? .generic, labels: AlertColumns.labels(row.text(13)),
            summary: row.text(15) ?? "", reasons: AlertColumns.strings(row.text(16)),
            hosts: AlertColumns.strings(row.text(18)), hostCount: Int(row.integer(19)), firstMover: row.text(20) ?? "")
        notice.toldLevel = row.level(8)
        notice.step = Int(row.integer(9))
        notice.score = row.doubleOrNil(14)
        notice.breach = AlertColumns.breach(row.text(17))
        notice.by = row.text(21)
        notice.note = row.text(22)
        return notice
    }
}
