/// Many series of the same columns on one grid of time: what a model is trained on. One float for each value, NaN where
/// there is none; windows are positions in it, never copies. 90 hosts × 90 days × 14 metrics are 131 MB.
package struct SeriesTable: Sendable {
    /// One series: a host, a transformer station, …
    package struct Series: Sendable {
        package let name: String
        /// Unix seconds of step 0.
        package let start: Int
        package let steps: Int
        /// `[column][step]`, NaN for a gap.
        package fileprivate(set) var values: [Float]
        /// Class of the whole series; 0 is "unknown".
        package var category: Int32
        /// Class of every step, or nothing; 0 is "unknown".
        package let codes: [UInt8]
    }

    package enum Fault: Error, Equatable, CustomStringConvertible {
        case shape(series: String, rule: String)
        case limit(String)

        package var description: String {
            switch self {
            case .shape(let series, let rule): "series \(series): \(rule)"
            case .limit(let rule): rule
            }
        }
    }

    package static let columnsMax = 256
    package static let seriesMax = 100_000
    /// 2 GB of values.
    package static let valuesMax = 500_000_000

    package let columns: [String]
    package let stepSeconds: Int
    package private(set) var series: [Series] = []
    private var valueCount = 0

    package init(columns: [String], stepSeconds: Int) throws(Fault) {
        guard !columns.isEmpty, columns.count <= Self.columnsMax, Set(columns).count == columns.count else {
            throw .limit("a table has 1 to \(Self.columnsMax) columns, each named once, not \(columns.count)")
        }
        guard stepSeconds >= 1, stepSeconds <= 31_622_400 else {
            throw .limit("step_seconds is 1 second to a year, not \(stepSeconds)")
        }
        (self.columns, self.stepSeconds) = (columns, stepSeconds)
    }

    /// `values: [column][step]`; an infinity counts as a gap.
    package mutating func add(
        _ name: String, start: Int, steps: Int, values: [Float], category: Int32 = 0, codes: [UInt8] = []
    ) throws(Fault) {
        guard series.count < Self.seriesMax else { throw .limit("more than \(Self.seriesMax) series") }
        guard steps >= 1, values.count == steps * columns.count else {
            throw .shape(
                series: name, rule: "\(values.count) values are not \(columns.count) columns of \(steps) steps")
        }
        guard codes.isEmpty || codes.count == steps else {
            throw .shape(series: name, rule: "\(codes.count) codes for \(steps) steps")
        }
        guard valueCount + values.count <= Self.valuesMax else {
            throw .limit("more than \(Self.valuesMax) values: take fewer days or fewer series")
        }
        var kept = values
        for i in kept.indices where !kept[i].isFinite { kept[i] = .nan }
        series.append(
            Series(name: name, start: start, steps: steps, values: kept, category: category, codes: codes))
        valueCount += values.count
    }

    /// Share of values that are missing in a column, over all series.
    package func missingShare(column: Int) -> Double {
        var (missing, all) = (0, 0)
        for one in series {
            for value in one.values[column * one.steps..<(column + 1) * one.steps] where value.isNaN { missing += 1 }
            all += one.steps
        }
        return all > 0 ? Double(missing) / Double(all) : 1
    }

    /// Whether a column never changes in any series.
    package func isConstant(column: Int) -> Bool {
        series.allSatisfy { one in
            let known = one.values[column * one.steps..<(column + 1) * one.steps].filter { !$0.isNaN }
            return known.allSatisfy { $0 == known[known.startIndex] }
        }
    }
}

/// A place in a table: the step of one series that is the first to be predicted.
package struct Window: Sendable, Equatable {
    package var series: Int
    package var origin: Int
    /// Steps of history shown, at most the context.
    package var context: Int

    package init(series: Int, origin: Int, context: Int) {
        (self.series, self.origin, self.context) = (series, origin, context)
    }
}
