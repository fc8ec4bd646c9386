import Daemon
import SQLite
import Telemetry

/// Removes raw samples and steps that are older than they are kept: every five minutes, a slice of a few milliseconds
/// at a time, between commits.
///
/// Raw samples of a step go together. A step whose samples are gone is sealed: it is never added to again, because a
/// sample that comes a second time could not be told from a new one.
struct Retention {
    /// Unix milliseconds. No raw sample from this time on has ever been removed.
    private(set) var rawRemovedBefore: Int64
    private let limits: StoreLimits
    /// Monotonic seconds of the next slice. The first pass leaves time for an import to go on after a restart.
    private var due: Double
    /// Where the pass is: a host's position in the registry, then the steps.
    private var position = 0
    /// True from a pass's first slice to its last.
    private(set) var isPassing = false
    private var statements: Statements?

    static let everySeconds = 300.0
    static let firstAfterSeconds = 60.0
    /// While old samples arrive for a host, its raw samples stay, so that the same import again finds its duplicates.
    static let importPauseSeconds = 600.0
    private static let rowsAtOnce: Int64 = 500

    struct Removed: Sendable, Equatable {
        var samples = 0
        var steps = 0
    }

    init(limits: StoreLimits, rawRemovedBefore: Int64) {
        self.limits = limits
        self.rawRemovedBefore = rawRemovedBefore
        due = Clock.monotonicSeconds() + Self.firstAfterSeconds
    }

    func isDue(now: Double) -> Bool { now >= due }

    /// Removes for at most a slice's time, in a transaction of its own. When the pass is through, the next is due
    /// later.
    mutating func slice(
        _ tables: WriteTables, _ registry: Registry, now: Double, monotonic: Double
    ) throws(SQLiteError) -> Removed {
        let connection = tables.connection
        let statements = try prepared(connection)
        let before = self
        do throws(SQLiteError) {
            // Should the power fail, the rows are there again and go again.
            let removed = try connection.withoutFsync { () throws(SQLiteError) in
                try connection.transaction { () throws(SQLiteError) in
                    try advance(statements, tables, registry, now: now)
                }
            }
            if !isPassing { due = monotonic + Self.everySeconds }
            return removed
        } catch {
            self = before
            throw error
        }
    }

    private mutating func advance(
        _ statements: Statements, _ tables: WriteTables, _ registry: Registry, now: Double
    ) throws(SQLiteError) -> Removed {
        let deadline = Clock.monotonicSeconds() + limits.sliceSeconds
        let rawBefore = Int64(Step.start(of: now - limits.rawSeconds)) * 1000
        if rawBefore > rawRemovedBefore {
            try tables.save(.rawRemovedBefore, rawBefore)
            rawRemovedBefore = rawBefore
        }
        isPassing = true
        var removed = Removed()
        while let entry = registry.entry(at: position) {
            if now - entry.importedAt >= Self.importPauseSeconds {
                while true {
                    let rows = try statements.removeSamples(of: entry.host.serverID, before: rawBefore)
                    if rows == 0 { break }
                    removed.samples += rows
                    if Clock.monotonicSeconds() >= deadline { return removed }
                }
            }
            position += 1
            if Clock.monotonicSeconds() >= deadline { return removed }
        }
        let stepsBefore = Step.start(of: now - limits.stepSeconds)
        while true {
            let rows = try statements.steps.remove(before: stepsBefore)
            if rows == 0 { break }
            removed.steps += rows
            if Clock.monotonicSeconds() >= deadline { return removed }
        }
        try statements.removeGaps(before: Int64(stepsBefore) * 1000)
        let forecastsBefore = Step.start(of: now - limits.forecastSeconds)
        while try statements.forecasts.remove(before: forecastsBefore) > 0 {
            if Clock.monotonicSeconds() >= deadline { return removed }
        }
        while try statements.shadows.remove(before: forecastsBefore) > 0 {
            if Clock.monotonicSeconds() >= deadline { return removed }
        }
        try tables.lifecycle.remove(before: Int(now - limits.accuracySeconds))
        try statements.removeAccuracy(before: Int(now - limits.accuracySeconds))
        try statements.removeFleet(before: Int(now - limits.fleetSeconds))
        try statements.alerts.remove(before: now - limits.alertSeconds, noticesBefore: now - limits.noticeSeconds)
        position = 0
        isPassing = false
        return removed
    }

    private mutating func prepared(_ connection: Connection) throws(SQLiteError) -> Statements {
        if let statements { return statements }
        let new = try Statements(connection)
        statements = new
        return new
    }

    private final class Statements {
        private let connection: Connection
        private let samplesEnd: Statement
        private let deleteSamples: Statement
        private let deleteGaps: Statement
        private let deleteAccuracy: Statement
        private let deleteFleet: Statement
        let steps: OldestRows
        let forecasts: OldestRows
        let shadows: OldestRows
        let alerts: AlertRetention

        init(_ connection: Connection) throws(SQLiteError) {
            self.connection = connection
            samplesEnd = try connection.prepare(
                """
                SELECT min(time_ms), max(time_ms) FROM (
                    SELECT time_ms FROM sample_settled WHERE server_id = ? AND time_ms < ? ORDER BY time_ms LIMIT ?)
                """)
            deleteSamples = try connection.prepare("DELETE FROM sample_settled WHERE server_id = ? AND time_ms < ?")
            deleteGaps = try connection.prepare("DELETE FROM gap WHERE to_ms < ?")
            deleteAccuracy = try connection.prepare("DELETE FROM accuracy WHERE hour < ?")
            deleteFleet = try connection.prepare("DELETE FROM fleet_minute WHERE minute < ?")
            steps = try OldestRows(connection, of: "step", by: "start")
            forecasts = try OldestRows(connection, of: "forecast_kept", by: "first_step")
            shadows = try OldestRows(connection, of: "forecast_shadow", by: "first_step")
            alerts = try AlertRetention(connection)
        }

        /// Gaps go with the steps that they explain; a host has a thousand at most.
        func removeGaps(before milliseconds: Int64) throws(SQLiteError) {
            deleteGaps.bind(1, milliseconds)
            try deleteGaps.run()
        }

        /// Removes the oldest whole steps' samples of a host, about 500. Returns how many.
        func removeSamples(of serverID: UInt64, before: Int64) throws(SQLiteError) -> Int {
            samplesEnd.bind(1, Int64(bitPattern: serverID))
            samplesEnd.bind(2, before)
            samplesEnd.bind(3, Retention.rowsAtOnce)
            defer { samplesEnd.reset() }
            guard try samplesEnd.step(), !samplesEnd.isNull(0) else { return 0 }
            let (first, last) = (samplesEnd.integer(0), samplesEnd.integer(1))
            samplesEnd.reset()
            let stepEnds = [first, last].map { Int64(Step.start(of: Milliseconds.seconds($0))) * 1000 }
            let end = min(before, max(stepEnds[1], stepEnds[0] + Int64(Step.seconds) * 1000))
            deleteSamples.bind(1, Int64(bitPattern: serverID))
            deleteSamples.bind(2, end)
            try deleteSamples.run()
            return connection.changes
        }

        func removeFleet(before time: Int) throws(SQLiteError) {
            deleteFleet.bind(1, Int64(time))
            try deleteFleet.run()
        }

        func removeAccuracy(before time: Int) throws(SQLiteError) {
            deleteAccuracy.bind(1, Int64(time))
            try deleteAccuracy.run()
        }
    }

    /// A table that is ordered by a time and then by host, from its old end.
    private final class OldestRows {
        private let connection: Connection
        private let end: Statement
        private let delete: Statement

        init(_ connection: Connection, of table: String, by time: String) throws(SQLiteError) {
            self.connection = connection
            end = try connection.prepare(
                """
                SELECT \(time), max(server_id) FROM (
                    SELECT \(time), server_id FROM \(table)
                    WHERE \(time) = (SELECT min(\(time)) FROM \(table) WHERE \(time) < ?1) ORDER BY server_id LIMIT ?2)
                """)
            delete = try connection.prepare("DELETE FROM \(table) WHERE \(time) = ? AND server_id <= ?")
        }

        /// Removes rows of the oldest time of all hosts, about 500. Returns how many.
        func remove(before time: Int) throws(SQLiteError) -> Int {
            end.bind(1, Int64(time))
            end.bind(2, Retention.rowsAtOnce)
            defer { end.reset() }
            guard try end.step(), !end.isNull(0) else { return 0 }
            let (oldest, last) = (end.integer(0), end.integer(1))
            end.reset()
            delete.bind(1, oldest)
            delete.bind(2, last)
            try delete.run()
            return connection.changes
        }
    }
}
