package import Daemon
package import Identity
package import Insight
import SQLite
package import Telemetry

/// Keeps samples, steps, hosts and forecasts. The only room that knows how: nothing of SQL or SQLite shows here, so
/// that another database can stand behind the same calls.
///
/// One thread writes; it takes all batches that wait into one transaction with one fsync and only then answers them,
/// so an answered batch survives kill -9 and power loss. Reads run beside it, on the state of the last commit.
package final class Store: Sendable {
    private let folder: StoreFolder
    private let registry = Registry()
    private let writer: Writer
    let readers: Readers
    private let thread: Locked<OwnThread?>

    /// Opens the database in a folder, which is made when it is missing. Throws `.unusable` with what to do about it.
    package init(
        directory: String, clock: Clock = .system, profiles: ProfileRules = ProfileRules(),
        limits: StoreLimits = StoreLimits()
    ) throws(StoreError) {
        folder = try StoreFolder(directory)
        let path = "\(directory)/\(Schema.fileName)"
        let connection = try Opening.connect(path, limits: limits)
        let writer: Writer
        do throws(SQLiteError) {
            let loaded = try Opening.load(connection, into: registry, profiles: profiles)
            let tables = try WriteTables(connection)
            readers = try Readers(
                path: path, registry: registry, count: limits.readers, cacheBytes: limits.cacheBytes / 8)
            writer = Writer(
                tables, in: folder, registry: registry, profiles: profiles, clock: clock, limits: limits, loaded: loaded
            )
        } catch {
            throw Opening.unusable(error, path: path)
        }
        self.writer = writer
        guard let thread = OwnThread("store", { writer.run() }) else {
            throw .failed(reason: "no thread for the store's writer")
        }
        self.thread = Locked(thread)
    }

    deinit { close() }

    /// Stores what waits, then closes. Every later call throws `.closed`.
    package func close() {
        writer.queue.close()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
        readers.close()
        folder.close()
    }

    package func health() -> StoreHealth { writer.state.withLock { $0.health } }

    /// Since when the writer has been at one piece of work, in monotonic seconds; it rests for half a second at most.
    package var busySince: Double? { writer.state.withLock { $0.turned } }

    package func counters() -> StoreCounters {
        var counters = writer.state.withLock { $0.counters }
        (counters.waitingRecords, counters.waitingBatches) = writer.queue.waiting
        counters.hosts = registry.count
        let file = "\(folder.path)/\(Schema.fileName)"
        counters.databaseBytes = StoreFolder.bytes(of: file)
        counters.logBytes = StoreFolder.bytes(of: "\(file)-wal")
        return counters
    }

    // MARK: Writing

    /// Queues a batch and returns at once. `completion` is called exactly once: when the batch is on disk, or with why
    /// it is not. It runs on the writer's thread (or on the caller's, when the batch is turned away), so it must be
    /// short.
    package func ingest(
        _ batch: IngestBatch, completion: @escaping @Sendable (Result<IngestOutcome, StoreError>) -> Void
    ) {
        guard let error = writer.queue.add(.ingest(batch, completion)) else { return }
        if case .busy = error { writer.state.withLock { $0.counters.busyRefusals += 1 } }
        completion(.failure(error))
    }

    /// `ingest` for callers that can wait: import, back-fill, tests.
    @discardableResult
    package func ingestAndWait(_ batch: IngestBatch) throws(StoreError) -> IngestOutcome {
        let answer = Locked<Result<IngestOutcome, StoreError>?>(nil)
        ingest(batch) { result in
            answer.withLock { $0 = result }
            answer.signal()
        }
        return try Self.await(answer).get()
    }

    /// Replaces the stored forecast of each host. Returns when they are on disk; batches of
    /// samples are committed in between, so a large fleet's forecasts hold nobody up.
    /// What is scored later is kept beside them.
    package func saveForecasts(
        _ forecasts: [(forecast: Forecast, kept: KeptForecast)]
    ) throws(StoreError) {
        let atOnce = 64
        for begin in stride(from: 0, to: forecasts.count, by: atOnce) {
            let some = Array(forecasts[begin..<min(begin + atOnce, forecasts.count)])
            try write { (writer) throws(SQLiteError) in
                try writer.tables.connection.transaction { () throws(SQLiteError) in
                    for one in some {
                        try writer.tables.save(one.forecast, serverID: one.kept.serverID)
                        try writer.tables.keep(one.kept)
                    }
                }
            }
        }
    }

    /// Adds scores of the truths of one step to the sums of its hour, and remembers that the step has been scored; both
    /// or neither, so that no pair counts twice.
    package func add(_ scores: StepScores, ofStep start: Int) throws(StoreError) {
        try write { (writer) throws(SQLiteError) in
            try writer.tables.connection.transaction { () throws(SQLiteError) in
                let hour = start / 3600 * 3600
                for (key, sum) in scores.told { try writer.tables.add(sum, key, hour: hour) }
                try writer.tables.lifecycle.add(scores, hour: hour)
                try writer.tables.save(.scoredUpTo, Int64(start))
            }
        }
    }

    /// Replaces the live records of hosts, keyed by server_id.
    package func save(_ records: [UInt64: LiveRecord]) throws(StoreError) {
        try write { (writer) throws(SQLiteError) in
            try writer.tables.connection.transaction { () throws(SQLiteError) in
                for (serverID, record) in records { try writer.tables.save(record, serverID: serverID) }
            }
        }
    }

    /// Removes what is older than it is kept, now and to the end. The writer does it by itself, little by little.
    package func retain() throws(StoreError) {
        let more = Locked(true)
        while more.withLock({ $0 }) {
            try write { (writer) throws(SQLiteError) in
                try writer.retain(now: Clock.monotonicSeconds())
                let isDone = !writer.retention.isPassing
                more.withLock { $0 = !isDone }
            }
        }
    }

    /// Settles all samples that have arrived. The writer does it by itself, and at the end.
    func settle() throws(StoreError) {
        let more = Locked(true)
        while more.withLock({ $0 }) {
            try write { (writer) throws(SQLiteError) in
                try writer.settle(force: true)
                let isDone = writer.isSettled
                more.withLock { $0 = !isDone }
            }
        }
    }

    /// Runs on the writer's thread, between commits, and waits for it.
    func write(_ work: @escaping @Sendable (Writer) throws(SQLiteError) -> Void) throws(StoreError) {
        let answer = Locked<Result<Void, StoreError>?>(nil)
        let job = WriteJob.work(work) { error in
            answer.withLock { $0 = error.map { .failure($0) } ?? .success(()) }
            answer.signal()
        }
        if let error = writer.queue.add(job) { throw error }
        try Self.await(answer).get()
    }

    private static func await<Value>(
        _ answer: Locked<Result<Value, StoreError>?>
    ) -> Result<Value, StoreError> {
        while true {
            if let result = answer.wait(atMostSeconds: 3600, { $0 }) { return result }
        }
    }
}

// MARK: The registry, from memory

extension Store {
    /// All hosts by name.
    package func hosts() -> [Host] { registry.hosts().sorted { $0.name < $1.name } }
    package var hostCount: Int { registry.count }
    package func host(named name: String) -> Host? { registry.entry(named: name)?.host }
    package func host(serverID: UInt64) -> Host? { registry.entry(serverID: serverID)?.host }
    /// The hosts of a code; two or more when it collides.
    package func hosts(code: Int) -> [Host] { hosts().filter { $0.code == code } }
    /// Names that two machines have sent, the last reported first.
    package func conflicts() -> [HostConflict] { registry.conflicts().sorted { $0.lastReported > $1.lastReported } }
}

// MARK: Reading

extension Store {
    /// How far a host's clock may be ahead of the collector's before its samples count as of the future.
    private static let aheadSeconds = 5.0

    /// The newest sample of a host, with the reasons of what it misses while they are known. `until` is the present, in
    /// Unix seconds: one sample with a time far ahead of it must not stand for the host until that time has come.
    package func latest(_ host: Host, until: Double = .infinity) throws(StoreError) -> Record? {
        let end = Milliseconds.of(until + Self.aheadSeconds)
        if let latest = registry.entry(serverID: host.serverID)?.latest, Milliseconds.of(latest.time) <= end {
            return latest
        }
        let row = try readers.read({ registry.unsettledRows(host) }) { (reader, unsettled) throws(SQLiteError) in
            try reader.newestSample(of: host, unsettled, upTo: end)
        }
        return row?.record(of: host)
    }

    /// The mean of a host's samples with time in `(end − seconds, end]`, metric by metric; `end` is its newest sample,
    /// but no later than `until` and a little. A host with nothing there has samples ahead of their time and none of
    /// late: its newest one before them is the end then. Nil without any sample.
    package func recentMean(
        _ host: Host, seconds: Double = 60, until: Double = .infinity
    ) throws(StoreError) -> MetricVector? {
        guard let newest = registry.entry(serverID: host.serverID)?.newestMilliseconds else { return nil }
        let end = min(newest, Milliseconds.of(until + Self.aheadSeconds))
        let length = Milliseconds.of(seconds)
        let rows = try readers.read({ registry.unsettledRows(host) }) { (reader, unsettled) throws(SQLiteError) in
            let rows = try reader.samples(
                of: host, unsettled, from: end - length + 1, to: end + 1, limit: .max)
            if !rows.isEmpty { return rows }
            guard let last = try reader.newestSample(of: host, unsettled, upTo: end) else { return [] }
            return try reader.samples(
                of: host, unsettled, from: last.milliseconds - length + 1, to: last.milliseconds + 1, limit: .max)
        }
        return rows.isEmpty ? nil : MetricVector(meanOf: rows)
    }

    /// Raw samples with time in `[from, to)`, Unix seconds, oldest first, at most `limit`.
    package func samples(
        of host: Host, from: Double, to: Double, limit: Int = 100_000
    ) throws(StoreError) -> [Record] {
        let (from, to) = (Milliseconds.of(from), Milliseconds.of(to))
        guard let host = registry.entry(serverID: host.serverID)?.host else { return [] }
        let rows = try readers.read({ registry.unsettledRows(host) }) { (reader, unsettled) throws(SQLiteError) in
            try reader.samples(of: host, unsettled, from: from, to: to, limit: limit)
        }
        return rows.map { $0.record(of: host) }
    }

    /// Steps with start in `[from, to)`, oldest first. A step with less than a third of its samples is left out, and a
    /// metric with less than a third is missing; `sparse: true` shows both as they are.
    package func steps(
        of host: Host, from: Int, to: Int, sparse: Bool = false
    ) throws(StoreError) -> [StepRow] {
        // As it is now: the caller's copy may be older than the samples.
        guard let host = registry.entry(serverID: host.serverID)?.host else { return [] }
        return try readers.read({ registry.unsettledSums(host) }) { (reader, unsettled) throws(SQLiteError) in
            try reader.steps(of: host, unsettled, from: from, to: to, sparse: sparse)
        }
    }

    /// The last `count` steps before `end` (the start of the first step that is not wanted) of all hosts, chunk by
    /// chunk: 10 000 hosts of a day are 400 MB, so a caller sees `hostsPerChunk` of them at a time. Hosts without a
    /// step come too.
    package func recentSteps(
        count: Int = 288, endingAt end: Int, hostsPerChunk: Int = 256, _ body: ([HostSteps]) -> Void
    ) throws(StoreError) {
        let servers = registry.hosts().map { Int64(bitPattern: $0.serverID) }.sorted()
        let end = Step.start(of: Double(end))
        for begin in stride(from: 0, to: servers.count, by: max(1, hostsPerChunk)) {
            let chunk = servers[begin..<min(begin + max(1, hostsPerChunk), servers.count)]
            let entries = { [registry] in chunk.compactMap { registry.entry(serverID: UInt64(bitPattern: $0)) } }
            body(
                try readers.read(entries) { (reader, entries) throws(SQLiteError) in
                    try reader.steps(of: entries, from: end - count * Step.seconds, to: end)
                })
        }
    }

    /// What a host's agents have declared lost, the newest first.
    package func gaps(of host: Host) throws(StoreError) -> [DeclaredGap] {
        try readers.read { (reader) throws(SQLiteError) in try reader.gaps(of: host) }
    }

    /// All hosts' means in the step that starts at `start`, by server_id; a host without that step is not in it.
    package func means(ofStep start: Int) throws(StoreError) -> [UInt64: MetricVector] {
        var means: [UInt64: MetricVector] = [:]
        try recentSteps(count: 1, endingAt: start + Step.seconds) { chunk in
            for host in chunk { if let row = host.steps.first { means[host.host.serverID] = row.means } }
        }
        return means
    }

    /// Every forecast that was made with `firstStep` as its first step and is still kept.
    package func keptForecasts(
        firstStep: Int, _ body: (KeptForecast) -> Void
    ) throws(StoreError) {
        try readers.read { (reader) throws(SQLiteError) in try reader.keptForecasts(firstStep: firstStep, body) }
    }

    /// The start of the newest step whose truths have been scored; nil before the first.
    package func scoredUpTo() throws(StoreError) -> Int? {
        try readers.read { (reader) throws(SQLiteError) in try reader.scoredUpTo() }
    }

    /// How the model has fared lately, by server_id.
    package func liveRecords() throws(StoreError) -> [UInt64: LiveRecord] {
        try readers.read { (reader) throws(SQLiteError) in try reader.liveRecords() }
    }

    /// Scores of the truths that came in the hours that start in `[from, to)`, Unix seconds.
    package func accuracy(from: Int, to: Int) throws(StoreError) -> [AccuracyKey: AccuracySums] {
        try readers.read { (reader) throws(SQLiteError) in try reader.accuracy(from: from, to: to) }
    }

    /// The stored forecast of a host.
    package func forecast(_ host: Host) throws(StoreError) -> Forecast? {
        try readers.read { (reader) throws(SQLiteError) in try reader.forecast(of: host) }
    }
}
