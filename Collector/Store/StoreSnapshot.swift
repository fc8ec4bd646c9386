import Glibc
import SQLite

/// A copy of a collector's database, and what is in it.
package struct StoreSnapshot: Sendable, Equatable {
    /// Of the tables; see `Schema.steps`.
    package let schemaVersion: Int
    package let hosts: Int
    /// Unix seconds of the oldest and the newest sample or step; nil without any.
    package let first: Double?
    package let last: Double?

    package init(schemaVersion: Int, hosts: Int, first: Double?, last: Double?) {
        (self.schemaVersion, self.hosts, self.first, self.last) = (schemaVersion, hosts, first, last)
    }

    /// The database's file in a state folder.
    package static let fileName = Schema.fileName
    /// The newest schema that this program knows.
    package static let schemaKnown = Schema.steps.count

    /// Copies the database of a state folder, as it is now, to a new file, and proves the copy whole. A collector may
    /// be running: it is not held up, and everything that it answered before the call is in the copy.
    ///
    /// - Parameter goesOn: told the share that is copied, 0 to 1; false breaks it off.
    /// - Returns: nil when it was broken off.
    package static func take(
        directory: String, to path: String, _ goesOn: (Double) -> Bool
    ) throws(StoreError) -> StoreSnapshot? {
        let source = "\(directory)/\(Schema.fileName)"
        guard access(source, F_OK) == 0 else {
            throw .unusable(
                path: source, reason: String(cString: strerror(errno)),
                hint: "name the folder that forewarn-collector serve has as its --state")
        }
        do throws(SQLiteError) {
            let from = try Connection(path: source, access: .readOnly)
            let version = try Migration.version(of: from)
            guard version > 0, version <= schemaKnown else { throw Self.foreign(version) }
            try from.execute("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")
            defer { from.rollback() }
            do throws(SQLiteError) {
                let copy = try Connection(path: path)
                // The file has another name until it is whole, so a journal would save nobody.
                try copy.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
                guard try from.copy(to: copy, goesOn) else { return nil }
            } catch {
                throw error.isFull ? error : SQLiteError(of: error, "copying to \(path)")
            }
        } catch {
            throw error.isFull ? .full(path: path) : Opening.unusable(error, path: source)
        }
        return try check(path)
    }

    /// Proves that a database nobody else has open is whole, and says what is in it.
    package static func check(_ path: String) throws(StoreError) -> StoreSnapshot {
        do throws(SQLiteError) {
            let database = try Connection(path: path)
            // One file, without a log beside it.
            try database.execute("PRAGMA journal_mode = DELETE")
            let version = try Migration.version(of: database)
            guard version > 0, version <= schemaKnown else { throw Self.foreign(version) }
            let verdict = try database.prepare("PRAGMA integrity_check(1)")
            guard try verdict.step(), let word = verdict.text(0), word == "ok" else {
                throw SQLiteError(extendedCode: 11, message: verdict.text(0) ?? "no answer", sql: "integrity_check")
            }
            verdict.reset()
            let firsts = [
                try database.integer("SELECT min(first_ms) FROM host WHERE first_ms > 0").map(Milliseconds.seconds),
                try database.integer("SELECT min(start) FROM step").map(Double.init),
            ]
            let lasts = [
                try database.integer("SELECT max(last_ms) FROM boot").map(Milliseconds.seconds),
                try database.integer("SELECT max(time_ms) FROM sample_arrived").map(Milliseconds.seconds),
                try database.integer("SELECT max(start) FROM step").map(Double.init),
            ]
            let hosts = Int(try database.integer("SELECT count(*) FROM host") ?? 0)
            return StoreSnapshot(
                schemaVersion: version, hosts: hosts,
                first: hosts == 0 ? nil : firsts.compactMap { $0 }.filter { $0 > 0 }.min(),
                last: hosts == 0 ? nil : lasts.compactMap { $0 }.filter { $0 > 0 }.max())
        } catch {
            throw error.isFull ? .full(path: path) : Opening.unusable(error, path: path)
        }
    }

    private static func foreign(_ version: Int) -> SQLiteError {
        SQLiteError(
            extendedCode: 20,
            message: version == 0
                ? "it is no collector's database"
                : "the database is of version \(version), and this program knows none above \(schemaKnown)",
            sql: "PRAGMA user_version")
    }
}

extension SQLiteError {
    /// The same with what was being done in its message.
    fileprivate init(of error: SQLiteError, _ doing: String) {
        self.init(
            extendedCode: error.extendedCode, systemError: error.systemError, message: "\(error.message), \(doing)",
            sql: error.sql)
    }
}
