import SQLite

/// Removes what was long ago: alerts that are over with their history and incidents, and what was told. The newest row
/// of each stays, whatever its age: the next id is one more.
final class AlertRetention {
    private let statements: [(Statement, isOfNotices: Bool)]

    init(_ connection: Connection) throws(SQLiteError) {
        var statements: [(Statement, Bool)] = []
        for sql in Self.ofAlerts { statements.append((try connection.prepare(sql), false)) }
        for sql in Self.ofNotices { statements.append((try connection.prepare(sql), true)) }
        self.statements = statements
    }

    private static let ofAlerts = [
        "DELETE FROM alert WHERE resolved_at < ? AND id < (SELECT max(id) FROM alert)",
        "DELETE FROM incident WHERE resolved_at < ? AND id < (SELECT max(id) FROM incident)",
        "DELETE FROM alert_mute WHERE until_at < ? AND id < (SELECT max(id) FROM alert_mute)",
        """
        DELETE FROM alert_transition WHERE at < ? AND NOT EXISTS (
            SELECT 1 FROM alert WHERE alert.id = alert_transition.alert AND alert.resolved_at IS NULL)
        """,
    ]

    private static let ofNotices = [
        "DELETE FROM alert_transition WHERE kind = 'held' AND at < ?",
        "DELETE FROM outbox WHERE state <> 'waiting' AND done_at < ?",
        "DELETE FROM notice WHERE at < ? AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.notice = notice.id)",
    ]

    /// Unix seconds.
    func remove(before time: Double, noticesBefore noticeTime: Double) throws(SQLiteError) {
        for (statement, isOfNotices) in statements {
            statement.bind(1, isOfNotices ? noticeTime : time)
            try statement.run()
        }
    }
}
