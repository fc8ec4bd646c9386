import CSQLite

/// Owns one connection to a database file. It belongs to one thread at a time: SQLite's own locks are switched off.
package final class Connection {
    package let path: String
    let raw: OpaquePointer
    private let busySeconds: Double
    /// Pages in the write-ahead log after the last commit on this connection; 0 until `trackLog()`.
    package fileprivate(set) var logPages = 0

    package enum Access: Sendable { case readWrite, readOnly }

    /// Opens a database; `.readWrite` makes the file when it is missing. Calls wait up to `busySeconds` for another
    /// connection's lock before they fail with SQLITE_BUSY.
    package init(path: String, access: Access = .readWrite, busySeconds: Double = 5) throws(SQLiteError) {
        var raw: OpaquePointer?
        let flags = access == .readWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
        let code = sqlite3_open_v2(path, &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let raw else {
            let error =
                raw.map { SQLiteError($0, code: code, sql: "open \(path)") }
                ?? SQLiteError(extendedCode: code, message: String(cString: sqlite3_errstr(code)), sql: "open \(path)")
            sqlite3_close(raw)  // required even after a failed open: sqlite.org/c3ref/open.html
            throw error
        }
        self.path = path
        self.raw = raw
        self.busySeconds = busySeconds
        sqlite3_busy_timeout(raw, Int32(busySeconds * 1000))
    }

    /// Statements that are still alive keep the connection open until the last of them goes:
    /// sqlite.org/c3ref/close.html.
    deinit { sqlite3_close_v2(raw) }

    /// Runs one or more statements that give no rows, or whose rows do not matter.
    package func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(raw, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError(raw, code: code, sql: sql) }
    }

    package func prepare(_ sql: String) throws(SQLiteError) -> Statement { try Statement(self, sql) }

    /// The first column of the first row, for pragmas and counts; nil without a row.
    package func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// Rows that the last INSERT, UPDATE or DELETE changed; 0 after an INSERT OR IGNORE that was ignored.
    package var changes: Int { Int(sqlite3_changes64(raw)) }

    /// True outside of a transaction.
    package var isIdle: Bool { sqlite3_get_autocommit(raw) != 0 }

    /// Runs `body` in a transaction that may write from its start. When `body` throws, or the commit fails, nothing of
    /// it stays.
    package func transaction<Result>(_ body: () throws(SQLiteError) -> Result) throws(SQLiteError) -> Result {
        try execute("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            rollback()
            throw error
        }
    }

    /// Runs `body`, whose commits reach the disk no later than the next commit outside of it: the log is one sequence,
    /// so after a power failure they are there together with all before them, or not at all. For a connection that has
    /// `synchronous = FULL`.
    package func withoutFsync<Result>(_ body: () throws(SQLiteError) -> Result) throws(SQLiteError) -> Result {
        try execute("PRAGMA synchronous = NORMAL")
        do {
            let result = try body()
            try execute("PRAGMA synchronous = FULL")
            return result
        } catch {
            // The pragma does nothing inside a transaction.
            rollback()
            try execute("PRAGMA synchronous = FULL")
            throw error
        }
    }

    /// Ends a transaction that failed. SQLite has already ended it after some errors, a full disk among them:
    /// sqlite.org/lang_transaction.html.
    package func rollback() {
        if !isIdle { sqlite3_exec(raw, "ROLLBACK", nil, nil, nil) }
    }

    // MARK: The write-ahead log

    /// From now on `logPages` is kept, and the log is copied into the database only by `checkpoint`.
    package func trackLog() {
        sqlite3_wal_hook(raw, logGrew, Unmanaged.passUnretained(self).toOpaque())
    }

    package enum Checkpoint: Sendable {
        /// Copies what no reader is in the way of, and waits for nobody.
        case passive
        /// Waits for the readers, so that the log begins again at its start.
        case restart
        /// As `restart`, and the log file becomes empty.
        case truncate
    }

    /// Copies the log into the database, and waits for readers no longer than for another's lock, or than
    /// `waitSeconds`. Returns the pages that are left to copy.
    @discardableResult
    package func checkpoint(_ kind: Checkpoint, waitSeconds: Double? = nil) throws(SQLiteError) -> Int {
        if let waitSeconds { sqlite3_busy_timeout(raw, Int32(waitSeconds * 1000)) }
        defer { sqlite3_busy_timeout(raw, Int32(busySeconds * 1000)) }
        let mode =
            switch kind {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .restart: SQLITE_CHECKPOINT_RESTART
            case .truncate: SQLITE_CHECKPOINT_TRUNCATE
            }
        var (log, copied): (Int32, Int32) = (0, 0)
        let code = sqlite3_wal_checkpoint_v2(raw, nil, mode, &log, &copied)
        guard code == SQLITE_OK || code & 0xff == SQLITE_BUSY else {
            throw SQLiteError(raw, code: code, sql: "checkpoint")
        }
        return max(0, Int(log) - Int(copied))
    }
}

/// Called by SQLite on the connection's own thread, after each commit, with the pages in the log.
private func logGrew(
    _ context: UnsafeMutableRawPointer?, _: OpaquePointer?, _: UnsafePointer<CChar>?, _ pages: Int32
) -> Int32 {
    if let context { Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages) }
    return SQLITE_OK
}
