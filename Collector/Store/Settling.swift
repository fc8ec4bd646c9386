import Daemon
import SQLite

/// Moves arrived samples to where they stay and adds them to their steps: every few minutes, host by host, a slice of
/// a few milliseconds at a time, between commits.
///
/// A sample is in both tables between the slice that settles it and the last one, which empties the table of arrivals.
/// When the process is killed in between, it is found in both, and counted once.
struct Settling {
    private let limits: StoreLimits
    /// The last arrival of the round that is going on; nil between rounds.
    private(set) var upTo: Int64?
    /// One more than the last arrival that has been settled.
    private var firstArrived: Int64
    private var due: Double
    /// Where the round is: a host's position in the registry, then the rows to be dropped.
    private var position = 0
    private var dropped: Int64

    private static let dropAtOnce: Int64 = 2000

    init(limits: StoreLimits, loaded: LoadedState) {
        self.limits = limits
        firstArrived = loaded.firstArrivedID
        dropped = loaded.firstArrivedID - 1
        due = Clock.monotonicSeconds() + limits.settleEverySeconds
    }

    /// Whether a slice is to be done, when `next` is the id that the next arrival will have.
    func isDue(now: Double, next: Int64) -> Bool {
        upTo != nil || (next > firstArrived && now >= due) || waiting(next) >= limits.arrivedMax
    }

    /// Nothing waits when `next` is the id that the next arrival will have.
    func isDone(next: Int64) -> Bool { waiting(next) == 0 }

    private func waiting(_ next: Int64) -> Int { Int(next - firstArrived) }

    /// One slice, in a transaction of its own. `force` begins a round that is not due.
    mutating func slice(
        _ tables: WriteTables, _ registry: Registry, next: Int64, force: Bool = false
    ) throws(SQLiteError) {
        let now = Clock.monotonicSeconds()
        if upTo == nil {
            guard next > firstArrived, force || isDue(now: now, next: next) else { return }
            try tables.connection.transaction { () throws(SQLiteError) in try tables.save(.settlingUpTo, next - 1) }
            registry.beginSettling()
            upTo = next - 1
            position = 0
        }
        guard let upTo else { return }
        // The more waits, the longer the slices: settling that fell behind for good would fill memory.
        let fill = Double(waiting(next)) / Double(limits.arrivedMax)
        let deadline = now + limits.sliceSeconds * (fill < 1.5 ? 1 : fill < 2 ? 4 : 20)
        let before = self
        do throws(SQLiteError) {
            try tables.connection.withoutFsync { () throws(SQLiteError) in
                if registry.entry(at: position) != nil {
                    try settleHosts(tables, registry, deadline)
                } else {
                    try drop(tables, upTo, deadline)
                }
            }
        } catch {
            self = before
            tables.connection.rollback()
            throw error
        }
    }

    private mutating func settleHosts(
        _ tables: WriteTables, _ registry: Registry, _ deadline: Double
    ) throws(SQLiteError) {
        var changed: [HostEntry] = []
        var sums = StepSums()
        try tables.connection.execute("BEGIN IMMEDIATE")
        while var entry = registry.entry(at: position) {
            position += 1
            if entry.settling.rows.isEmpty { continue }
            for arrived in entry.settling.rows {
                guard let row = try tables.arrived(id: arrived.id), try tables.settle(row) else { continue }
                sums.add(row)
                entry.settled(row)
            }
            entry.settling = Unsettled()
            changed.append(entry)
            if Clock.monotonicSeconds() >= deadline { break }
        }
        for (serverID, sum) in sums.all { try tables.add(sum, serverID: serverID) }
        for entry in changed { try tables.save(entry) }
        for index in changed.indices { changed[index].dirtyBoots = [] }
        try registry.whileNoReadBegins { () throws(SQLiteError) in
            try tables.connection.execute("COMMIT")
            registry.apply(changed)
        }
    }

    private mutating func drop(_ tables: WriteTables, _ upTo: Int64, _ deadline: Double) throws(SQLiteError) {
        try tables.connection.transaction { () throws(SQLiteError) in
            while dropped < upTo {
                dropped = min(upTo, dropped + Self.dropAtOnce)
                try tables.dropArrived(upTo: dropped)
                if Clock.monotonicSeconds() >= deadline { break }
            }
        }
        guard dropped == upTo else { return }
        self.upTo = nil
        firstArrived = upTo + 1
        due = Clock.monotonicSeconds() + limits.settleEverySeconds
    }
}
