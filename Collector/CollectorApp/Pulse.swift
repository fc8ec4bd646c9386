import Daemon

/// A thread that does one thing every so often until it is stopped. A beat that takes too long delays the next; none
/// is made up for.
final class Pulse: Sendable {
    private struct State {
        var isStopped = false
        /// Monotonic seconds; nil between two beats.
        var began: Double?
    }

    let name: String
    private let state = Locked(State())
    private let thread: OwnThread?

    init(_ name: String, everySeconds seconds: Double, _ beat: @escaping @Sendable () -> Void) {
        self.name = name
        let state = state
        thread = OwnThread(name, stackBytes: 8 << 20) {
            while state.wait(atMostSeconds: seconds, { $0.isStopped ? true : nil }) == nil {
                state.withLock { $0.began = Clock.monotonicSeconds() }
                beat()
                state.withLock { $0.began = nil }
            }
        }
    }

    /// Since when the beat of now has been going on, in monotonic seconds; nil between two.
    var busySince: Double? { state.withLock { $0.began } }

    /// Returns when the last beat is over.
    func stop() {
        state.withLock { $0.isStopped = true }
        state.signal()
        thread?.join()
    }
}
