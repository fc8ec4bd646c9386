import Alerting
import SQLite

/// The outbox's part of the write connection: what becomes of its rows.
final class OutboxTables {
    private let connection: Connection
    private let alerts: AlertTables
    private var statements: [String: Statement] = [:]

    init(_ connection: Connection, _ alerts: AlertTables) {
        self.connection = connection
        self.alerts = alerts
    }

    private func statement(_ sql: String) throws(SQLiteError) -> Statement {
        if let known = statements[sql] { return known }
        let new = try connection.prepare(sql)
        statements[sql] = new
        return new
    }

    func settle(_ entry: OutboxEntry, _ change: OutboxChange, at now: Double) throws(SQLiteError) {
        let row = try statement(
            """
            UPDATE outbox SET state = ?2, due_at = ?3, attempts = ?4, problem = ?5, done_at = ?6, told_at = ?7
            WHERE id = ?1
            """)
        let (state, due, done, told): (OutboxEntry.State, Double, Double?, Double?) =
            switch change {
            case .sent: (.sent, entry.dueAt, now, entry.toldAt)
            case .standing(let until): (.waiting, until, nil, entry.toldAt ?? now)
            case .waiting(let until): (.waiting, until, nil, entry.toldAt)
            case .dead: (.dead, entry.dueAt, now, entry.toldAt)
            }
        row.bind(1, entry.id)
        row.bind(2, state.rawValue)
        row.bind(3, due)
        row.bind(4, Int64(entry.attempts))
        row.bind(5, entry.said)
        row.bind(6, done)
        row.bind(7, told)
        try row.run()
    }

    /// Older rows of the same line that are said again end with this one.
    func endStanding(before entry: OutboxEntry, at now: Double) throws(SQLiteError) {
        let rows = try statement(
            """
            UPDATE outbox SET state = 'sent', done_at = ?4
            WHERE state = 'waiting' AND channel = ?1 AND key = ?2 AND id < ?3 AND told_at IS NOT NULL
            """)
        rows.bind(1, entry.channel)
        rows.bind(2, entry.notice.key)
        rows.bind(3, entry.id)
        rows.bind(4, now)
        try rows.run()
    }

    func collapse(_ id: Int64, said: String, at now: Double) throws(SQLiteError) {
        let row = try statement("UPDATE outbox SET state = 'collapsed', problem = ?2, done_at = ?3 WHERE id = ?1")
        row.bind(1, id)
        row.bind(2, said)
        row.bind(3, now)
        try row.run()
    }

    /// What waits of a key and has never been told need not be.
    func drop(key: String, said: String, at now: Double) throws(SQLiteError) {
        let rows = try statement(
            """
            UPDATE outbox SET state = 'collapsed', problem = ?2, done_at = ?3
            WHERE key = ?1 AND state = 'waiting' AND told_at IS NULL
            """)
        rows.bind(1, key)
        rows.bind(2, said)
        rows.bind(3, now)
        try rows.run()
    }

    func hold(channel: String, until: Double) throws(SQLiteError) {
        let rows = try statement(
            "UPDATE outbox SET due_at = ?2 WHERE channel = ?1 AND state = 'waiting' AND due_at < ?2")
        rows.bind(1, channel)
        rows.bind(2, until)
        try rows.run()
    }

    func plan(_ id: Int64, deadline: Double) throws(SQLiteError) {
        let row = try statement("UPDATE outbox SET deadline = ?2 WHERE id = ?1")
        row.bind(1, id)
        row.bind(2, deadline)
        try row.run()
    }

    /// A notice to a channel, outside of any change of the machine.
    func add(_ notice: Notice, to channel: String, deadline: Double?) throws(SQLiteError) -> Int64 {
        try alerts.save(AlertChanges(), deliveries: [NoticeDelivery(notice: notice, channels: [channel])])
        let id = try connection.integer("SELECT last_insert_rowid()") ?? 0
        if let deadline { try plan(id, deadline: deadline) }
        return id
    }

    /// What the newest notice of a key was, and through which channels it has been told.
    func newest(key: String) throws(SQLiteError) -> [(channel: String, action: Notice.Action)] {
        let rows = try statement(
            """
            SELECT o.channel, n.action FROM outbox o JOIN notice n ON n.id = o.notice
            WHERE o.key = ?1 AND o.id = (SELECT max(id) FROM outbox WHERE key = ?1 AND channel = o.channel)
            ORDER BY o.id
            """)
        rows.bind(1, key)
        defer { rows.reset() }
        var newest: [(String, Notice.Action)] = []
        while try rows.step() {
            if let channel = rows.text(0), let action: Notice.Action = rows.word(1) { newest.append((channel, action)) }
        }
        return newest
    }

    /// Puts a dead row back, with the other dead ones of its incident on that channel and the end that was not told.
    /// What no alert has made (a test) is nothing that another channel must tell if this one does not.
    /// - Returns: how many wait again; 0 when something newer of the incident has been told there.
    func replay(_ entry: OutboxEntry, at now: Double) throws(SQLiteError) -> Int {
        let rows = try statement(
            """
            UPDATE outbox SET state = 'waiting', due_at = ?4, done_at = NULL, created_at = ?4, attempts = 0,
                deadline = CASE WHEN ?5 = 0 THEN 9e999 END
            WHERE channel = ?1 AND key = ?2 AND EXISTS (
                SELECT 1 FROM notice n WHERE n.id = outbox.notice AND n.incident = ?5
                AND (outbox.state = 'dead' OR outbox.state = 'collapsed' AND n.action = 'resolve' AND outbox.id > ?3))
            AND NOT EXISTS (
                SELECT 1 FROM outbox l WHERE l.channel = ?1 AND l.key = ?2 AND l.id > ?3 AND l.state = 'sent')
            """)
        rows.bind(1, entry.channel)
        rows.bind(2, entry.notice.key)
        rows.bind(3, entry.id)
        rows.bind(4, now)
        rows.bind(5, entry.notice.incident)
        try rows.run()
        return connection.changes
    }

    func note(webhook id: String, at now: Double, keptSeconds: Double) throws(SQLiteError) {
        let old = try statement("DELETE FROM webhook_seen WHERE at < ?")
        old.bind(1, now - keptSeconds)
        try old.run()
        let row = try statement("INSERT OR IGNORE INTO webhook_seen (id, at) VALUES (?, ?)")
        row.bind(1, id)
        row.bind(2, now)
        try row.run()
    }
}
