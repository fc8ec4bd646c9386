package import Alerting
import Insight
import SQLite
import Telemetry

/// The alerts' part of the write connection: one row in.
final class AlertTables {
    private let connection: Connection
    private var statements: [String: Statement] = [:]

    init(_ connection: Connection) { self.connection = connection }

    /// All of a change, and the deliveries of its notices. The caller has begun the transaction.
    func save(_ changes: AlertChanges, deliveries: [NoticeDelivery]) throws(SQLiteError) {
        for alert in changes.alerts.values { try save(alert) }
        for incident in changes.incidents.values { try save(incident) }
        for (host, watch) in changes.watches { try save(watch, host) }
        for (key, flap) in changes.flaps { try save(flap, key) }
        for transition in changes.transitions { try add(transition) }
        for delivery in deliveries { try enqueue(delivery) }
    }

    private func statement(_ sql: String) throws(SQLiteError) -> Statement {
        if let known = statements[sql] { return known }
        let new = try connection.prepare(sql)
        statements[sql] = new
        return new
    }

    /// `INSERT OR REPLACE` of a whole row; values are bound in the order of the columns.
    private func replace(_ table: String, _ columns: String) throws(SQLiteError) -> Statement {
        let marks = columns.split(separator: ",").map { _ in "?" }.joined(separator: ", ")
        return try statement("INSERT OR REPLACE INTO \(table) (\(columns)) VALUES (\(marks))")
    }

    static let alertColumns = """
        id, host, condition, incident, level, worst_level, score, worst_score, profile, labels, reasons, breach, \
        opened_at, rising_since, changed_at, resolved_at, resolved_by, flapping_since, verdict, verdict_by, verdict_at
        """

    private func save(_ alert: Alert) throws(SQLiteError) {
        let row = try replace("alert", Self.alertColumns)
        row.bind(1, alert.id)
        row.bind(2, alert.host)
        row.bind(3, alert.key.condition.rawValue)
        row.bind(4, alert.incident)
        row.bind(5, alert.level)
        row.bind(6, alert.worstLevel)
        row.bind(7, alert.score)
        row.bind(8, alert.worstScore)
        row.bind(9, alert.profile.rawValue)
        row.bind(10, AlertColumns.json(alert.labels))
        row.bind(11, AlertColumns.json(alert.reasons))
        row.bind(12, AlertColumns.text(alert.breach))
        row.bind(13, alert.openedAt)
        row.bind(14, alert.risingSince)
        row.bind(15, alert.changedAt)
        row.bind(16, alert.resolvedAt)
        row.bind(17, alert.resolvedBy)
        row.bind(18, alert.flappingSince)
        row.bind(19, alert.verdict?.rawValue)
        row.bind(20, alert.verdictBy)
        row.bind(21, alert.verdictAt)
        try row.run()
    }

    static let incidentColumns = """
        id, key, kind, lead_host, lead_condition, first_mover, first_mover_since, opened_at, resolved_at, merged_into, \
        level, told_at, told_level, told_members, held_gate, held_why, held_until, acknowledged_by, acknowledged_at, \
        acknowledged_until, acknowledged_level, acknowledged_note, escalate_from, escalated
        """

    private func save(_ incident: Incident) throws(SQLiteError) {
        let row = try replace("incident", Self.incidentColumns)
        row.bind(1, incident.id)
        row.bind(2, incident.key)
        row.bind(3, incident.kind.rawValue)
        row.bind(4, incident.lead.host)
        row.bind(5, incident.lead.condition.rawValue)
        row.bind(6, incident.firstMover)
        row.bind(7, incident.firstMoverSince)
        row.bind(8, incident.openedAt)
        row.bind(9, incident.resolvedAt)
        row.bind(10, incident.mergedInto)
        row.bind(11, incident.level)
        row.bind(12, incident.told?.at)
        row.bind(13, incident.told?.level)
        row.bind(14, incident.told.map { Int64($0.members) })
        row.bind(15, incident.heldBy?.gate.rawValue)
        row.bind(16, incident.heldBy?.why)
        row.bind(17, incident.heldBy?.until)
        row.bind(18, incident.acknowledgement?.by)
        row.bind(19, incident.acknowledgement?.at)
        row.bind(20, incident.acknowledgement?.until)
        row.bind(21, incident.acknowledgement?.level)
        row.bind(22, incident.acknowledgement?.note)
        row.bind(23, incident.escalateFrom)
        row.bind(24, Int64(incident.escalated))
        try row.run()
    }

    static let watchColumns = """
        host, heard_at, sampled_at, score, profile, labels, interval_seconds, level, rising_since, is_silent, recent
        """

    private func save(_ watch: HostWatch, _ host: String) throws(SQLiteError) {
        let row = try replace("alert_watch", Self.watchColumns)
        row.bind(1, host)
        row.bind(2, watch.heardAt)
        row.bind(3, watch.newest.sampledAt)
        row.bind(4, watch.newest.score)
        row.bind(5, watch.newest.profile.rawValue)
        row.bind(6, AlertColumns.json(watch.newest.labels))
        row.bind(7, watch.newest.intervalSeconds)
        row.bind(8, watch.level)
        row.bind(9, watch.risingSince)
        row.bind(10, watch.isSilent)
        row.bind(11, AlertColumns.text(watch.recent))
        try row.run()
    }

    static let flapColumns = "host, condition, since, digest_at, untold, changes"

    private func save(_ flap: FlapLog?, _ key: AlertKey) throws(SQLiteError) {
        guard let flap else {
            let row = try statement("DELETE FROM alert_flap WHERE host = ? AND condition = ?")
            row.bind(1, key.host)
            row.bind(2, key.condition.rawValue)
            return try row.run()
        }
        let row = try replace("alert_flap", Self.flapColumns)
        row.bind(1, key.host)
        row.bind(2, key.condition.rawValue)
        row.bind(3, flap.since)
        row.bind(4, flap.digestAt)
        row.bind(5, Int64(flap.untold))
        row.bind(6, AlertColumns.text(flap.changes))
        try row.run()
    }

    static let transitionColumns = "alert, incident, host, condition, kind, at, level, score, gate, by, note"

    private func add(_ transition: AlertTransition) throws(SQLiteError) {
        let row = try replace("alert_transition", Self.transitionColumns)
        row.bind(1, transition.alert)
        row.bind(2, transition.incident)
        row.bind(3, transition.key.host)
        row.bind(4, transition.key.condition.rawValue)
        row.bind(5, transition.kind.rawValue)
        row.bind(6, transition.at)
        row.bind(7, transition.level)
        row.bind(8, transition.score)
        row.bind(9, transition.gate?.rawValue)
        row.bind(10, transition.by)
        row.bind(11, transition.note)
        try row.run()
    }

    // MARK: Mutes and standings

    func add(_ mute: StoredMute) throws(SQLiteError) {
        let row = try replace("alert_mute", StoredMute.columns)
        mute.bind(to: row)
        try row.run()
    }

    func endMute(_ id: Int64, by person: String, at time: Double) throws(SQLiteError) {
        let row = try statement("UPDATE alert_mute SET ended_at = ?, ended_by = ? WHERE id = ?")
        row.bind(1, time)
        row.bind(2, person)
        row.bind(3, id)
        try row.run()
    }

    func save(_ standing: HostStanding, serverID: UInt64) throws(SQLiteError) {
        let row = try replace("standing", "server_id, level, level_since, critical_at")
        row.bind(1, Int64(bitPattern: serverID))
        row.bind(2, standing.level)
        row.bind(3, standing.levelSince)
        row.bind(4, standing.criticalAt)
        try row.run()
    }

    // MARK: The outbox

    static let noticeColumns = """
        action, key, incident, alert, kind, at, started_at, level, told_level, step, host, condition, profile, labels, \
        score, summary, reasons, breach, hosts, host_count, first_mover, by, note
        """

    /// A notice that goes nowhere is not kept: its transition is.
    private func enqueue(_ delivery: NoticeDelivery) throws(SQLiteError) {
        guard !delivery.channels.isEmpty else { return }
        let id = try add(delivery.notice)
        for channel in delivery.channels {
            let row = try statement(
                """
                INSERT INTO outbox (notice, channel, key, state, created_at, due_at, attempts)
                VALUES (?, ?, ?, 'waiting', ?, ?, 0)
                """)
            row.bind(1, id)
            row.bind(2, channel)
            row.bind(3, delivery.notice.key)
            row.bind(4, delivery.notice.at)
            row.bind(5, delivery.notice.at)
            try row.run()
        }
    }

    private func add(_ notice: Notice) throws(SQLiteError) -> Int64 {
        let row = try replace("notice", Self.noticeColumns)
        row.bind(1, notice.action.rawValue)
        row.bind(2, notice.key)
        row.bind(3, notice.incident)
        row.bind(4, notice.alert)
        row.bind(5, notice.kind.rawValue)
        row.bind(6, notice.at)
        row.bind(7, notice.startedAt)
        row.bind(8, notice.level)
        row.bind(9, notice.toldLevel)
        row.bind(10, Int64(notice.step))
        row.bind(11, notice.host)
        row.bind(12, notice.condition.rawValue)
        row.bind(13, notice.profile.rawValue)
        row.bind(14, AlertColumns.json(notice.labels))
        row.bind(15, notice.score)
        row.bind(16, notice.summary)
        row.bind(17, AlertColumns.json(notice.reasons))
        row.bind(18, AlertColumns.text(notice.breach))
        row.bind(19, AlertColumns.json(notice.hosts))
        row.bind(20, Int64(notice.hostCount))
        row.bind(21, notice.firstMover)
        row.bind(22, notice.by)
        row.bind(23, notice.note)
        try row.run()
        return try connection.integer("SELECT last_insert_rowid()") ?? 0
    }
}

/// A notice and the channels that it goes to.
package struct NoticeDelivery: Sendable, Equatable {
    package var notice: Notice
    package var channels: [String]

    package init(notice: Notice, channels: [String]) {
        self.notice = notice
        self.channels = channels
    }
}
