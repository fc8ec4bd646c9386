/// The store's own numbers, since it was opened.
package struct StoreCounters: Sendable, Equatable {
    package var samplesStored = 0
    package var duplicates = 0
    package var batches = 0
    package var commits = 0
    /// Commits that failed, whatever the reason; none of their records is stored.
    package var failedCommits = 0
    /// Batches turned away because too much was waiting.
    package var busyRefusals = 0
    package var conflicts = 0
    /// Rows that retention has removed.
    package var samplesRemoved = 0
    package var stepsRemoved = 0
    /// Begin to end of a commit, its fsync included.
    package var commitTimes = TimeHistogram()
    package var waitingRecords = 0
    package var waitingBatches = 0
    package var hosts = 0
    package var databaseBytes = 0
    package var logBytes = 0
}

/// Whether batches can be stored now.
package enum StoreHealth: Sendable, Equatable {
    case ready
    /// The last write found no room. Told to whoever asks /readyz.
    case full(path: String)
    case failing(reason: String)
    case closed
}

/// How long things took: 48 buckets, each a quarter longer than the one before, from 100 µs to 4 s.
package struct TimeHistogram: Sendable, Equatable {
    package private(set) var counts = [Int](repeating: 0, count: 49)
    package private(set) var count = 0
    package private(set) var totalSeconds = 0.0
    package private(set) var longestSeconds = 0.0

    /// The upper bound of each bucket but the last, in seconds.
    package static let bounds: [Double] = {
        var bounds = [1e-4]
        while bounds.count < 48 { bounds.append(bounds[bounds.count - 1] * 1.25) }
        return bounds
    }()

    package init() {}

    package mutating func add(seconds: Double) {
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        count += 1
        totalSeconds += seconds
        longestSeconds = max(longestSeconds, seconds)
    }

    /// An upper bound of the time that a share of all took, `share` 0…1; 0 while nothing was counted.
    package func quantile(_ share: Double) -> Double {
        var seen = 0
        for (index, bound) in Self.bounds.enumerated() {
            seen += counts[index]
            if seen > 0, Double(seen) >= share * Double(count) { return min(bound, longestSeconds) }
        }
        return longestSeconds
    }
}
