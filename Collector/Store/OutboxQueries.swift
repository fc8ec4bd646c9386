import Alerting
import SQLite

/// Which rows of the outbox are asked for; the newest come first.
package struct OutboxQuery: Sendable {
    /// nil: all.
    package var state: OutboxEntry.State?
    package var channel: String?
    /// Ids below this one: the page after it.
    package var before: Int64?
    package var limit = 100

    package init() {}
}

extension Reader {
    private static let columns = """
        o.id, o.channel, o.state, o.created_at, o.due_at, o.done_at, o.deadline, o.told_at, o.attempts, o.problem, \
        o.notice
        """

    /// Bound to `?1`, `?2` …; a row whose notice cannot be read is left out.
    private func entries(
        _ sql: String, _ bind: (Statement) -> Void
    ) throws(SQLiteError) -> [OutboxEntry] {
        let rows = try statement("SELECT \(Self.columns) FROM outbox o \(sql)")
        bind(rows)
        defer { rows.reset() }
        var entries: [OutboxEntry] = []
        while try rows.step() {
            guard let channel = rows.text(1), let state: OutboxEntry.State = rows.word(2),
                let notice = try notice(rows.integer(10))
            else { continue }
            entries.append(
                OutboxEntry(
                    id: rows.integer(0), channel: channel, notice: notice, state: state, createdAt: rows.double(3),
                    dueAt: rows.double(4), doneAt: rows.doubleOrNil(5), deadline: rows.doubleOrNil(6),
                    toldAt: rows.doubleOrNil(7), attempts: Int(rows.integer(8)), said: rows.text(9)))
        }
        return entries
    }

    /// Nothing of its line waits before it; and what is said again is not while something newer waits.
    private static let isHead = """
        NOT EXISTS (
            SELECT 1 FROM outbox e
            WHERE e.state = 'waiting' AND e.channel = o.channel AND e.key = o.key AND e.told_at IS NULL
                AND CASE WHEN o.told_at IS NULL THEN e.id < o.id ELSE e.id > o.id END)
        """

    func heads(channel: String, now: Double, limit: Int) throws(SQLiteError) -> [OutboxEntry] {
        try entries(
            """
            JOIN notice n ON n.id = o.notice
            WHERE o.state = 'waiting' AND o.channel = ?1 AND o.due_at <= ?2 AND \(Self.isHead)
            ORDER BY n.level DESC, o.id LIMIT ?3
            """
        ) { rows in
            rows.bind(1, channel)
            rows.bind(2, now)
            rows.bind(3, Int64(limit))
        }
    }

    func nextDue(channel: String) throws(SQLiteError) -> Double? {
        let row = try statement(
            "SELECT min(o.due_at) FROM outbox o WHERE o.state = 'waiting' AND o.channel = ?1 AND \(Self.isHead)")
        row.bind(1, channel)
        defer { row.reset() }
        return try row.step() ? row.doubleOrNil(0) : nil
    }

    /// The rows that wait behind one in its line, oldest first.
    func behind(_ entry: OutboxEntry) throws(SQLiteError) -> [OutboxEntry] {
        try entries(
            """
            WHERE o.state = 'waiting' AND o.channel = ?1 AND o.key = ?2 AND o.id > ?3 AND o.told_at IS NULL
            ORDER BY o.id LIMIT 1000
            """
        ) { rows in
            rows.bind(1, entry.channel)
            rows.bind(2, entry.notice.key)
            rows.bind(3, entry.id)
        }
    }

    /// Whether the incident of a row has been told through its channel.
    func isTold(before entry: OutboxEntry) throws(SQLiteError) -> Bool {
        let row = try statement(
            """
            SELECT EXISTS (
                SELECT 1 FROM outbox o JOIN notice n ON n.id = o.notice
                WHERE o.key = ?1 AND o.channel = ?2 AND o.id < ?3 AND o.state NOT IN ('dead', 'collapsed')
                    AND n.incident = ?4 AND n.action NOT IN ('resolve', 'acknowledge'))
            """)
        row.bind(1, entry.notice.key)
        row.bind(2, entry.channel)
        row.bind(3, entry.id)
        row.bind(4, entry.notice.incident)
        defer { row.reset() }
        return try row.step() && row.integer(0) != 0
    }

    func unplanned(limit: Int) throws(SQLiteError) -> [OutboxEntry] {
        try entries("WHERE o.state = 'waiting' AND o.deadline IS NULL ORDER BY o.id LIMIT ?1") { rows in
            rows.bind(1, Int64(limit))
        }
    }

    func late(now: Double, limit: Int) throws(SQLiteError) -> [OutboxEntry] {
        try entries("WHERE o.state = 'waiting' AND o.deadline <= ?1 AND o.told_at IS NULL ORDER BY o.id LIMIT ?2") {
            rows in
            rows.bind(1, now)
            rows.bind(2, Int64(limit))
        }
    }

    func outbox(_ query: OutboxQuery) throws(SQLiteError) -> [OutboxEntry] {
        try entries(
            """
            WHERE o.id < ?1 AND (?2 IS NULL OR o.state = ?2) AND (?3 IS NULL OR o.channel = ?3)
            ORDER BY o.id DESC LIMIT ?4
            """
        ) { rows in
            rows.bind(1, query.before ?? .max)
            rows.bind(2, query.state?.rawValue)
            rows.bind(3, query.channel)
            rows.bind(4, Int64(query.limit))
        }
    }

    func outboxEntry(_ id: Int64) throws(SQLiteError) -> OutboxEntry? {
        try entries("WHERE o.id = ?1") { rows in rows.bind(1, id) }.first
    }

    /// How many rows there are by channel and state.
    func outboxCounts() throws(SQLiteError) -> [String: [OutboxEntry.State: Int]] {
        let rows = try statement("SELECT channel, state, count(*) FROM outbox GROUP BY channel, state")
        defer { rows.reset() }
        var counts: [String: [OutboxEntry.State: Int]] = [:]
        while try rows.step() {
            guard let channel = rows.text(0), let state: OutboxEntry.State = rows.word(1) else { continue }
            counts[channel, default: [:]][state] = Int(rows.integer(2))
        }
        return counts
    }

    func alertID(ofKey key: String) throws(SQLiteError) -> Int64? {
        let row = try statement(
            """
            SELECT n.alert FROM outbox o JOIN notice n ON n.id = o.notice
            WHERE o.key = ? AND n.alert > 0 ORDER BY o.id DESC LIMIT 1
            """)
        row.bind(1, key)
        defer { row.reset() }
        return try row.step() ? row.integer(0) : nil
    }

    func hasSeenWebhook(_ id: String) throws(SQLiteError) -> Bool {
        let row = try statement("SELECT EXISTS (SELECT 1 FROM webhook_seen WHERE id = ?)")
        row.bind(1, id)
        defer { row.reset() }
        return try row.step() && row.integer(0) != 0
    }
}
