/// When to push what: the newest records at every interval, the backlog beside them whenever the collector has given a
/// slot. Pure; seconds are of a clock that nobody sets.
struct PushSchedule {
    /// So many records of the backlog, and not before a moment.
    struct Slot: Equatable {
        var records: Int
        var due: Double
    }

    /// A collector that asks to wait for longer is asked again.
    static let slotSecondsMax = 600.0

    private(set) var interval: Double
    private(set) var newestDue: Double
    private(set) var slot: Slot?

    init(interval: Double, firstDue: Double) {
        self.interval = interval
        newestDue = firstDue
    }

    var nextDue: Double { min(newestDue, slot?.due ?? .infinity) }

    /// The grid of the intervals does not drift, and what was missed is not made up for.
    mutating func pushedNewest(now: Double) { newestDue = max(newestDue + interval, now) }

    mutating func retryNewest(now: Double, afterSeconds delay: Double) { newestDue = now + delay }

    /// What the newest waited for no longer counts.
    mutating func hurryNewest(now: Double) { newestDue = min(newestDue, now) }

    /// Another interval holds from now on.
    mutating func renew(interval new: Double, now: Double) {
        guard new != interval else { return }
        interval = new
        newestDue = min(newestDue, now + new)
    }

    /// The slot is being used, or is of no use any more.
    mutating func endSlot() { slot = nil }

    /// The backlog's push failed: again, but not before the next push of the newest.
    mutating func retryBacklog(records: Int, now: Double, afterSeconds delay: Double) {
        slot = Slot(records: records, due: now + max(delay, interval))
    }

    /// What the answer said, or nothing: then a batch an interval, at a random moment of it, for a thousand agents come
    /// back together.
    mutating func take(_ granted: (records: Int, afterSeconds: Double)?, now: Double, jitter: (Double) -> Double) {
        if let granted {
            slot = Slot(
                records: min(max(granted.records, 1), Batch.recordsMax),
                due: now + min(max(granted.afterSeconds, 0), Self.slotSecondsMax))
        } else {
            slot = Slot(records: Batch.recordsMax, due: now + jitter(interval))
        }
    }

    /// The header `Backlog: records=300, after=2.5` of an answer, a dictionary of RFC 8941 (3.2).
    static func granted(_ header: String?) -> (records: Int, afterSeconds: Double)? {
        guard let header else { return nil }
        var numbers: [Substring: Double] = [:]
        for member in header.split(separator: ",", maxSplits: 8) {
            let parts = member.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if parts.count == 2, let number = Double(parts[1].prefix { $0 != " " && $0 != ";" }), number.isFinite {
                numbers[parts[0]] = number
            }
        }
        guard let records = numbers["records"], let after = numbers["after"], (1...1e6).contains(records) else {
            return nil
        }
        return (Int(records), after)
    }
}

/// The collectors' addresses. The one that works is stayed with; the first is tried again after a while.
struct Collectors {
    static let returnSeconds = 300.0

    let urls: [String]
    private(set) var current = 0
    /// When each may be asked again: what its Retry-After said.
    private var notBefore: [Double]
    private var returnAt = Double.infinity

    init(_ urls: [String]) {
        self.urls = urls
        notBefore = urls.map { _ in -.infinity }
    }

    var url: String { urls[current] }

    /// Whom to try now, one after the other; empty while all have asked to wait.
    mutating func order(now: Double) -> [Int] {
        var order = urls.indices.map { (current + $0) % urls.count }
        if now >= returnAt {
            // Should it fail, the present one goes on until the next try.
            returnAt = now + Self.returnSeconds
            order = [0] + order.filter { $0 != 0 }
        }
        return order.filter { notBefore[$0] <= now }
    }

    /// - Returns: whether it is another one than before, to which everything is new.
    mutating func worked(_ index: Int, now: Double) -> Bool {
        guard index != current else { return false }
        current = index
        returnAt = index == 0 ? .infinity : now + Self.returnSeconds
        return true
    }

    mutating func failed(_ index: Int, retryAfter seconds: Double?, now: Double) {
        notBefore[index] = seconds.map { now + $0 } ?? -.infinity
    }

    /// How long until any may be asked, or nil when one may be now.
    func waitSeconds(now: Double) -> Double? {
        let soonest = notBefore.min() ?? now
        return soonest > now ? soonest - now : nil
    }
}
