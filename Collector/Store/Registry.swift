import Daemon
import SQLite

/// All hosts, in memory, as the last commit left them. The writer replaces entries after a commit; everybody else
/// reads.
final class Registry: Sendable {
    private let table = Locked(Table())
    // A value of no size would have its neighbour's address, which ThreadSanitizer takes for a race.
    private let beginningReads = Locked(false)

    private struct Table {
        var entries: [HostEntry] = []
        var byName: [String: Int] = [:]
        var byID: [UInt64: Int] = [:]
    }

    var count: Int { table.withLock { $0.entries.count } }

    func entry(named name: String) -> HostEntry? {
        table.withLock { table in table.byName[name].map { table.entries[$0] } }
    }

    func entry(serverID: UInt64) -> HostEntry? {
        table.withLock { table in table.byID[serverID].map { table.entries[$0] } }
    }

    func unsettledRows(_ host: Host) -> [Unsettled.Row] {
        entry(serverID: host.serverID).map { $0.settling.rows + $0.arrived.rows } ?? []
    }

    func unsettledSums(_ host: Host) -> [StepSum] {
        entry(serverID: host.serverID).map { $0.settling.sums + $0.arrived.sums } ?? []
    }

    /// Unordered.
    func hosts() -> [Host] { table.withLock { $0.entries.map(\.host) } }

    /// Entries by position, for a walk that goes on later: a position stays the same host's for ever.
    func entry(at position: Int) -> HostEntry? {
        table.withLock { $0.entries.indices.contains(position) ? $0.entries[position] : nil }
    }

    func conflicts() -> [HostConflict] { table.withLock { $0.entries.flatMap(\.conflicts.values) } }

    /// Entries whose agent status has not been written yet, marked to be written.
    func unsaved() -> [HostEntry] {
        table.withLock { table in
            table.entries.filter { !$0.statusIsSaved }.map { entry in
                var entry = entry
                entry.hostIsDirty = true
                return entry
            }
        }
    }

    /// Runs `body` apart from all others that run so: a read that takes what memory has not settled and then begins on
    /// the database, and the commit that moves some of it from the one to the other.
    func whileNoReadBegins<Result>(_ body: () throws(SQLiteError) -> Result) throws(SQLiteError) -> Result {
        try beginningReads.withLock { _ throws(SQLiteError) in try body() }
    }

    /// What has arrived is to be settled from now on. Done when nothing else is being settled.
    func beginSettling() {
        table.withLock { table in
            for position in table.entries.indices {
                table.entries[position].settling = table.entries[position].arrived
                table.entries[position].arrived = Unsettled()
            }
        }
    }

    /// Takes over what a commit has made of these hosts.
    func apply(_ changed: some Sequence<HostEntry>) {
        table.withLock { table in
            for entry in changed {
                if let position = table.byID[entry.host.serverID] {
                    table.entries[position] = entry
                } else {
                    table.byName[entry.host.name] = table.entries.count
                    table.byID[entry.host.serverID] = table.entries.count
                    table.entries.append(entry)
                }
            }
        }
    }
}
