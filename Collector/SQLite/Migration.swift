import CSQLite

/// Numbered changes of the schema. Each runs once, in order; the number of the last one is the file's `user_version`.
package enum Migration {
    /// Brings a database to the last of `steps`, in one transaction. A step that has been released is never edited
    /// again. Throws when the database is newer than this program, and then changes nothing.
    package static func run(_ steps: [String], on connection: Connection) throws(SQLiteError) {
        let known = steps.count
        guard try version(of: connection) != known else { return }
        try connection.transaction { () throws(SQLiteError) in
            // Read again: another process may have been here between the two.
            let version = try version(of: connection)
            guard version <= known else {
                throw SQLiteError(
                    extendedCode: SQLITE_MISMATCH,
                    message: "the database is of version \(version), and this program knows none above \(known)",
                    sql: "PRAGMA user_version")
            }
            for step in steps.dropFirst(version) { try connection.execute(step) }
            try connection.execute("PRAGMA user_version = \(known)")
        }
    }

    package static func version(of connection: Connection) throws(SQLiteError) -> Int {
        Int(try connection.integer("PRAGMA user_version") ?? 0)
    }
}
