import Daemon
import Identity
import SQLite

/// The one thread that writes. It takes all batches that wait into one transaction, commits once, and then answers
/// them.
final class Writer: @unchecked Sendable {  // `run`'s thread alone uses what is not Sendable
    let folder: StoreFolder
    let tables: WriteTables
    let registry: Registry
    let queue: WriteQueue
    let clock: Clock
    let limits: StoreLimits
    /// What the other threads may see of the writer.
    let state = Locked(WriterState())
    var retention: Retention
    var settling: Settling
    let transaction: IngestTransaction
    private let log: LogKeeper
    private var lastCommit = -Double.infinity
    private var nextProbe = 0.0
    /// After a failure housekeeping rests a second.
    private var pauseUntil = 0.0

    private static let probeEverySeconds = 2.0
    /// About what the largest commit needs.
    private static let probeBytes = 1 << 20

    init(
        _ tables: WriteTables, in folder: StoreFolder, registry: Registry, profiles: ProfileRules, clock: Clock,
        limits: StoreLimits,
        loaded: LoadedState
    ) {
        self.folder = folder
        self.tables = tables
        self.registry = registry
        self.clock = clock
        self.limits = limits
        queue = WriteQueue(recordsMax: limits.waitingRecordsMax)
        retention = Retention(limits: limits, rawRemovedBefore: loaded.rawRemovedBefore)
        transaction = IngestTransaction(
            tables, registry: registry, profiles: profiles, limits: limits, loaded: loaded)
        settling = Settling(limits: limits, loaded: loaded)
        log = LogKeeper(tables.connection, bytesMax: limits.logBytesMax)
    }

    /// Until the queue is closed and empty.
    func run() {
        while true {
            let now = Clock.monotonicSeconds()
            let hasMore = now >= pauseUntil && isDue(now)
            let wait = hasMore ? 0 : 0.5
            state.withLock { $0.turned = now }
            let next = queue.take(
                recordsMax: limits.commitRecordsMax, gather: limits.commitAtOnceRecords,
                gatherUntil: lastCommit + limits.commitEverySeconds, waitSeconds: wait)
            switch next {
            case .ingest(let jobs): commit(jobs)
            case .work(let job): commit(work: job)
            case .idle: break
            case .end: return end()
            }
            keepHouse()
        }
    }

    private func isDue(_ now: Double) -> Bool {
        retention.isDue(now: now) || settling.isDue(now: now, next: transaction.nextArrivedID)
    }

    // MARK: Commits

    private func commit(_ jobs: [WriteJob]) {
        let begin = Clock.monotonicSeconds()
        lastCommit = begin
        let answers: [IngestOutcome]
        do throws(SQLiteError) {
            answers = try tables.connection.transaction { () throws(SQLiteError) in try write(jobs) }
        } catch {
            transaction.clear()
            state.withLock { $0.counters.failedCommits += 1 }
            // One bad batch must not take the others of its commit with it. A full disk is nobody's batch.
            if jobs.count > 1, !error.isFull { return jobs.forEach { commit([$0]) } }
            failed(error, jobs)
            return
        }
        registry.apply(transaction.committed())
        let (total, seconds) = (transaction.total, Clock.monotonicSeconds() - begin)
        state.withLock { state in
            state.health = .ready
            state.counters.samplesStored += total.accepted - total.duplicates
            state.counters.duplicates += total.duplicates
            state.counters.conflicts += total.conflicts.count
            state.counters.batches += jobs.count
            state.counters.commits += 1
            state.counters.commitTimes.add(seconds: seconds)
        }
        transaction.clear()
        let hosts = registry.count
        for (job, var outcome) in zip(jobs, answers) {
            outcome.hostsTracked = hosts
            if case .ingest(_, let completion) = job { completion(.success(outcome)) }
        }
    }

    private func write(_ jobs: [WriteJob]) throws(SQLiteError) -> [IngestOutcome] {
        transaction.rawRemovedBefore = retention.rawRemovedBefore
        var outcomes: [IngestOutcome] = []
        outcomes.reserveCapacity(jobs.count)
        for case .ingest(let batch, _) in jobs { outcomes.append(try transaction.add(batch)) }
        try transaction.finish()
        return outcomes
    }

    private func commit(work job: WriteJob) {
        guard case .work(let work, let completion) = job else { return }
        do throws(SQLiteError) {
            try work(self)
            state.withLock { $0.health = .ready }
            completion(nil)
        } catch {
            failed(error, [job])
        }
    }

    /// Remembers what went wrong, then tells those who wait for it.
    private func failed(_ error: SQLiteError, _ jobs: [WriteJob]) {
        let answer = StoreError(error, path: tables.connection.path)
        nextProbe = Clock.monotonicSeconds() + Self.probeEverySeconds
        state.withLock { state in
            if case .full(let path) = answer {
                state.health = .full(path: path)
            } else {
                state.health = .failing(reason: answer.description)
            }
        }
        for job in jobs { job.fail(answer) }
    }

    // MARK: Between commits

    private func keepHouse() {
        let now = Clock.monotonicSeconds()
        guard now >= pauseUntil else { return }
        do throws(SQLiteError) {
            try log.keep()
            if settling.isDue(now: now, next: transaction.nextArrivedID) { try settle() }
            if retention.isDue(now: now) { try retain(now: now) }
            if now >= nextProbe, state.withLock({ $0.health != .ready }) {
                nextProbe = now + Self.probeEverySeconds
                try probe()
            }
        } catch {
            // Nobody waits for housekeeping, so the state is all that tells of it; it is tried again a second later.
            failed(error, [])
            pauseUntil = now + 1
        }
    }

    var isSettled: Bool { settling.isDone(next: transaction.nextArrivedID) }

    /// Settles a few arrived samples.
    func settle(force: Bool = false) throws(SQLiteError) {
        try settling.slice(tables, registry, next: transaction.nextArrivedID, force: force)
    }

    /// Removes a few old rows; the counters say how many.
    func retain(now: Double) throws(SQLiteError) {
        let removed = try retention.slice(tables, registry, now: clock.now(), monotonic: now)
        state.withLock { state in
            state.counters.samplesRemoved += removed.samples
            state.counters.stepsRemoved += removed.steps
        }
    }

    /// Looks for room, and writes a page or two, after a failure, so that the state becomes `.ready` again without
    /// waiting for a batch.
    private func probe() throws(SQLiteError) {
        guard folder.hasRoom(bytes: Self.probeBytes) else { return }
        let stamp = Milliseconds.of(clock.now())
        try tables.connection.transaction { () throws(SQLiteError) in try tables.save(.probe, stamp) }
        state.withLock { $0.health = .ready }
    }

    private func end() {
        let unsaved = registry.unsaved()
        do throws(SQLiteError) {
            while !isSettled { try settle(force: true) }
            try tables.connection.transaction { () throws(SQLiteError) in
                for entry in unsaved { try tables.save(entry) }
            }
            try tables.connection.checkpoint(.truncate)
        } catch {
            // All samples are safe: they were committed before they were answered. The log is read at the next start.
        }
        state.withLock { $0.health = .closed }
    }
}

/// What the writer shows to other threads.
struct WriterState: Sendable {
    var health = StoreHealth.ready
    /// When the writer last looked for work, in monotonic seconds: twice a second at least, unless it is at work.
    var turned: Double?
    /// Without the gauges, which are read when they are asked for.
    var counters = StoreCounters()
}

/// What the database held when it was opened.
struct LoadedState: Sendable {
    var nextBootNumber: Int64 = 1
    /// The ids of the first row of the table of arrivals and of the one to come.
    var firstArrivedID: Int64 = 1
    var nextArrivedID: Int64 = 1
    var rawRemovedBefore: Int64 = .min
}

extension StoreError {
    init(_ error: SQLiteError, path: String) {
        self = error.isFull ? .full(path: path) : .failed(reason: error.description)
    }
}
