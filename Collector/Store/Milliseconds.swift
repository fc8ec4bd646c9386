/// The database's times: whole milliseconds since 1970.
enum Milliseconds {
    /// A double's nearest neighbour of a whole millisecond may lie just below it; this is more than it can miss.
    private static let nearSeconds = 1e-6

    /// The millisecond that the moment is in: rounding up would take a sample out of its step and give it the time of
    /// the next step's first. Times and ends of ranges further away than thirty thousand years are cut to that; no
    /// number at all is 1970.
    static func of(_ seconds: Double) -> Int64 {
        if seconds.isNaN { return 0 }
        let near = min(max(seconds, -1e12), 1e12) + max(nearSeconds, min(seconds.magnitude, 1e12).ulp)
        return Int64(min(near * 1000, 1e15).rounded(.down))
    }

    static func seconds(_ milliseconds: Int64) -> Double { Double(milliseconds) / 1000 }
}
