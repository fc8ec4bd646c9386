import Telemetry

/// The sums of some samples of one host's step. Sums of the same step add up to the step.
struct StepSum: Sendable {
    let start: Int
    var samples = 0
    /// How many samples the step needs before its mean counts: by the longest interval that its samples were taken at.
    /// Nil while none of them knew its interval.
    var needed: Int?
    var lastMilliseconds = Int64.min
    /// Of the newest sample that had one.
    var state: HostState?
    var sums = InlineArray<14, Double>(repeating: 0)
    /// How many samples had a value, by metric.
    var counts = InlineArray<14, Int64>(repeating: 0)

    init(start: Int) { self.start = start }

    mutating func add(_ row: SampleRow) {
        samples += 1
        need(row.needed)
        for index in 0..<Metric.count {
            let value = row.values[raw: index]
            if value.isNaN { continue }
            sums[index] += value
            counts[index] += 1
        }
        add(state: row.state, milliseconds: row.milliseconds)
    }

    mutating func add(_ other: StepSum) {
        samples += other.samples
        need(other.needed)
        for index in 0..<Metric.count {
            sums[index] += other.sums[index]
            counts[index] += other.counts[index]
        }
        add(state: other.state, milliseconds: other.lastMilliseconds)
    }

    private mutating func need(_ other: Int?) {
        if let other { needed = min(needed ?? other, other) }
    }

    private mutating func add(state new: HostState?, milliseconds: Int64) {
        if milliseconds >= lastMilliseconds {
            lastMilliseconds = milliseconds
            state = new ?? state
        } else {
            state = state ?? new
        }
    }
}

/// Samples of one host that are in the table of arrivals and not yet settled.
struct Unsettled: Sendable {
    struct Row: Sendable {
        let id: Int64
        let milliseconds: Int64
    }

    /// In the order of arrival.
    private(set) var rows: [Row] = []
    private(set) var sums: [StepSum] = []

    mutating func add(_ row: SampleRow, id: Int64) {
        rows.append(Row(id: id, milliseconds: row.milliseconds))
        let start = row.start
        // The newest step is the last, and almost always the one.
        if let index = sums.lastIndex(where: { $0.start == start }) {
            sums[index].add(row)
        } else {
            var sum = StepSum(start: start)
            sum.add(row)
            sums.append(sum)
        }
    }

    func contains(milliseconds: Int64) -> Bool { rows.contains { $0.milliseconds == milliseconds } }
    func contains(start: Int) -> Bool { sums.contains { $0.start == start } }
}

/// Sums of one transaction's settled samples, so that each step's row is written once per commit.
struct StepSums {
    struct Key: Hashable {
        let serverID: UInt64
        let start: Int
    }

    private(set) var all: [(serverID: UInt64, sum: StepSum)] = []
    private var positions: [Key: Int] = [:]

    mutating func add(_ row: SampleRow) {
        let position = position(of: Key(serverID: row.serverID, start: row.start))
        all[position].sum.add(row)
    }

    mutating func removeAll() {
        all.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
    }

    private mutating func position(of key: Key) -> Int {
        // Neighbouring samples are of one step most of the time.
        if let last = all.last, last.serverID == key.serverID, last.sum.start == key.start { return all.count - 1 }
        if let known = positions[key] { return known }
        all.append((key.serverID, StepSum(start: key.start)))
        positions[key] = all.count - 1
        return all.count - 1
    }
}
