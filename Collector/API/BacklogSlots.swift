import Daemon

/// Hands out how fast agents may send what they could not send before: so many records a second over all of them
/// together, one after the other. A thousand agents that come back at once get their turns over some seconds; what
/// they sample meanwhile is never held back.
final class BacklogSlots: Sendable {
    /// About a fifth of what the store takes in batches of this size.
    static let recordsPerSecond = 20_000.0
    static let recordsMax = 300
    /// Between two batches of one agent, which has other things to do as well.
    static let pauseSeconds = 0.1
    static let waitSecondsMax = 300.0

    /// When the next slot begins, in seconds of the steady clock.
    private let next = Locked(-Double.infinity)

    /// - Parameter now: seconds of the steady clock.
    /// - Returns: how many of the records that wait may be sent, and after how many seconds.
    func grant(_ waiting: Int, now: Double) -> (records: Int, afterSeconds: Double) {
        let records = min(max(waiting, 1), Self.recordsMax)
        return next.withLock { next in
            let begin = max(now, next)
            let after = begin - now
            // Whoever is told to wait for the longest time there is will ask again: nothing is kept for it.
            guard after <= Self.waitSecondsMax else { return (records, Self.waitSecondsMax) }
            next = begin + Double(records) / Self.recordsPerSecond
            return (records, max(Self.pauseSeconds, after))
        }
    }

    /// As the header `Backlog` says it, a dictionary of RFC 8941 (3.2).
    static func header(_ slot: (records: Int, afterSeconds: Double)) -> String {
        "records=\(slot.records), after=\((slot.afterSeconds * 10).rounded(.up) / 10)"
    }
}
