import Telemetry

/// Sums of one transaction's new samples by host and step, so that each step's row is written once per commit.
struct StepSums {
    struct Key: Hashable {
        let serverID: UInt64
        let start: Int
    }

    struct Sum {
        let key: Key
        var samples = 0
        var lastMilliseconds = Int64.min
        var state: HostState?
        var sums = InlineArray<14, Double>(repeating: 0)
        var counts = InlineArray<14, Int64>(repeating: 0)
    }

    private(set) var all: [Sum] = []
    private var positions: [Key: Int] = [:]
    /// Neighbouring records are of one step most of the time.
    private var last: Int?

    mutating func add(_ values: MetricVector, _ key: Key, milliseconds: Int64, state: HostState?) {
        let position = position(of: key)
        all[position].samples += 1
        for index in 0..<Metric.count {
            let value = values[raw: index]
            if value.isNaN { continue }
            all[position].sums[index] += value
            all[position].counts[index] += 1
        }
        if milliseconds >= all[position].lastMilliseconds {
            all[position].lastMilliseconds = milliseconds
            all[position].state = state ?? all[position].state
        } else if all[position].state == nil {
            all[position].state = state
        }
    }

    mutating func removeAll() {
        all.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
        last = nil
    }

    private mutating func position(of key: Key) -> Int {
        if let last, all[last].key == key { return last }
        let position = positions[key] ?? all.count
        if position == all.count {
            all.append(Sum(key: key))
            positions[key] = position
        }
        last = position
        return position
    }
}
