/// One value, or none, for each of the 14 metrics. A missing value is never zero.
///
/// Inside, a missing value is a NaN: NaN is refused from outside (see `RecordRule.finite`), so it is free to mean
/// "none", and a record stays 112 bytes without a heap allocation.
package struct MetricVector: Sendable {
    private var values: InlineArray<14, Double>

    /// All missing.
    package init() { values = .init(repeating: .nan) }

    /// The value of a metric, or nil when it is missing.
    package subscript(metric: Metric) -> Double? {
        get {
            let value = values[metric.rawValue]
            return value.isNaN ? nil : value
        }
        set { values[metric.rawValue] = newValue ?? .nan }
    }

    /// The value at a metric's position, NaN when it is missing.
    package subscript(raw index: Int) -> Double {
        get { values[index] }
        set { values[index] = newValue }
    }

    /// How many of the 14 are missing.
    package var missingCount: Int {
        var count = 0
        for index in values.indices where values[index].isNaN { count += 1 }
        return count
    }
}

extension MetricVector: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        for index in left.values.indices {
            let (a, b) = (left.values[index], right.values[index])
            if a != b, !(a.isNaN && b.isNaN) { return false }
        }
        return true
    }
}

extension MetricVector: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (Metric, Double)...) {
        self.init()
        for (metric, value) in elements { self[metric] = value }
    }
}
