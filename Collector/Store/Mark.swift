/// Single numbers that must survive a restart.
enum Mark: String {
    /// Unix milliseconds: raw samples before it have been removed, or may be at any time.
    case rawRemovedBefore = "raw_removed_before_ms"
    /// Arrived samples with an id up to it may be settled already.
    case settlingUpTo = "settling_up_to_id"
    /// Written to find out whether writing works again.
    case probe
}

/// The database's times: whole milliseconds since 1970.
enum Milliseconds {
    static func of(_ seconds: Double) -> Int64 { Int64((seconds * 1000).rounded()) }
    /// For ends of ranges, which a caller may set as far away as it likes; no number at all is the beginning.
    static func clamped(_ seconds: Double) -> Int64 { seconds.isNaN ? 0 : of(min(max(seconds, -1e12), 1e12)) }
    static func seconds(_ milliseconds: Int64) -> Double { Double(milliseconds) / 1000 }
}
