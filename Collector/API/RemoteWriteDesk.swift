package import Daemon
package import RemoteWrite
package import Store
import Telemetry

/// What Prometheus writes, on its way to the store. One scrape assembler for all senders, behind a lock; and the
/// records that the store could not take yet.
package final class RemoteWriteDesk: Sendable {
    private struct State {
        var assembler: ScrapeAssembler
        /// Made of what was answered already: they go with the next batch until the store has them.
        var kept: [Record] = []
        var dropped = 0
    }

    private static let keptMax = 50_000
    private let state: Locked<State>
    private let store: Store
    private let clock: Clock

    package init(_ settings: RemoteWriteSettings, store: Store, clock: Clock) {
        let limits = ScrapeAssembler.Limits(
            futureSecondsMax: RecordDecoder.futureSecondsMax, ageSecondsMax: Ingest.liveAgeSeconds)
        state = Locked(State(assembler: ScrapeAssembler(settings, limits: limits)))
        self.store = store
        self.clock = clock
    }

    package func renew(_ settings: RemoteWriteSettings) { state.withLock { $0.assembler.settings = settings } }

    var isEnabled: Bool { state.withLock { $0.assembler.settings.isEnabled } }

    /// Takes a request in. `answer` comes when the records that it completed are on disk, with what broke a rule.
    func take(_ request: WriteRequest, _ answer: @escaping @Sendable (Result<WriteRequest, StoreError>) -> Void) {
        let now = clock.now()
        let (judged, records) = state.withLock { state in
            var request = request
            let records = state.assembler.add(&request, now: now)
            return (request, Self.withKept(records, &state))
        }
        ingest(records, receivedAt: now) { error in answer(error.map(Result.failure) ?? .success(judged)) }
    }

    /// Stores the scrapes whose missing parts have been waited for; all, before an end.
    package func flush(all: Bool = false) {
        let now = clock.now()
        let records = state.withLock { state in
            Self.withKept(state.assembler.flush(now: now, all: all), &state)
        }
        ingest(records, receivedAt: now) { _ in }
    }

    private static func withKept(_ records: [Record], _ state: inout State) -> [Record] {
        defer { state.kept = [] }
        return state.kept.isEmpty ? records : state.kept + records
    }

    private func ingest(
        _ records: [Record], receivedAt now: Double, _ done: @escaping @Sendable (StoreError?) -> Void
    ) {
        guard !records.isEmpty else { return done(nil) }
        store.ingest(IngestBatch(records: records, receivedAt: now)) { [state] result in
            guard case .failure(let error) = result else { return done(nil) }
            state.withLock { state in
                state.kept = records + state.kept
                let excess = state.kept.count - Self.keptMax
                if excess > 0 {
                    state.kept.removeFirst(excess)
                    state.dropped += excess
                }
            }
            done(error)
        }
    }

    /// For Prometheus.
    var tables: [MetricTable] {
        let (counters, waiting, targets, dropped) = state.withLock { state in
            (state.assembler.counters, state.assembler.waitingCount, state.assembler.targetCount, state.dropped)
        }
        return [
            MetricTable(
                "forewarn_remote_write_samples_total", "counter", "Samples of remote write that a metric is made of.",
                counters.samples),
            MetricTable(
                "forewarn_remote_write_ignored_series_total", "counter", "Series of remote write that none is made of.",
                counters.ignored),
            MetricTable(
                "forewarn_remote_write_refused_total", "counter", "Series and samples that broke a rule.",
                counters.refused),
            MetricTable(
                "forewarn_remote_write_late_samples_total", "counter", "Samples whose scrape was a record already.",
                counters.late),
            MetricTable("forewarn_remote_write_records_total", "counter", "Records made of scrapes.", counters.records),
            MetricTable(
                "forewarn_remote_write_incomplete_total", "counter", "Scrapes that lacked series for too long.",
                counters.incomplete),
            MetricTable(
                "forewarn_remote_write_dropped_records_total", "counter",
                "Records that the store could not take in time.", dropped),
            MetricTable("forewarn_remote_write_waiting_scrapes", "gauge", "Scrapes that are not whole yet.", waiting),
            MetricTable(
                "forewarn_remote_write_targets", "gauge", "Targets that were written of in the last hour.", targets),
        ]
    }
}
