/// Which sequences are done with, because the collector has answered for them or because they are declared lost: all
/// up to a front, and ranges behind it. Newest first means that the front waits for a backlog while what is new is
/// done already.
///
///     1 ████████████ front ·····░░░░····░░░░░░░░ next      █ ░ done   · open
struct Acknowledged: Equatable {
    /// Each outage within a backlog makes one range. What would make more is not kept: those records stay where they
    /// are, go a second time, and the collector drops them as duplicates.
    static let rangesMax = 64
    /// With what was lost, of which nothing is left to stay.
    static let lostRangesMax = 100

    private(set) var front: UInt64
    /// Ascending; none touches another or the front.
    private(set) var ranges: [ClosedRange<UInt64>] = []

    init(front: UInt64 = 0, ranges: [ClosedRange<UInt64>] = []) {
        self.front = front
        for range in ranges { add(range, isLost: true) }
    }

    /// - Parameter isLost: nothing is left of it. Of far too many of those the lowest is forgotten.
    /// - Returns: whether there was room for it.
    @discardableResult
    mutating func add(_ new: ClosedRange<UInt64>, isLost: Bool = false) -> Bool {
        let before = self
        var merged = new
        ranges.removeAll { range in
            let touches =
                range.lowerBound <= merged.upperBound.advancedCapped
                && merged.lowerBound <= range.upperBound.advancedCapped
            if touches {
                merged = min(range.lowerBound, merged.lowerBound)...max(range.upperBound, merged.upperBound)
            }
            return touches
        }
        if merged.lowerBound <= front.advancedCapped {
            front = max(front, merged.upperBound)
        } else {
            ranges.insert(merged, at: ranges.firstIndex { $0.lowerBound > merged.lowerBound } ?? ranges.count)
        }
        // The lowest is what was sent for being the oldest: not taken, it would be sent for ever.
        let isLowest = ranges.first?.lowerBound == merged.lowerBound
        if !isLost, !isLowest, ranges.count > max(Self.rangesMax, before.ranges.count) {
            self = before
            return false
        }
        while ranges.count > Self.lostRangesMax { ranges.removeFirst() }
        return true
    }

    func contains(_ sequence: UInt64) -> Bool {
        sequence <= front || ranges.contains { $0.contains(sequence) }
    }

    /// The first open sequence from one on.
    func open(from sequence: UInt64) -> UInt64 {
        let sequence = max(sequence, front.advancedCapped)
        return ranges.first { $0.contains(sequence) }?.upperBound.advancedCapped ?? sequence
    }

    /// The runs of open sequences within a range, ascending.
    func open(in range: Range<UInt64>) -> [Range<UInt64>] {
        var runs: [Range<UInt64>] = []
        var next = open(from: range.lowerBound)
        while next < range.upperBound {
            let end = min(range.upperBound, ranges.first { $0.lowerBound > next }?.lowerBound ?? range.upperBound)
            runs.append(next..<end)
            next = open(from: end)
        }
        return runs
    }

    func openCount(in range: Range<UInt64>) -> Int { open(in: range).reduce(0) { $0 + $1.count } }
}

extension UInt64 {
    fileprivate var advancedCapped: UInt64 { self == .max ? .max : self + 1 }
}
