import Daemon
import SQLite

/// What the writer does between two answers.
enum WriteJob: Sendable {
    case ingest(IngestBatch, @Sendable (Result<IngestOutcome, StoreError>) -> Void)
    /// A transaction of its own.
    case work(@Sendable (Writer) throws(SQLiteError) -> Void, @Sendable (StoreError?) -> Void)

    var recordCount: Int {
        switch self {
        case .ingest(let batch, _): max(1, batch.records.count + batch.gaps.count)
        case .work: 1
        }
    }

    func fail(_ error: StoreError) {
        switch self {
        case .ingest(_, let completion): completion(.failure(error))
        case .work(_, let completion): completion(error)
        }
    }
}

/// Jobs in the order of their arrival, with a bound on the records that wait.
final class WriteQueue: Sendable {
    fileprivate struct State {
        var jobs: [WriteJob] = []
        /// Position of the next job in `jobs`; the ones before it are taken.
        var next = 0
        var records = 0
        /// Pieces of work among the jobs.
        var workCount = 0
        var isClosed = false

        var hasWork: Bool { workCount > 0 }
    }

    private let state = Locked(State())
    private let recordsMax: Int

    init(recordsMax: Int) { self.recordsMax = recordsMax }

    /// Returns why a job was not taken, or nil. An empty queue takes any batch, however large.
    func add(_ job: WriteJob) -> StoreError? {
        let count = job.recordCount
        let error: StoreError? = state.withLock { state in
            if state.isClosed { return .closed }
            guard state.records == 0 || state.records + count <= recordsMax else {
                return .busy(waitingRecords: state.records)
            }
            state.jobs.append(job)
            state.records += count
            if case .work = job { state.workCount += 1 }
            return nil
        }
        if error == nil { state.signal() }
        return error
    }

    enum Take {
        case ingest([WriteJob])
        case work(WriteJob)
        /// Nothing came in time.
        case idle
        /// Closed, and all is done.
        case end
    }

    /// The jobs of the next commit: all batches that wait, up to `recordsMax` records, or one piece of work. Waits for
    /// `gather` records until `gatherUntil`, and for anything at all until `waitSeconds` are over.
    func take(recordsMax: Int, gather: Int, gatherUntil: Double, waitSeconds: Double) -> Take {
        let gatherSeconds = gatherUntil - Clock.monotonicSeconds()
        if gatherSeconds > 0 {
            let taken: Take? = state.wait(atMostSeconds: min(gatherSeconds, waitSeconds)) { state in
                if state.isClosed || state.hasWork || state.records >= gather {
                    return Self.pop(&state, recordsMax: recordsMax)
                }
                return nil
            }
            if let taken { return taken }
        }
        return state.wait(atMostSeconds: waitSeconds) { state in
            state.next < state.jobs.count || state.isClosed ? Self.pop(&state, recordsMax: recordsMax) : nil
        } ?? .idle
    }

    private static func pop(_ state: inout State, recordsMax: Int) -> Take {
        if state.next == state.jobs.count { return .end }
        var taken: [WriteJob] = []
        var records = 0
        while state.next < state.jobs.count {
            let job = state.jobs[state.next]
            let count = job.recordCount
            if case .work = job {
                if !taken.isEmpty { break }
                state.drop(count)
                state.workCount -= 1
                return .work(job)
            }
            if !taken.isEmpty, records + count > recordsMax { break }
            records += count
            taken.append(job)
            state.drop(count)
        }
        return .ingest(taken)
    }

    /// Refuses what comes from now on; what waits is still done.
    func close() {
        state.withLock { $0.isClosed = true }
        state.signal()
    }

    var waiting: (records: Int, batches: Int) {
        state.withLock { ($0.records, $0.jobs.count - $0.next) }
    }
}

extension WriteQueue.State {
    fileprivate mutating func drop(_ count: Int) {
        next += 1
        records -= count
        guard next == jobs.count || next >= 1024 else { return }
        jobs.removeFirst(next)
        next = 0
    }
}
