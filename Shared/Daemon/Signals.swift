import Glibc

/// The signals a service answers, taken by one thread that asks for them instead of by handlers.
///
///     Signals.block()                                  // first thing in main, so that every thread inherits it
///     while true { switch Signals.next(withinSeconds: 5) { … } }
package enum Signals {
    package enum Signal: Sendable { case terminate, reload }

    /// Holds SIGTERM, SIGINT and SIGHUP back until `next` asks; a peer that hangs up is an error, not a signal.
    package static func block() {
        var signals = served()
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Sleeps until a signal comes or the time is up (then nil). SIGINT asks for the same as SIGTERM.
    package static func next(withinSeconds seconds: Double) -> Signal? {
        var signals = served()
        let deadline = Clock.monotonicSeconds() + max(seconds, 0)
        while true {
            let left = max(deadline - Clock.monotonicSeconds(), 0)
            var timeout = timespec(
                tv_sec: Int(left), tv_nsec: Int(left.truncatingRemainder(dividingBy: 1) * 1e9))
            switch sigtimedwait(&signals, nil, &timeout) {
            case SIGTERM, SIGINT: return .terminate
            case SIGHUP: return .reload
            default:
                // Interrupted by another signal (a debugger, SIGCONT): the rest of the time is still ours to sleep.
                if errno != EINTR { return nil }
            }
        }
    }

    private static func served() -> sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
        return signals
    }
}
