import Glibc

/// How surprising each moment of a server is: how far the truth of its columns lies outside what was forecast for them.
///
/// A column's surprise is −log₁₀ of how often the train part's forecasts were as wrong: 2 for what came once in a
/// hundred steps. Beyond the train part's largest errors it goes on as an exponential tail does. The score is the mean
/// of the quarter of the columns that surprise most, so that neither one restless column nor many still ones
/// decide, smoothed over the steps.
package struct SurpriseScore: Sendable {
    /// `[row]`, train part and test part.
    package let values: [Double]

    static let shareOfColumns = 0.25
    /// Of a new step.
    static let smoothing = 0.5
    static let surpriseMax = 20.0
    private static let daySeconds = 86_400

    package init(_ table: LabelledTable) {
        let season = max(1, Self.daySeconds / table.stepSeconds)
        let surprises = table.columns.map { values -> [Float] in
            let errors = StepForecast.errors(of: values, trainRows: table.trainRows, season: season)
            let known = table.columnRange(of: values)
            let tail = ErrorTail(
                errors[min(season, table.trainRows / 2)..<table.trainRows], least: 0.005 * Float(known))
            return errors.map { tail.surprise($0) }
        }
        let most = max(1, Int((Double(surprises.count) * Self.shareOfColumns).rounded()))
        var (level, values) = (0.0, [Double]())
        values.reserveCapacity(table.rows)
        var row = [Float](repeating: 0, count: surprises.count)
        for step in 0..<table.rows {
            for column in surprises.indices { row[column] = surprises[column][step] }
            row.sort(by: >)
            let score = row.prefix(most).reduce(0.0) { $0 + Double($1) } / Double(most)
            level += Self.smoothing * (score - level)
            values.append(level)
        }
        self.values = values
    }
}

extension LabelledTable {
    /// Highest less lowest of the train part.
    fileprivate func columnRange(of values: [Float]) -> Double {
        var (low, high) = (Float.infinity, -Float.infinity)
        for value in values[..<trainRows] where !value.isNaN {
            low = min(low, value)
            high = max(high, value)
        }
        return high > low ? Double(high - low) : 1
    }
}

/// How often errors of a size came.
struct ErrorTail {
    /// Absolute, ascending.
    private let sizes: [Float]
    /// Beyond this size, and with this mean excess, the tail is an exponential one; `rest` is −log₁₀ of how often it
    /// is reached.
    private let border: Float
    private let excess: Float
    private let rest: Double

    /// The largest of the errors that the tail is fitted to.
    private static let fitted = 40

    init(_ errors: ArraySlice<Float>, least: Float) {
        sizes = errors.lazy.filter { !$0.isNaN }.map { abs($0) }.sorted()
        let top = sizes.suffix(Self.fitted)
        border = top.first ?? 0
        let border = border
        excess = max(least, top.reduce(0) { $0 + $1 - border } / Float(max(1, top.count)))
        rest = sizes.isEmpty ? 0 : -log10(Double(top.count) / Double(sizes.count + 1))
    }

    /// 0 for what is missing: it cannot surprise.
    func surprise(_ error: Float) -> Float {
        guard !error.isNaN, !sizes.isEmpty else { return 0 }
        let size = abs(error)
        if size > border {
            let beyond = rest + Double((size - border) / max(excess, .leastNormalMagnitude)) * M_LOG10E
            return Float(min(SurpriseScore.surpriseMax, beyond))
        }
        var (low, high) = (0, sizes.count)
        while low < high {
            let middle = (low + high) / 2
            if sizes[middle] < size { low = middle + 1 } else { high = middle }
        }
        return Float(-log10(Double(sizes.count + 1 - low) / Double(sizes.count + 1)))
    }
}
