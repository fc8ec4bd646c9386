import Daemon
import Glibc

/// A few threads that share the hosts of a forecast between them. The thread that asks works too, so a pool of one has
/// no thread of its own.
package final class WorkerPool: Sendable {
    private struct State {
        var body: (@Sendable (_ job: Int, _ worker: Int) -> Void)?
        var next = 0
        var count = 0
        var running = 0
        var isStopping = false
    }

    package let workers: Int
    private let state: Locked<State>
    private let threads: [OwnThread]
    /// One run at a time; how many there were.
    private let turn = Locked(0)

    /// `workers`: by default, one per CPU.
    package init(workers: Int? = nil) {
        let wanted = workers ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let state = Locked(State())
        threads = (1..<max(1, wanted)).compactMap { worker in
            OwnThread("forecast-\(worker)", stackBytes: 8 << 20) { Self.work(state, worker) }
        }
        self.workers = threads.count + 1
        self.state = state
    }

    deinit {
        state.withLock { $0.isStopping = true }
        state.signal()
        for thread in threads { thread.join() }
    }

    /// Calls `body` once for every job below `count`, on several threads, and returns when all have returned.
    /// `worker` is below `workers`, and no two calls at one time have the same.
    package func run(_ count: Int, _ body: @escaping @Sendable (_ job: Int, _ worker: Int) -> Void) {
        turn.withLock { runs in
            runs += 1
            state.withLock { state in
                state.body = body
                (state.next, state.count) = (0, count)
            }
            if count > 1 { state.signal() }
            while let job = Self.take(state) {
                job.body(job.index, 0)
                Self.finish(state)
            }
            while state.wait(atMostSeconds: 60, { $0.running == 0 ? true : nil }) == nil {}
            state.withLock { $0.body = nil }
        }
    }

    private struct Job {
        let index: Int
        let body: @Sendable (Int, Int) -> Void
    }

    private static func work(_ state: Locked<State>, _ worker: Int) {
        while true {
            let job = state.wait(atMostSeconds: 3600) { state -> Job?? in
                if state.isStopping { return .some(nil) }
                return take(&state).map { .some($0) }
            }
            guard let job else { continue }
            guard let job else { return }
            job.body(job.index, worker)
            finish(state)
        }
    }

    private static func take(_ state: Locked<State>) -> Job? { state.withLock { take(&$0) } }

    private static func take(_ state: inout State) -> Job? {
        guard let body = state.body, state.next < state.count else { return nil }
        state.next += 1
        state.running += 1
        return Job(index: state.next - 1, body: body)
    }

    private static func finish(_ state: Locked<State>) {
        state.withLock { $0.running -= 1 }
        state.signal()
    }
}
