import Daemon
import Telemetry

/// When the service manager hears what. Pure: moments are arguments, in monotonic seconds.
///
/// The watchdog is fed by the thread that samples and only while samples flow into the spool, so an agent that hangs in
/// a reader, or whose other thread does, or that turns in circles without one, is started anew.
struct Heartbeat {
    /// How often the status line is told where no watchdog asks more often.
    static let statusSeconds = 60.0
    /// How long the other thread may leave samples where they are: an fsync on a disk that is badly off.
    static let stowSeconds = 120.0

    /// Half the watchdog's time; nil without one.
    private let pingSeconds: Double?
    private var sampled: Double?
    private var told: Double

    init(watchdogSeconds: Double?, now: Double) {
        pingSeconds = watchdogSeconds.map { $0 / 2 }
        told = now
    }

    /// A sample has been taken and kept.
    /// - Returns: whether it was the first: the service is ready.
    mutating func sample(at now: Double) -> Bool {
        defer { sampled = now }
        if sampled == nil { told = now }
        return sampled == nil
    }

    /// When to look again.
    var due: Double { told + (pingSeconds ?? Self.statusSeconds) }

    enum Message: Equatable { case alive, status }

    /// What is to be said now. `interval` is the time between two samples: two of them and a little may pass. `stowed`
    /// is when samples were last brought into the spool.
    mutating func message(at now: Double, interval: Double, stowed: Double) -> Message? {
        guard now >= due else { return nil }
        told = now
        guard pingSeconds != nil, let sampled else { return .status }
        let flows = now - sampled <= 2 * interval + 1 && now - stowed <= max(2 * interval + 1, Self.stowSeconds)
        return flows ? .alive : .status
    }
}

/// What became of the pushes since the start.
struct PushTally: Equatable {
    private(set) var stored = 0
    private(set) var failed = 0
    private(set) var setAside = 0
    private(set) var last: Last?
    /// Seconds that our clock is ahead of the collector's; nil until it has answered.
    private(set) var skewSeconds: Double?

    struct Last: Equatable {
        /// Unix seconds.
        let time: Double
        /// How it ended.
        let words: String
        /// The first of the words: stored, failed or refused.
        var word: Substring { words.prefix { $0 != "," } }
    }

    /// - Parameters:
    ///   - now: Unix seconds, when the answer was there.
    ///   - date: the answer's Date header, whole Unix seconds.
    mutating func count(_ outcome: PushOutcome, at now: Double, date: Double?) {
        switch outcome {
        case .acknowledged:
            stored += 1
            last = Last(time: now, words: "stored")
        case .retry(_, let reason):
            failed += 1
            last = Last(time: now, words: "failed, \(reason)")
        case .setAside(_, let reason):
            setAside += 1
            last = Last(time: now, words: "refused, \(reason)")
        }
        // The header has no fraction: on average it is half a second behind the collector's clock.
        if let date { skewSeconds = ((now - date - 0.5) * 10).rounded() / 10 }
    }
}

/// The line that `systemctl status` shows.
enum StatusLine {
    static func text(sampled: Double?, missing: Int, waiting: Int, pushes: PushTally, reload: String?) -> String {
        var parts: [String] = []
        if let sampled {
            parts.append("last sample \(Timestamp.text(sampled.rounded(.down)))")
            if missing > 0 { parts.append("\(missing) of \(Metric.count) metrics missing") }
        }
        parts.append("\(waiting) waiting")
        if let last = pushes.last {
            parts.append("last push \(Timestamp.text(last.time.rounded(.down))) \(last.words.prefix(120))")
        }
        if let reload { parts.append(reload) }
        return parts.joined(separator: "; ")
    }
}
