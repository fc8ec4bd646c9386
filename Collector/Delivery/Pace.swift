/// When to try again: after each failure the next of `delays`, the last one for ever, each a little shorter or longer
/// by chance so that a receiver that comes back is not met by all at once.
package struct RetrySchedule: Sendable, Equatable {
    /// Seconds.
    package var delays: [Double]
    /// From the row's making; what has not gone out by then is dead.
    package var giveUpSeconds: Double

    package init(delays: [Double], giveUpSeconds: Double) {
        self.delays = delays
        self.giveUpSeconds = giveUpSeconds
    }

    /// - Parameter failures: how many attempts have failed, from 1.
    /// - Parameter chance: 0…1.
    package func delay(failures: Int, chance: Double) -> Double {
        guard !delays.isEmpty else { return 30 }
        return delays[min(max(failures, 1), delays.count) - 1] * (0.9 + 0.2 * chance)
    }

    /// PagerDuty asks for 30 s, then minutes; Standard Webhooks has a list; mail servers take minutes as usual.
    package static func standard(_ kind: ChannelKind) -> RetrySchedule {
        let day = 86_400.0
        return switch kind {
        case .pagerduty: .init(delays: [30, 30, 30, 60, 120, 300, 600], giveUpSeconds: day)
        case .slack: .init(delays: [5, 15, 30, 60, 300, 900], giveUpSeconds: day)
        case .webhook:
            .init(
                delays: [5, 300, 1800, 7200, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, day], giveUpSeconds: 4 * day)
        case .alertmanager: .init(delays: [5, 15, 30, 60], giveUpSeconds: day)
        case .email: .init(delays: [60, 120, 300, 900, 1800, 3600], giveUpSeconds: 2 * day)
        }
    }
}

/// At most `count` in any `seconds`: stricter than a bucket of tokens, which lets twice as many through over an edge.
package struct RateLimit: Sendable, Equatable {
    package var count: Int
    package var seconds: Double

    package init(_ count: Int, perSeconds seconds: Double) {
        self.count = count
        self.seconds = seconds
    }

    package static func standard(_ kind: ChannelKind) -> RateLimit {
        switch kind {
        case .pagerduty: .init(100, perSeconds: 60)
        case .slack: .init(1, perSeconds: 1)
        case .webhook, .alertmanager: .init(600, perSeconds: 60)
        case .email: .init(60, perSeconds: 60)
        }
    }
}

/// The moments of the last sendings, shared by all channels with one key.
struct RateWindow {
    private var moments: [Double] = []

    /// From when on another may be sent.
    func freeAt(_ limit: RateLimit) -> Double {
        moments.count < limit.count ? -.infinity : moments[moments.count - limit.count] + limit.seconds
    }

    mutating func note(_ now: Double, _ limit: RateLimit) {
        moments.append(now)
        if moments.count > 2 * limit.count { moments.removeFirst(moments.count - limit.count) }
    }
}

/// How a channel has fared lately: a receiver that keeps the one thread waiting gets less of its time.
struct ChannelHealth {
    private(set) var failures = 0
    private(set) var failingSince: Double?
    /// No attempt before.
    var heldUntil = -Double.infinity
    /// Why the channel is out of use until the configuration is read again.
    var disabled: String?

    mutating func succeeded() {
        failures = 0
        failingSince = nil
    }

    /// A receiver that did not answer, after `spent` seconds of trying.
    mutating func failed(now: Double, spent: Double) {
        failures += 1
        failingSince = failingSince ?? now
        let growth = Double(1 << min(failures - 1, 6))
        // Two quick failures are a matter of one message; more are the receiver's.
        let quick = failures > 2 ? 0.25 * growth : 0
        heldUntil = max(heldUntil, now + min(max(spent * growth, quick), 60))
    }
}
