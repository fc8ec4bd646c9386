import Identity
import Telemetry

/// What is kept in memory of a host, beside what everybody may see; and how a record changes it. Pure: the tables
/// follow.
struct HostEntry: Sendable {
    var host: Host
    /// The newest sample since the start, with the reasons of what it misses.
    var latest: Record?
    var gaps = SampleGaps()
    /// By boot id: the machines that send this host's name and are not this host.
    var conflicts: [String: HostConflict] = [:]
    /// The boot that keeps the name while another machine sends it too.
    private(set) var keeper: String?
    /// Unix seconds of the last receipt of a sample older than raw samples are kept: an import is going on.
    var importedAt = -Double.infinity
    /// When `agentStatus` was last written; it changes with every batch and is written once a minute.
    var statusSavedAt = -Double.infinity
    var statusIsSaved = true
    /// Samples that are to be settled next, and those that arrived since that was begun.
    var settling = Unsettled()
    var arrived = Unsettled()
    /// The time of its newest sample: a newer one is new, and one as old may be there already.
    var newestMilliseconds = Int64.min
    /// What the next commit has to write.
    var hostIsDirty = false
    var dirtyBoots: [Int64] = []

    static let bootsMax = 32
    /// So many boots of a name become hosts of their own, for good: a token for one host is no licence to make others.
    static let conflictsMax = 8
    static let statusSavedEverySeconds = 60.0

    init(host: Host) { self.host = host }

    /// A host never seen before.
    init(newHost name: String, _ identity: ServerIdentity, _ profile: Profile, isExplicit: Bool, firstSeen: Double) {
        self.init(
            host: Host(
                name: name, serverID: identity.serverID, code: identity.code, profile: profile,
                profileIsExplicit: isExplicit, cpus: nil, intervalSeconds: Host.defaultIntervalSeconds,
                intervalIsDeclared: false, labels: [:], firstSeen: firstSeen, lastSeen: firstSeen, boots: [],
                agentStatus: nil, conflict: nil))
        hostIsDirty = true
    }

    // MARK: What a record says of the host

    mutating func note(_ record: Record, intervalSeconds declared: Double?) {
        var new = host
        if let profile = record.profile { (new.profile, new.profileIsExplicit) = (profile, true) }
        if let cpus = record.cpus { new.cpus = cpus }
        if !record.labels.isEmpty { new.labels = record.labels }
        if let declared {
            (new.intervalSeconds, new.intervalIsDeclared) = (declared, true)
        }
        if new != host { (host, hostIsDirty) = (new, true) }
    }

    /// How many samples a step needs that is made now. Nil while the interval is a guess: the step is judged by what
    /// turns out.
    var samplesNeeded: Int? {
        let isKnown =
            host.intervalIsDeclared || gaps.isEnough || host.intervalSeconds != Host.defaultIntervalSeconds
        return isKnown ? host.samplesNeeded : nil
    }

    mutating func note(status: String, receivedAt: Double) {
        guard status != host.agentStatus else { return }
        host.agentStatus = status
        statusIsSaved = false
        if receivedAt - statusSavedAt >= Self.statusSavedEverySeconds {
            statusSavedAt = receivedAt
            hostIsDirty = true
        }
    }

    /// A sample of the host has been written: settled, or arrived as row `id`.
    mutating func stored(_ row: SampleRow, _ record: Record, arrivedAs id: Int64?) {
        let time = Milliseconds.seconds(row.milliseconds)
        if !host.intervalIsDeclared, newestMilliseconds > .min { noteGap(seconds: time - host.lastSeen) }
        if time < host.firstSeen { (host.firstSeen, hostIsDirty) = (time, true) }
        if row.milliseconds >= newestMilliseconds { latest = record }
        if let id {
            arrived.add(row, id: id)
        } else {
            markDirty(row.boot)
        }
        count(row, isSettled: id == nil)
    }

    /// With each sample: a first request may hold hours of a source, and the next may be long in coming.
    private mutating func noteGap(seconds: Double) {
        gaps.add(seconds: seconds)
        guard let seen = gaps.intervalSeconds, abs(seen - host.intervalSeconds) > 0.1 * host.intervalSeconds else {
            return
        }
        (host.intervalSeconds, hostIsDirty) = (seen, true)
    }

    /// Counts a sample that is in the tables to its boot.
    mutating func count(_ row: SampleRow, isSettled: Bool) {
        newestMilliseconds = max(newestMilliseconds, row.milliseconds)
        host.lastSeen = max(host.lastSeen, Milliseconds.seconds(row.milliseconds))
        guard let index = host.boots.lastIndex(where: { $0.number == row.boot }) else { return }
        host.boots[index].add(milliseconds: row.milliseconds, sequence: row.sequence, isSettled: isSettled)
    }

    /// An arrived sample, which was counted then, has been settled.
    mutating func settled(_ row: SampleRow) {
        guard let index = host.boots.lastIndex(where: { $0.number == row.boot }) else { return }
        if row.sequence != nil { host.boots[index].settled += 1 }
        markDirty(row.boot)
    }

    func hasUnsettled(milliseconds: Int64) -> Bool {
        arrived.contains(milliseconds: milliseconds) || settling.contains(milliseconds: milliseconds)
    }

    /// Where its unsettled sample of a moment is in the table of arrivals.
    func unsettledID(milliseconds: Int64) -> Int64? {
        (arrived.rows + settling.rows).first { $0.milliseconds == milliseconds }?.id
    }

    func hasUnsettled(start: Int) -> Bool { arrived.contains(start: start) || settling.contains(start: start) }

    // MARK: Boots

    /// The number of a record's boot. A boot not seen before gets `number`; of more than 32 the oldest is forgotten,
    /// but never the one that keeps the name: it would come back as a newcomer.
    mutating func openBoot(_ record: Record, number: Int64) -> Int64 {
        if let known = host.boots.last(where: { $0.bootID == record.bootID }) { return known.number }
        let milliseconds = Milliseconds.of(record.time)
        host.boots.append(
            Boot(
                number: number, bootID: record.bootID, firstMilliseconds: milliseconds, lastMilliseconds: milliseconds,
                firstSequence: nil, lastSequence: nil, received: 0))
        markDirty(number)
        if host.boots.count > Self.bootsMax,
            let oldest = host.boots.firstIndex(where: { $0.bootID == nil || $0.bootID != keeper })
        {
            markDirty(host.boots.remove(at: oldest).number)
        }
        return number
    }

    private mutating func markDirty(_ number: Int64) {
        if !dirtyBoots.contains(number) { dirtyBoots.append(number) }
    }

    /// The conflict that a record of this boot is part of, counted; nil most of the time.
    ///
    /// A reboot or a new agent replaces one boot by another, once, and the samples of the old one end where those of
    /// the new one begin (late ones too, by their own time). A boot that goes on after another has begun is a second
    /// machine. A third one, or the second one's next boot, is found in the same way while the name's keeper is in a
    /// conflict already. Beyond `conflictsMax` a boot is the host's own, and its samples count to it there.
    mutating func conflict(of bootID: String, at time: Double, receivedAt: Double) -> HostConflict? {
        if let known = conflicts[bootID] { return count(known, receivedAt: receivedAt, isOther: true) }
        if conflicts.count < Self.conflictsMax,
            let present = host.boots.last(where: { $0.bootID.map { conflicts[$0] == nil } ?? false }),
            let presentID = present.bootID, presentID != bootID, host.boots.contains(where: { $0.bootID == bootID }),
            Milliseconds.of(time) > present.firstMilliseconds
        {
            keeper = bootID
            let new = HostConflict(
                host: host.name, bootID: bootID, otherBootID: presentID,
                separateName: Self.separateName(host.name, bootID: presentID), firstReported: receivedAt,
                lastReported: receivedAt, count: 0)
            return count(new, receivedAt: receivedAt, isOther: false)
        }
        guard keeper == bootID,
            let known = conflicts.values.max(by: { $0.lastReported < $1.lastReported }), isRecent(known, receivedAt)
        else { return nil }
        return count(known, receivedAt: receivedAt, isOther: false)
    }

    /// A conflict that is known from before the start, the last reported one last.
    mutating func restore(_ conflict: HostConflict) {
        conflicts[conflict.otherBootID] = conflict
        host.conflict = conflict
        if conflicts[conflict.bootID] == nil { keeper = conflict.bootID }
    }

    /// A boot id is any text; its digest's first 8 digits are fit for a name, and differ where the beginnings of two
    /// ids are the same.
    static func separateName(_ name: String, bootID: String) -> String {
        let digits = ServerIdentity(host: bootID).text.prefix(8)
        let kept = name.utf8.prefix(HostName.lengthMax - 1 - digits.utf8.count)
        return "\(String(decoding: kept, as: UTF8.self))~\(digits)"
    }

    private mutating func count(_ known: HostConflict, receivedAt: Double, isOther: Bool) -> HostConflict {
        var conflict = known
        // Who keeps the name may itself have turned out to be another's second machine.
        conflict.bootID = keeper ?? conflict.bootID
        if isOther {
            conflict.lastReported = max(conflict.lastReported, receivedAt)
            conflict.count += 1
        }
        conflicts[conflict.otherBootID] = conflict
        host.conflict = conflict
        return conflict
    }

    /// The machine that keeps the name is told of the conflict for as long as the other goes on sending.
    private func isRecent(_ conflict: HostConflict, _ now: Double) -> Bool { now - conflict.lastReported < 3600 }
}

extension Boot {
    mutating func add(milliseconds: Int64, sequence: UInt64?, isSettled: Bool) {
        firstMilliseconds = min(firstMilliseconds, milliseconds)
        lastMilliseconds = max(lastMilliseconds, milliseconds)
        guard let sequence else { return }
        firstSequence = min(firstSequence ?? sequence, sequence)
        lastSequence = max(lastSequence ?? sequence, sequence)
        received += 1
        if isSettled { settled += 1 }
    }
}
