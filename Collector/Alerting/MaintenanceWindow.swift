/// Planned work: once, or again and again for as long as its rule says.
package struct MaintenanceWindow: Sendable, Equatable {
    package let id: Int64
    package var matcher: AlertMatcher
    /// Of the first, Unix seconds.
    package var from: Double
    package var seconds: Double
    /// RFC 5545; nil: once.
    package var rule: String?
    /// The zone's name: at what moment "Sunday 02:00" is depends on where.
    package var zone: String
    package var by: String
    package var why: String
    package var createdAt: Double
    /// When it begins each time, ascending, Unix seconds.
    package let starts: [Double]

    package static let secondsMax = 7 * 86_400.0
    package static let countMax = 200

    /// `zone` is the one that `zoneRules` came from.
    package init(
        id: Int64, matcher: AlertMatcher, from: Double, seconds: Double, rule: String?, zone: ZoneRules, by: String,
        why: String, createdAt: Double
    ) throws(AlertInputError) {
        guard seconds >= 60, seconds <= Self.secondsMax else {
            throw AlertInputError(
                "until", found: "\(Int(seconds)) seconds after from", rule: "be a minute to 7 days after from",
                mend: "give another end, or more windows")
        }
        if let rule {
            starts = try Recurrence(rule, zone: zone).starts(from: from, zone: zone)
        } else {
            starts = [from]
        }
        guard let last = starts.last, last + seconds > createdAt else {
            throw AlertInputError(
                rule == nil ? "until" : "rrule", found: "over already", rule: "end in the future",
                mend: "give a later one")
        }
        self.id = id
        self.matcher = matcher
        self.from = from
        self.seconds = seconds
        self.rule = rule
        self.zone = zone.name
        self.by = try AlertInputError.text("by", by, atMost: 128)
        self.why = try AlertInputError.text("why", why, atMost: 1000)
        self.createdAt = createdAt
    }

    /// The end of the window that holds at a time; nil when none does.
    package func end(ifActiveAt time: Double) -> Double? {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= time { low = middle + 1 } else { high = middle }
        }
        guard low > 0, time < starts[low - 1] + seconds else { return nil }
        return starts[low - 1] + seconds
    }

    /// When it ends for the last time, Unix seconds.
    package var endsAt: Double { (starts.last ?? from) + seconds }

    /// Those of its times that lie in a range, for charts and for what must not be learned from.
    package func intervals(from: Double, to: Double) -> [ClosedRange<Double>] {
        starts.filter { $0 < to && $0 + seconds > from }.map { $0...($0 + seconds) }
    }
}
