import Glibc
import Identity
import SQLite
import Telemetry

/// Opens the database: connection, schema, and the registry into memory.
enum Opening {
    static func connect(_ path: String, limits: StoreLimits) throws(StoreError) -> Connection {
        do throws(SQLiteError) {
            let connection = try Connection(path: path)
            // FULL: the log reaches the disk before a commit returns. Debian builds SQLite to overwrite what is
            // deleted, which would double the writing of retention.
            try connection.execute(
                """
                PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                PRAGMA secure_delete = OFF; PRAGMA cache_size = -\(limits.cacheBytes / 1024);
                PRAGMA journal_size_limit = \(4 * limits.logBytesMax); PRAGMA wal_autocheckpoint = 0
                """)
            try Migration.run(Schema.steps, on: connection)
            return connection
        } catch {
            throw unusable(error, path: path)
        }
    }

    static func unusable(_ error: SQLiteError, path: String) -> StoreError {
        let hint =
            if error.isCorrupt {
                "take a backup back: forewarn-collector restore FILE --force; or move \(path) and its -wal file away"
            } else if error.isFull {
                "make room on its disk, then start again"
            } else if error.isForbidden {
                "give the file and its folder to the user that runs the collector"
            } else if error.code == 20 {
                "use the program that wrote it, or a newer one"
            } else {
                "look at it with the sqlite3 shell: sqlite3 \(path) 'PRAGMA quick_check'"
            }
        // The SQL says nothing to the person who has to mend it, and is long.
        let because = error.systemError == 0 ? "" : ": \(String(cString: strerror(error.systemError)))"
        return .unusable(path: path, reason: "\(error.message)\(because) (\(error.extendedCode))", hint: hint)
    }

    /// Fills the registry; thousands of hosts are a matter of milliseconds, for no sample and no step is read.
    static func load(
        _ connection: Connection, into registry: Registry, profiles: ProfileRules
    ) throws(SQLiteError) -> LoadedState {
        var state = LoadedState()
        var entries = try hosts(connection, profiles, &state)
        state.rawRemovedBefore = try value(of: .rawRemovedBefore, connection) ?? .min
        try loadArrived(connection, &entries, &state)
        registry.apply(entries.values)
        return state
    }

    /// The hosts by server_id, with nothing that waits to be settled.
    static func hosts(
        _ connection: Connection, _ profiles: ProfileRules, _ state: inout LoadedState
    ) throws(SQLiteError) -> [Int64: HostEntry] {
        var entries: [Int64: HostEntry] = [:]
        let hosts = try connection.prepare(
            """
            SELECT server_id, name, code, profile, profile_is_explicit, cpus, interval_seconds, interval_is_declared,
                first_ms, agent_status FROM host
            """)
        while try hosts.step() { entries[hosts.integer(0)] = HostEntry(host: host(hosts, profiles)) }

        let labels = try connection.prepare(
            "SELECT server_id, key, value FROM host, json_each(labels) WHERE labels IS NOT NULL")
        while try labels.step() {
            guard let key = labels.text(1) else { continue }
            entries[labels.integer(0)]?.host.labels[key] = labels.text(2)
        }

        let conflicts = try connection.prepare(
            """
            SELECT server_id, boot_id, other_boot_id, separate_name, first_reported, last_reported, count
            FROM conflict ORDER BY last_reported
            """)
        while try conflicts.step() { entries[conflicts.integer(0)]?.restore(conflict: conflicts) }

        let boots = try connection.prepare(
            """
            SELECT server_id, number, boot_id, first_ms, last_ms, first_sequence, last_sequence, received
            FROM boot ORDER BY number
            """)
        while try boots.step() {
            entries[boots.integer(0)]?.restore(boot: boots)
            state.nextBootNumber = boots.integer(1) + 1
        }
        return entries
    }

    private static func value(of mark: Mark, _ connection: Connection) throws(SQLiteError) -> Int64? {
        try connection.integer("SELECT value FROM mark WHERE name = '\(mark.rawValue)'")
    }

    /// Counts again what had arrived and was not settled. Rows of a round that was broken off may be in both tables.
    private static func loadArrived(
        _ connection: Connection, _ entries: inout [Int64: HostEntry], _ state: inout LoadedState
    ) throws(SQLiteError) {
        let settlingUpTo = try value(of: .settlingUpTo, connection) ?? 0
        state.nextArrivedID = settlingUpTo + 1
        let isSettled = try connection.prepare("SELECT 1 FROM sample_settled WHERE server_id = ? AND time_ms = ?")
        let rows = try connection.prepare(
            """
            SELECT id, server_id, time_ms, boot, sequence, state, \(Schema.each("*")), samples_needed
            FROM sample_arrived ORDER BY id
            """)
        var first: Int64?
        while try rows.step() {
            let id = rows.integer(0)
            first = first ?? id
            state.nextArrivedID = max(state.nextArrivedID, id + 1)
            if id <= settlingUpTo {
                isSettled.bind(1, rows.integer(1))
                isSettled.bind(2, rows.integer(2))
                defer { isSettled.reset() }
                if try isSettled.step() { continue }
            }
            let row = SampleRow(rows, offset: 1, isArrived: true)
            entries[rows.integer(1)]?.restore(arrived: row, id: id)
        }
        state.firstArrivedID = first ?? state.nextArrivedID
    }

    private static func host(_ row: Statement, _ profiles: ProfileRules) -> Host {
        let (name, serverID) = (row.text(1) ?? "", UInt64(bitPattern: row.integer(0)))
        let explicit = row.integer(4) != 0 ? row.text(3).flatMap(Profile.init(rawValue:)) : nil
        let firstSeen = Milliseconds.seconds(row.integer(8))
        // The rules may have changed since: a profile that the name tells is told again. A second machine under one
        // name is kept as `name~boot`.
        return Host(
            name: name, serverID: serverID, code: Int(row.integer(2)),
            profile: profiles.profile(ofHost: String(name.prefix { $0 != "~" }), explicit: explicit),
            profileIsExplicit: explicit != nil,
            cpus: row.isNull(5) ? nil : Int(row.integer(5)), intervalSeconds: row.double(6),
            intervalIsDeclared: row.integer(7) != 0, labels: [:], firstSeen: firstSeen, lastSeen: firstSeen, boots: [],
            agentStatus: row.text(9), conflict: nil)
    }
}

extension HostEntry {
    fileprivate mutating func restore(conflict row: Statement) {
        guard let bootID = row.text(1), let other = row.text(2), let separateName = row.text(3) else { return }
        restore(
            HostConflict(
                host: host.name, bootID: bootID, otherBootID: other, separateName: separateName,
                firstReported: row.double(4), lastReported: row.double(5), count: Int(row.integer(6))))
    }

    fileprivate mutating func restore(arrived row: SampleRow, id: Int64) {
        arrived.add(row, id: id)
        count(row, isSettled: false)
    }

    fileprivate mutating func restore(boot row: Statement) {
        let boot = Boot(
            number: row.integer(1), bootID: row.text(2), firstMilliseconds: row.integer(3),
            lastMilliseconds: row.integer(4),
            firstSequence: row.isNull(5) ? nil : UInt64(bitPattern: row.integer(5)),
            lastSequence: row.isNull(6) ? nil : UInt64(bitPattern: row.integer(6)), received: row.integer(7),
            settled: row.integer(7))
        host.boots.append(boot)
        newestMilliseconds = max(newestMilliseconds, boot.lastMilliseconds)
        host.lastSeen = max(host.lastSeen, Milliseconds.seconds(boot.lastMilliseconds))
    }
}
