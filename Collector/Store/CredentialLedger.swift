package import Access
import Daemon
import SQLite

/// The credentials and the audit log, over a connection of their own: for a collector that runs, and beside it for the
/// command line, which needs neither the store's lock nor a collector.
package final class CredentialLedger: Sendable {
    private struct Held: @unchecked Sendable {  // one thread at a time has the connection, under the lock
        let connection: Connection
    }
    private let held: Locked<Held>
    private let path: String

    /// So many credentials, revoked ones among them.
    package static let credentialsMax = 50_000
    /// Of these, so many are not for hosts that enrol: a key can be made, whatever was done with an enrolment token.
    package static let keptForAdmins = 1000
    /// So much of the audit log is removed with each new entry, at most.
    private static let removedAtOnce = 100

    /// Opens the database in a folder; both are made when they are missing.
    package init(directory: String) throws(StoreError) {
        try StoreFolder.make(directory)
        path = "\(directory)/\(Schema.fileName)"
        let connection = try Opening.connect(path, limits: StoreLimits())
        held = Locked(Held(connection: connection))
    }

    private func use<Result>(_ body: (Connection) throws(SQLiteError) -> Result) throws(StoreError) -> Result {
        do throws(SQLiteError) {
            return try held.withLock { (held) throws(SQLiteError) in try body(held.connection) }
        } catch {
            throw StoreError(error, path: path)
        }
    }

    // MARK: Credentials

    /// Grows with every change of a credential, by whichever process.
    package func version() throws(StoreError) -> Int64 {
        try use { (connection) throws(SQLiteError) in
            try connection.integer("SELECT value FROM mark WHERE name = '\(Mark.credentialVersion.rawValue)'") ?? 0
        }
    }

    /// All of them, the oldest first.
    package func credentials() throws(StoreError) -> [Credential] {
        try use { (connection) throws(SQLiteError) in try Self.all(connection) }
    }

    /// Stores a new one and gives its id.
    @discardableResult
    package func add(_ credential: Credential) throws(StoreError) -> Int64 {
        try change { (connection) throws(SQLiteError) in try Self.insert(credential, connection) }
    }

    /// Takes a credential back.
    /// - Returns: whether there was one that held.
    package func revoke(_ id: Int64, at now: Double) throws(StoreError) -> Bool {
        try change { (connection) throws(SQLiteError) in
            let update = try connection.prepare(
                "UPDATE credential SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
            update.bind(1, now)
            update.bind(2, id)
            try update.run()
            return connection.changes > 0
        }
    }

    /// Puts a new token in the place of one, which ends at `end`.
    package func replace(_ id: Int64, by credential: Credential, end: Double) throws(StoreError) -> Int64 {
        try change { (connection) throws(SQLiteError) in
            let update = try connection.prepare(
                "UPDATE credential SET expires_at = min(ifnull(expires_at, ?), ?) WHERE id = ?")
            update.bind(1, end)
            update.bind(2, end)
            update.bind(3, id)
            try update.run()
            return try Self.insert(credential, connection)
        }
    }

    package enum Enrolment: Sendable, Equatable {
        case made(Int64)
        /// The very same was asked for before.
        case repeated(Int64)
        case usedUp
        /// The host has a token that holds.
        case taken(Int64)
        /// The token that the host wants has been revoked or has expired.
        case ended
        /// What is left is for admins.
        case full
    }

    /// Gives a host a token of its own, for one use of an enrolment token; all of it or nothing.
    package func enrol(_ wanted: Credential, by enrolment: Int64?, now: Double) throws(StoreError) -> Enrolment {
        try change { (connection) throws(SQLiteError) in
            let all = try Self.all(connection)
            if let same = all.first(where: { $0.digest == wanted.digest }) {
                guard same.host == wanted.host, same.kind == .agent, same.state(now: now) == .valid else {
                    return .ended
                }
                return .repeated(same.id)
            }
            let holds = all.first { $0.kind == .agent && $0.host == wanted.host && $0.state(now: now) == .valid }
            if let holds { return .taken(holds.id) }
            guard all.count <= Self.credentialsMax - Self.keptForAdmins else { return .full }
            if let enrolment {
                let use = try connection.prepare(
                    """
                    UPDATE credential SET uses_left = uses_left - 1
                    WHERE id = ? AND revoked_at IS NULL AND (uses_left IS NULL OR uses_left > 0)
                    """)
                use.bind(1, enrolment)
                try use.run()
                guard connection.changes > 0 else { return .usedUp }
            }
            return .made(try Self.insert(wanted, connection))
        }
    }

    private func change<Result>(_ body: (Connection) throws(SQLiteError) -> Result) throws(StoreError) -> Result {
        try use { (connection) throws(SQLiteError) in
            try connection.transaction { () throws(SQLiteError) in
                let result = try body(connection)
                try connection.execute(
                    """
                    INSERT INTO mark (name, value) VALUES ('\(Mark.credentialVersion.rawValue)', 1)
                    ON CONFLICT (name) DO UPDATE SET value = value + 1
                    """)
                return result
            }
        }
    }

    private static func insert(_ credential: Credential, _ connection: Connection) throws(SQLiteError) -> Int64 {
        let insert = try connection.prepare(
            """
            INSERT INTO credential (kind, name, role, host, digest, created_at, expires_at, uses_left, revoked_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        insert.bind(1, credential.kind.rawValue)
        insert.bind(2, credential.name)
        insert.bind(3, credential.role?.name)
        insert.bind(4, credential.host)
        credential.digest.withUnsafeBytes { insert.bind(5, blob: $0) }
        insert.bind(6, credential.createdAt)
        insert.bind(7, credential.expiresAt)
        insert.bind(8, credential.usesLeft.map { Int64($0) })
        insert.bind(9, credential.revokedAt)
        try insert.run()
        return try connection.integer("SELECT last_insert_rowid()") ?? 0
    }

    private static func all(_ connection: Connection) throws(SQLiteError) -> [Credential] {
        let rows = try connection.prepare(
            """
            SELECT id, kind, name, role, host, digest, created_at, expires_at, uses_left, revoked_at
            FROM credential ORDER BY id
            """)
        var all: [Credential] = []
        while try rows.step() {
            guard let kind = rows.text(1).flatMap(CredentialKind.init(rawValue:)) else { continue }
            all.append(
                Credential(
                    id: rows.integer(0), kind: kind, name: rows.text(2) ?? "",
                    role: rows.text(3).flatMap(Role.init(name:)), host: rows.text(4),
                    digest: rows.withBlob(5) { Array($0) }, createdAt: rows.double(6),
                    expiresAt: rows.isNull(7) ? nil : rows.double(7),
                    usesLeft: rows.isNull(8) ? nil : Int(rows.integer(8)),
                    revokedAt: rows.isNull(9) ? nil : rows.double(9)))
        }
        return all
    }

    // MARK: The audit log

    /// Adds what was done, and removes a little of what is older than `seconds`.
    package func add(_ entry: AuditEntry, keptSeconds: Double = .infinity) throws(StoreError) {
        try use { (connection) throws(SQLiteError) in
            try connection.transaction { () throws(SQLiteError) in
                let insert = try connection.prepare(
                    """
                    INSERT INTO audit (at, who, address, action, target, detail, status) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """)
                insert.bind(1, entry.at)
                insert.bind(2, entry.who)
                insert.bind(3, entry.address)
                insert.bind(4, entry.action)
                insert.bind(5, entry.target)
                insert.bind(6, entry.detail)
                insert.bind(7, Int64(entry.status))
                try insert.run()
                guard keptSeconds.isFinite else { return }
                let remove = try connection.prepare(
                    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? LIMIT \(Self.removedAtOnce))")
                remove.bind(1, entry.at - keptSeconds)
                try remove.run()
            }
        }
    }

    /// The newest first, with ids below `before`.
    package func audit(before: Int64 = .max, limit: Int) throws(StoreError) -> [AuditEntry] {
        try use { (connection) throws(SQLiteError) in
            let rows = try connection.prepare(
                """
                SELECT id, at, who, address, action, target, detail, status FROM audit
                WHERE id < ? ORDER BY id DESC LIMIT ?
                """)
            rows.bind(1, before)
            rows.bind(2, Int64(limit))
            var entries: [AuditEntry] = []
            while try rows.step() {
                entries.append(
                    AuditEntry(
                        id: rows.integer(0), at: rows.double(1), who: rows.text(2) ?? "", address: rows.text(3) ?? "",
                        action: rows.text(4) ?? "", target: rows.text(5) ?? "", detail: rows.text(6) ?? "",
                        status: Int(rows.integer(7))))
            }
            return entries
        }
    }
}
