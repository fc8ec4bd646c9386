/// Records that were made and will never arrive: a range of sequences, how many of them are lost, and when they were
/// made. The collector is told, so that it shows a gap and need not guess.
package struct SpoolGap: Equatable, Sendable {
    package enum Reason: UInt8, Sendable, CaseIterable {
        /// Dropped for the spool's bound in bytes, and in age.
        case bytes = 1, age
        /// Dropped while the disk refused and too many waited in memory.
        case memory
        /// The spool's files were damaged.
        case damage
        /// Waited in memory when the agent ended.
        case restart
        /// The collector will not take them.
        case rejected

        package var name: String {
            switch self {
            case .bytes: "spool_bytes"
            case .age: "spool_age"
            case .memory: "memory"
            case .damage: "damage"
            case .restart: "restart"
            case .rejected: "rejected"
            }
        }
    }

    package var first: UInt64
    package var last: UInt64
    /// How many between them; less than all where two gaps had to become one.
    package var lost: UInt64
    /// When they were made, Unix seconds; as near as is known.
    package var from: Double
    package var to: Double
    package var reason: Reason

    package init(_ range: ClosedRange<UInt64>, lost: UInt64? = nil, from: Double, to: Double, reason: Reason) {
        first = range.lowerBound
        last = range.upperBound
        self.lost = lost ?? last - first + 1
        self.from = min(from, to)
        self.to = max(from, to)
        self.reason = reason
    }

    fileprivate mutating func join(_ other: SpoolGap) {
        if other.lost > lost { reason = other.reason }
        (first, last) = (min(first, other.first), max(last, other.last))
        lost += other.lost
        (from, to) = (min(from, other.from), max(to, other.to))
    }
}

/// The gaps that the collector has not confirmed. Bounded: of too many, the two oldest become one.
struct SpoolGaps: Equatable {
    static let countMax = 48

    /// By their first sequence.
    private(set) var all: [SpoolGap] = []

    mutating func add(_ new: SpoolGap) {
        let neighbour = all.firstIndex { gap in
            gap.reason == new.reason && (gap.last + 1 == new.first || new.last + 1 == gap.first)
        }
        if let neighbour {
            all[neighbour].join(new)
        } else {
            all.insert(new, at: all.firstIndex { $0.first > new.first } ?? all.count)
        }
        while all.count > Self.countMax {
            let oldest = all.removeFirst()
            all[0].join(oldest)
        }
    }

    /// The collector has these. One that has grown at its end since is told of for the rest; one that has grown
    /// otherwise is told of again whole, and takes the place of its parts.
    mutating func confirm(_ told: [SpoolGap]) {
        for gap in told {
            guard let index = all.firstIndex(where: { $0.first == gap.first }) else { continue }
            let known = all[index]
            if known.last <= gap.last {
                all.remove(at: index)
            } else if known.reason == gap.reason, known.lost == known.last - known.first + 1 {
                all[index] = SpoolGap(gap.last + 1...known.last, from: gap.to, to: known.to, reason: known.reason)
            }
        }
    }
}
