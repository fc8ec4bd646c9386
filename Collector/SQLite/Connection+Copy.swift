import CSQLite

extension Connection {
    private static let pagesAtOnce: Int32 = 1024

    /// Copies the database, as this connection's open read transaction sees it, into an empty one: SQLite's online
    /// backup (sqlite.org/backup.html). Whoever writes goes on writing. Without the transaction a write of another
    /// process would begin the copy anew.
    ///
    /// - Parameter goesOn: told the share that is copied, 0 to 1; false breaks the copy off.
    /// - Returns: false when it was broken off.
    package func copy(to other: Connection, _ goesOn: (Double) -> Bool) throws(SQLiteError) -> Bool {
        guard let backup = sqlite3_backup_init(other.raw, "main", raw, "main") else {
            throw SQLiteError(other.raw, code: sqlite3_errcode(other.raw), sql: "backup")
        }
        var code = SQLITE_OK
        var isStopped = false
        while code == SQLITE_OK, !isStopped {
            code = sqlite3_backup_step(backup, Self.pagesAtOnce)
            let (left, all) = (sqlite3_backup_remaining(backup), sqlite3_backup_pagecount(backup))
            isStopped = code == SQLITE_OK && !goesOn(1 - Double(left) / Double(max(1, all)))
        }
        let finished = sqlite3_backup_finish(backup)
        if isStopped { return false }
        guard code == SQLITE_DONE, finished == SQLITE_OK else {
            throw SQLiteError(other.raw, code: finished == SQLITE_OK ? code : finished, sql: "backup")
        }
        return true
    }
}
