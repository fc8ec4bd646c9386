/// The database's times: whole milliseconds since 1970.
enum Milliseconds {
    /// Times and ends of ranges further away than thirty thousand years are cut to that; no number at all is 1970.
    static func of(_ seconds: Double) -> Int64 {
        seconds.isNaN ? 0 : Int64((min(max(seconds, -1e12), 1e12) * 1000).rounded())
    }

    static func seconds(_ milliseconds: Int64) -> Double { Double(milliseconds) / 1000 }
}
