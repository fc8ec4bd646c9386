import Daemon

/// A thread that does one thing every so often until it is stopped. A beat that takes too long delays the next; none
/// is made up for.
final class Pulse: Sendable {
    private let stopped = Locked(false)
    private let thread: OwnThread?

    init(_ name: String, everySeconds seconds: Double, _ beat: @escaping @Sendable () -> Void) {
        let stopped = stopped
        thread = OwnThread(name, stackBytes: 8 << 20) {
            while stopped.wait(atMostSeconds: seconds, { $0 ? true : nil }) == nil { beat() }
        }
    }

    /// Returns when the last beat is over.
    func stop() {
        stopped.withLock { $0 = true }
        stopped.signal()
        thread?.join()
    }
}
