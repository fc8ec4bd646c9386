import Daemon
import Glibc

/// Long work on a thread of its own while the caller, the main thread, waits for SIGTERM and SIGINT. It must be that
/// way round: a signal that the main thread is not waiting for goes to the thread that OpenBLAS began before main,
/// which blocks none, and ends the program.
enum Interruptible {
    private static let waitSeconds = 0.1

    struct NoThread: Error, CustomStringConvertible {
        let description = "no thread to work on: this user may start no more"
    }

    private struct State<Value: Sendable> {
        var isStopping = false
        var outcome: Result<Value, any Error>?
    }

    /// `body` asks now and then whether it is to stop.
    static func run<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable (_ isStopping: @escaping @Sendable () -> Bool) throws -> Value
    ) throws -> Value {
        let state = Locked(State<Value>())
        let thread = OwnThread(name, stackBytes: 8 << 20) {
            let outcome = Result { try body { state.withLock { $0.isStopping } } }
            state.withLock { $0.outcome = outcome }
        }
        guard let thread else { throw NoThread() }
        while true {
            if let outcome = state.withLock({ $0.outcome }) {
                thread.join()
                return try outcome.get()
            }
            if Signals.next(withinSeconds: waitSeconds) == .terminate { state.withLock { $0.isStopping = true } }
        }
    }
}
