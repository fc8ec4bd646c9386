import SQLite

/// Keeps the write-ahead log short: when it has grown to its size, its pages are copied into the database and SQLite
/// begins it again from the start. Done between commits, so that its time and its errors are seen.
final class LogKeeper {
    private let connection: Connection
    private let pagesMax: Int
    private var nextAt: Int

    private static let pageBytes = 4096
    /// A backup reads one state for as long as its copy takes; samples do not wait for that.
    private static let waitSeconds = 0.2

    init(_ connection: Connection, bytesMax: Int) {
        self.connection = connection
        pagesMax = max(100, bytesMax / Self.pageBytes)
        nextAt = pagesMax
        connection.trackLog()
    }

    func keep() throws(SQLiteError) {
        let pages = connection.logPages
        if pages < nextAt {
            // Begun again since: the next copy is due at the full size.
            if pages < pagesMax { nextAt = pagesMax }
            return
        }
        // A reader of an old state holds the copying up. It is tried again a little later; should readers never leave
        // a gap, the log's fourfold size is where the writer waits for them.
        nextAt = pages + pagesMax / 4
        try connection.checkpoint(pages >= 4 * pagesMax ? .restart : .passive, waitSeconds: Self.waitSeconds)
    }
}
