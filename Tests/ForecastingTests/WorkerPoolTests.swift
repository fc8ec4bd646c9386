import Daemon
import Testing

@testable import Forecasting

struct WorkerPoolTests {
    @Test(arguments: [1, 2, 5])
    func everyJobRunsOnce(workers: Int) {
        let pool = WorkerPool(workers: workers)
        #expect(pool.workers == workers)
        for count in [0, 1, 2, 100] {
            let seen = Locked([Int](repeating: 0, count: count))
            let busy = Locked([Bool](repeating: false, count: workers))
            pool.run(count) { job, worker in
                let wasBusy = busy.withLock { busy in
                    defer { busy[worker] = true }
                    return busy[worker]
                }
                #expect(!wasBusy)
                seen.withLock { $0[job] += 1 }
                busy.withLock { $0[worker] = false }
            }
            #expect(seen.withLock { $0 } == Array(repeating: 1, count: count))
        }
    }
}
