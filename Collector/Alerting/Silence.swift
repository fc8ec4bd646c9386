/// Somebody wants quiet: until a moment, for a reason. Alerts go on being kept, nobody is told.
package struct Silence: Sendable, Equatable {
    package let id: Int64
    package var matcher: AlertMatcher
    /// Unix seconds.
    package var from: Double
    package var until: Double
    package var by: String
    package var why: String
    package var createdAt: Double

    package static let secondsMax = 90 * 86_400.0
    package static let countMax = 1000

    package init(
        id: Int64, matcher: AlertMatcher, from: Double, until: Double, by: String, why: String, createdAt: Double
    ) throws(AlertInputError) {
        guard until > from else {
            throw AlertInputError("until", found: "\(until)", rule: "be after from", mend: "swap them")
        }
        guard until > createdAt else {
            throw AlertInputError("until", found: "\(until)", rule: "be in the future", mend: "give a later one")
        }
        guard until - max(from, createdAt) <= Self.secondsMax else {
            throw AlertInputError(
                "until", found: "\(until)", rule: "be at most 90 days away", mend: "renew the silence when it ends")
        }
        self.id = id
        self.matcher = matcher
        self.from = from
        self.until = until
        self.by = try AlertInputError.text("by", by, atMost: 128)
        self.why = try AlertInputError.text("why", why, atMost: 1000)
        self.createdAt = createdAt
    }

    package func isActive(at time: Double) -> Bool { from <= time && time < until }
}
