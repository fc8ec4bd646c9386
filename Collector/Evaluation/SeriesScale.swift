import Glibc

/// What brings a column to mean 0 and deviation 1.
struct SeriesScale: Equatable {
    /// A window is not taken to be steadier than this share of its column's spread.
    static let floor: Float = 0.1

    var mean: Float = 0
    var deviation: Float = 1

    /// One that never changes, to the precision of its numbers, keeps a deviation of 1.
    init(of values: ArraySlice<Float>) {
        var (sum, squares, count) = (0.0, 0.0, 0.0)
        for value in values where !value.isNaN { (sum, count) = (sum + Double(value), count + 1) }
        guard count > 0 else { return }
        for value in values where !value.isNaN {
            squares += (Double(value) - sum / count) * (Double(value) - sum / count)
        }
        mean = Float(sum / count)
        let found = (squares / count).squareRoot()
        if found > 1e-6 * abs(sum / count), Float(found) > .leastNormalMagnitude { deviation = Float(found) }
    }

    func restore(_ value: Float) -> Float { value * deviation + mean }
}

/// Where a forecast may lie, as its history says: not below 0 where nothing ever was, no farther beyond what was seen
/// than that is wide, and exactly there where nothing ever changed.
struct SeriesBounds: Equatable {
    var low = -Float.infinity
    var high = Float.infinity

    init(_ history: ArraySlice<Float>) {
        var (least, most) = (Float.infinity, -Float.infinity)
        for value in history where !value.isNaN { (least, most) = (min(least, value), max(most, value)) }
        guard least <= most else { return }
        let span = most - least
        (low, high) = (least - span, most + span)
        if least >= 0 { low = max(0, low) }
        if most <= 0 { high = min(0, high) }
    }

    func apply(_ values: [Float]) -> [Float] { values.map { min(max($0, low), high) } }
}
