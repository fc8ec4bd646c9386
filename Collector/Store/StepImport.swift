import Glibc
package import Identity
import Insight
import SQLite
package import Telemetry

/// One host's step on its way from one collector to another.
package struct MovedStep: Sendable, Equatable {
    package var host: String
    package var profile: Profile?
    /// Unix seconds of the step's start.
    package var start: Int
    package var state: HostState?
    package var means: MetricVector

    package init(host: String, profile: Profile?, start: Int, state: HostState?, means: MetricVector) {
        (self.host, self.profile, self.start, self.state) = (host, profile, start, state)
        self.means = means
    }
}

/// Puts steps into the database of a stopped collector: all of them, or none.
///
/// A step has its means only, so it counts as one sample from then on.
package final class StepImport {
    package enum Fate: Sendable { case added, unchanged, replaced, conflict }

    private let folder: StoreFolder
    private let tables: WriteTables
    private let profiles: ProfileRules
    private let path: String
    private let find: Statement
    private let drop: Statement
    private var entries: [String: HostEntry] = [:]
    private var names: [UInt64: String] = [:]
    private var nextBoot: Int64
    /// Hosts that were not known before.
    package private(set) var hostsAdded = 0

    /// Takes the state folder, for which no collector may run, and begins.
    package init(directory: String, profiles: ProfileRules, limits: StoreLimits) throws(StoreError) {
        // What a killed collector had not settled belongs to its steps first.
        let store = try Store(directory: directory, profiles: profiles, limits: limits)
        store.close()
        self.profiles = profiles
        path = "\(directory)/\(Schema.fileName)"
        folder = try StoreFolder(directory)
        let connection = try Opening.connect(path, limits: limits)
        do throws(SQLiteError) {
            var state = LoadedState()
            for entry in try Opening.hosts(connection, profiles, &state).values {
                entries[entry.host.name] = entry
                names[entry.host.serverID] = entry.host.name
            }
            nextBoot = state.nextBootNumber
            tables = try WriteTables(connection)
            find = try connection.prepare(StepQueries.one)
            drop = try connection.prepare("DELETE FROM step WHERE start = ? AND server_id = ?")
            try connection.execute("BEGIN IMMEDIATE")
        } catch {
            throw Opening.unusable(error, path: path)
        }
    }

    /// - Parameter replacing: a step that is there with other values gives way.
    package func add(_ step: MovedStep, replacing: Bool) throws(StoreError) -> Fate {
        do throws(SQLiteError) {
            var entry = try entry(of: step)
            let serverID = entry.host.serverID
            find.bind(1, Int64(step.start))
            find.bind(2, Int64(bitPattern: serverID))
            let known = try find.step() ? StepSum(find, start: step.start) : nil
            find.reset()
            if let known {
                let row = known.row(needing: known.needed ?? entry.host.samplesNeeded)
                if let row, row.means == step.means, row.state == step.state { return .unchanged }
                guard replacing else { return .conflict }
                drop.bind(1, Int64(step.start))
                drop.bind(2, Int64(bitPattern: serverID))
                try drop.run()
            }
            try tables.add(Self.sum(step), serverID: serverID)
            entry.widen(toStep: step.start, newBoot: &nextBoot)
            entries[step.host] = entry
            return known == nil ? .added : .replaced
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Everything stays.
    package func commit() throws(StoreError) {
        do throws(SQLiteError) {
            for entry in entries.values { try tables.save(entry) }
            try tables.connection.execute("COMMIT")
            try tables.connection.checkpoint(.truncate)
        } catch {
            throw StoreError(error, path: path)
        }
        folder.close()
    }

    /// Nothing stays.
    package func cancel() {
        tables.connection.rollback()
        folder.close()
    }

    private func entry(of step: MovedStep) throws(SQLiteError) -> HostEntry {
        if let known = entries[step.host] { return known }
        let identity = ServerIdentity(host: step.host)
        if let other = names[identity.serverID] {
            throw SQLiteError(
                extendedCode: 19, message: "\(step.host) has the server_id of \(other)", sql: "register host")
        }
        // A second machine under one name is kept as `name~boot`.
        let byName = profiles.profile(ofHost: String(step.host.prefix { $0 != "~" }), explicit: nil)
        hostsAdded += 1
        names[identity.serverID] = step.host
        return HostEntry(
            newHost: step.host, identity, step.profile ?? byName,
            isExplicit: step.profile != nil && step.profile != byName, firstSeen: Double(step.start))
    }

    private static func sum(_ step: MovedStep) -> StepSum {
        var sum = StepSum(start: step.start)
        (sum.samples, sum.needed, sum.state) = (1, 1, step.state)
        sum.lastMilliseconds = Int64(step.start) * 1000
        for index in 0..<Metric.count where !step.means[raw: index].isNaN {
            (sum.sums[index], sum.counts[index]) = (step.means[raw: index], 1)
        }
        return sum
    }
}

extension HostEntry {
    /// The host's time takes in a step that no sample of a boot stands for.
    fileprivate mutating func widen(toStep start: Int, newBoot: inout Int64) {
        let milliseconds = Int64(start) * 1000
        if Double(start) < host.firstSeen { (host.firstSeen, hostIsDirty) = (Double(start), true) }
        if let first = host.boots.first, let last = host.boots.last, first.firstMilliseconds <= milliseconds,
            milliseconds <= last.lastMilliseconds
        {
            return
        }
        let number = openBoot(Record(host: host.name, time: Double(start), values: MetricVector()), number: newBoot)
        newBoot = max(newBoot, number + 1)
        guard let index = host.boots.lastIndex(where: { $0.number == number }) else { return }
        host.boots[index].firstMilliseconds = min(host.boots[index].firstMilliseconds, milliseconds)
        host.boots[index].lastMilliseconds = max(host.boots[index].lastMilliseconds, milliseconds)
        if !dirtyBoots.contains(number) { dirtyBoots.append(number) }
    }
}

extension StoreReading {
    /// Every settled step with a start in `[from, to)` of the wanted hosts (nil: all), by time and then by server_id.
    /// Each time is a short read of its own, so a collector is not held up. `body` answers false to break off.
    package func eachStep(
        from: Int, to: Int, hosts wanted: Set<String>?, _ body: (MovedStep) throws -> Bool
    ) throws {
        var known: [Int64: Host] = [:]
        for host in hosts where wanted?.contains(host.name) ?? true { known[Int64(bitPattern: host.serverID)] = host }
        var next = from
        while next < to {
            let rows: [MovedStep]
            do throws(SQLiteError) {
                let after = try reader.statement("SELECT min(start) FROM step WHERE start >= ?")
                after.bind(1, Int64(next))
                defer { after.reset() }
                guard try after.step(), !after.isNull(0), after.integer(0) < to else { return }
                next = Int(after.integer(0))
                rows = try reader.steps(at: next, of: known)
            } catch {
                throw StoreError(error, path: path)
            }
            for row in rows where try !body(row) { return }
            next += 1
        }
    }
}
