package import Daemon
package import Identity
package import Insight
package import Telemetry

/// Keeps samples, steps, hosts and forecasts. The only room that knows how: nothing of SQL or SQLite shows here, so that
/// another database can stand behind the same calls.
///
/// One thread writes; it takes all batches that wait into one transaction with one fsync and only then answers them, so an
/// answered batch survives kill -9 and power loss. Reads run beside it, on the state of the last commit.
package final class Store: Sendable {
    /// Opens the database in a folder, which is made when it is missing. Throws `.unusable` with what to do about it.
    package init(
        directory: String, clock: Clock = .system, profiles: ProfileRules = ProfileRules(),
        limits: StoreLimits = StoreLimits()
    ) throws(StoreError) {
        throw .closed
    }

    /// Stores what waits, then closes. Every later call throws `.closed`.
    package func close() {}

    package func health() -> StoreHealth { .closed }
    package func counters() -> StoreCounters { StoreCounters() }

    // MARK: Writing

    /// Queues a batch and returns at once. `completion` is called exactly once: when the batch is on disk, or with why it is
    /// not. It runs on the writer's thread (or on the caller's, when the queue is full), so it must be short.
    package func ingest(
        _ batch: IngestBatch, completion: @escaping @Sendable (Result<IngestOutcome, StoreError>) -> Void
    ) {
        completion(.failure(.closed))
    }

    /// `ingest` for callers that can wait: import, back-fill, tests.
    package func ingestAndWait(_ batch: IngestBatch) throws(StoreError) -> IngestOutcome { throw .closed }

    /// Replaces the stored forecast of each host, keyed by server_id. Returns when they are on disk.
    package func saveForecasts(_ forecasts: [(serverID: UInt64, forecast: Forecast)]) throws(StoreError) {}

    // MARK: The registry, from memory

    /// All hosts by name.
    package func hosts() -> [Host] { [] }
    package var hostCount: Int { 0 }
    package func host(named name: String) -> Host? { nil }
    package func host(serverID: UInt64) -> Host? { nil }
    /// The hosts of a code; two or more when it collides.
    package func hosts(code: Int) -> [Host] { [] }
    package func conflicts() -> [HostConflict] { [] }

    // MARK: Reading

    /// The newest sample of a host, with the reasons of what it misses while they are known.
    package func latest(_ host: Host) throws(StoreError) -> Record? { nil }

    /// The mean of a host's samples with time in `(newest − seconds, newest]`, metric by metric; nil without any sample.
    package func recentMean(_ host: Host, seconds: Double = 60) throws(StoreError) -> MetricVector? { nil }

    /// Raw samples with time in `[from, to)`, Unix seconds, oldest first, at most `limit`.
    package func samples(
        of host: Host, from: Double, to: Double, limit: Int = 100_000
    ) throws(StoreError) -> [Record] { [] }

    /// Steps with start in `[from, to)`, oldest first. A step with less than a third of its samples is left out, and a metric
    /// with less than a third is missing; `sparse: true` shows both as they are.
    package func steps(
        of host: Host, from: Int, to: Int, sparse: Bool = false
    ) throws(StoreError) -> [StepRow] { [] }

    /// The last `count` steps before `end` (the start of the first step that is not wanted) of all hosts, chunk by chunk:
    /// 10 000 hosts of a day are 400 MB, so a caller sees `hostsPerChunk` of them at a time. Hosts without a step come too.
    package func recentSteps(
        count: Int = 288, endingAt end: Int, hostsPerChunk: Int = 256, _ body: ([HostSteps]) -> Void
    ) throws(StoreError) {}

    /// The stored forecast of a host.
    package func forecast(_ host: Host) throws(StoreError) -> Forecast? { nil }
}
