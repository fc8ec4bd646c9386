import Daemon
import Identity
import SQLite
import Telemetry

/// The batches of one commit on their way into the tables. Nothing of it shows outside before the commit; a failed one
/// is thrown away whole.
///
/// A few samples of a host arrive: they are appended to one table, and their sums are kept in memory. A backlog of it,
/// a page full or more, is settled at once: samples go where they stay, and their sums into the steps' rows.
final class IngestTransaction {
    private let tables: WriteTables
    private let registry: Registry
    private let profiles: ProfileRules
    private let settledAtOnceMin: Int
    private var nextBootNumber: Int64
    /// One more than any row of the table of arrivals ever had.
    private(set) var nextArrivedID: Int64
    /// Samples before this may be gone from the raw table, so their steps may be sealed.
    var rawRemovedBefore: Int64

    private var entries: [HostEntry] = []
    private var positions: [String: Int] = [:]
    private var conflicts: [String: HostConflict] = [:]
    private var sums = StepSums()
    private var sealed: [StepSums.Key: Bool] = [:]
    private(set) var hostsAdded = 0
    /// Of the whole transaction.
    private(set) var total = IngestOutcome()

    init(
        _ tables: WriteTables, registry: Registry, profiles: ProfileRules, limits: StoreLimits, loaded: LoadedState
    ) {
        self.tables = tables
        self.registry = registry
        self.profiles = profiles
        settledAtOnceMin = limits.settledAtOnceMin
        nextBootNumber = loaded.nextBootNumber
        nextArrivedID = loaded.nextArrivedID
        rawRemovedBefore = loaded.rawRemovedBefore
    }

    /// Forgets everything, after a commit or a failure.
    func clear() {
        entries.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
        conflicts.removeAll()
        sums.removeAll()
        sealed.removeAll()
        hostsAdded = 0
        total = IngestOutcome()
    }

    /// Writes a batch's new samples. `hostsTracked` of the outcome is filled in after the commit.
    func add(_ batch: IngestBatch) throws(SQLiteError) -> IngestOutcome {
        var outcome = IngestOutcome()
        var reported: [String: HostConflict] = [:]
        var run: Run?
        for (index, record) in batch.records.enumerated() {
            if let known = run, known.isPlain, known.host == record.host, known.bootID == record.bootID {
            } else {
                run = try begin(index, of: batch, reported: &reported)
            }
            guard let run else { continue }
            outcome.accepted += 1
            if try !store(record, run, receivedAt: batch.receivedAt) {
                outcome.duplicates += 1
                try declareUnlessSame(record, run, receivedAt: batch.receivedAt)
            }
        }
        for gap in batch.gaps { try declare(gap, receivedAt: batch.receivedAt) }
        outcome.conflicts = reported.values.sorted { $0.otherBootID < $1.otherBootID }
        total.accepted += outcome.accepted
        total.duplicates += outcome.duplicates
        total.conflicts += outcome.conflicts
        return outcome
    }

    /// Writes the steps, hosts and conflicts that the batches changed; the commit comes next.
    func finish() throws(SQLiteError) {
        for (serverID, sum) in sums.all { try tables.add(sum, serverID: serverID) }
        for entry in entries { try tables.save(entry) }
        for conflict in conflicts.values {
            try tables.save(conflict, serverID: ServerIdentity(host: conflict.host).serverID)
        }
    }

    /// The hosts as they are once the commit has succeeded.
    func committed() -> [HostEntry] {
        for position in entries.indices {
            if entries[position].hostIsDirty { entries[position].statusIsSaved = true }
            entries[position].hostIsDirty = false
            entries[position].dirtyBoots = []
        }
        return entries
    }

    // MARK: Whose it is

    /// Neighbouring records of one host and boot, for which everything but the sample itself is looked up once.
    private struct Run {
        let host: String
        let bootID: String?
        /// Where its entry is, and the number of its boot there.
        let position: Int
        let boot: Int64
        /// False while two machines send the name; then each record is looked at on its own.
        let isPlain: Bool
        /// Long enough to be settled at once.
        let isBacklog: Bool
    }

    private func hasBacklog(_ records: [Record], from index: Int) -> Bool {
        let last = index + settledAtOnceMin - 1
        guard last < records.count else { return false }
        for other in index...last
        where records[other].host != records[index].host || records[other].bootID != records[index].bootID {
            return false
        }
        return true
    }

    private func begin(
        _ index: Int, of batch: IngestBatch, reported: inout [String: HostConflict]
    ) throws(SQLiteError) -> Run {
        let record = batch.records[index]
        let named = try position(ofHost: record.host, profileName: record.host, record)
        var position = named
        if let bootID = record.bootID,
            let conflict = entries[named].conflict(of: bootID, at: record.time, receivedAt: batch.receivedAt)
        {
            conflicts["\(conflict.host) \(conflict.otherBootID)"] = conflict
            reported[conflict.otherBootID] = conflict
            if conflict.otherBootID == bootID {
                position = try self.position(ofHost: conflict.separateName, profileName: record.host, record)
            }
        }
        let boot = entries[position].openBoot(record, number: nextBootNumber)
        nextBootNumber = max(nextBootNumber, boot + 1)
        entries[position].note(record, intervalSeconds: batch.intervalSeconds)
        if let status = batch.agentStatus[record.host] {
            entries[position].note(status: status, receivedAt: batch.receivedAt)
        }
        let isPlain = entries[named].conflicts.isEmpty
        let isBacklog = isPlain && hasBacklog(batch.records, from: index)
        return Run(
            host: record.host, bootID: record.bootID, position: position, boot: boot, isPlain: isPlain,
            isBacklog: isBacklog)
    }

    private func position(ofHost name: String, profileName: String, _ record: Record) throws(SQLiteError) -> Int {
        if let position = positions[name] { return position }
        let entry: HostEntry
        if let known = registry.entry(named: name) {
            entry = known
        } else {
            let identity = ServerIdentity(host: name)
            if let other = registry.entry(serverID: identity.serverID) {
                throw SQLiteError(
                    extendedCode: 19, message: "\(name) has the server_id of \(other.host.name)", sql: "register host")
            }
            let profile = profiles.profile(ofHost: profileName, explicit: record.profile)
            entry = HostEntry(
                newHost: name, identity, profile, isExplicit: record.profile != nil, firstSeen: record.time)
            hostsAdded += 1
        }
        entries.append(entry)
        positions[name] = entries.count - 1
        return entries.count - 1
    }

    // MARK: What never arrives

    private func declare(_ gap: DeclaredGap, receivedAt: Double) throws(SQLiteError) {
        guard let named = positions[gap.host].map({ entries[$0] }) ?? registry.entry(named: gap.host) else { return }
        // The other machine of a conflict is a host of its own.
        let name = named.conflicts[gap.bootID]?.separateName ?? gap.host
        let entry = positions[name].map { entries[$0] } ?? registry.entry(named: name) ?? named
        try tables.gaps.declare(gap, serverID: entry.host.serverID, receivedAt: receivedAt)
    }

    /// A clock that was set back may bring two samples of one boot to one moment. A host has one of a moment, so the
    /// second is lost, and said to be; the same sample again is not.
    private func declareUnlessSame(_ record: Record, _ run: Run, receivedAt: Double) throws(SQLiteError) {
        guard let sequence = record.sequence, let bootID = record.bootID else { return }
        let milliseconds = Milliseconds.of(record.time)
        let entry = entries[run.position]
        var known: SampleRow?
        if let id = entry.unsettledID(milliseconds: milliseconds) { known = try tables.arrived(id: id) }
        if known == nil { known = try tables.settled(entry.host.serverID, milliseconds: milliseconds) }
        guard let known, known.boot == run.boot, let other = known.sequence, other != sequence else { return }
        try tables.gaps.declare(
            DeclaredGap(
                host: entry.host.name, bootID: bootID, sequences: sequence...sequence, from: record.time,
                to: record.time, reason: "same_time"), serverID: entry.host.serverID, receivedAt: receivedAt)
    }

    // MARK: The sample

    /// False when it was stored before.
    private func store(_ record: Record, _ run: Run, receivedAt: Double) throws(SQLiteError) -> Bool {
        let milliseconds = Milliseconds.of(record.time)
        let entry = entries[run.position]
        let row = SampleRow(
            record, serverID: entry.host.serverID, milliseconds: milliseconds, boot: run.boot,
            needed: entry.samplesNeeded)
        if milliseconds <= entry.newestMilliseconds, entry.hasUnsettled(milliseconds: milliseconds) { return false }
        if milliseconds < rawRemovedBefore {
            entries[run.position].importedAt = receivedAt
            if try isSealed(row, entry) { return false }
        }
        if run.isBacklog {
            guard try tables.settle(row) else { return false }
            sums.add(row)
            entries[run.position].stored(row, record, arrivedAs: nil)
            return true
        }
        if milliseconds <= entry.newestMilliseconds,
            try tables.isSettled(row.serverID, milliseconds: milliseconds)
        {
            return false
        }
        try tables.arrive(row, id: nextArrivedID)
        entries[run.position].stored(row, record, arrivedAs: nextArrivedID)
        nextArrivedID += 1
        return true
    }

    /// Whether the step of a sample has lost its raw samples, so that none can be added to it any more.
    private func isSealed(_ row: SampleRow, _ entry: HostEntry) throws(SQLiteError) -> Bool {
        let key = StepSums.Key(serverID: row.serverID, start: row.start)
        if let known = sealed[key] { return known }
        let answer = entry.hasUnsettled(start: key.start) ? false : try tables.isSealed(key)
        sealed[key] = answer
        return answer
    }
}
