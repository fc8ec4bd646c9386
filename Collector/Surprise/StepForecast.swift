import Glibc

/// Forecasts of one column, one step ahead: simple ones, weighted as the train part says they deserve.
///
/// The simple ones are the last value, two smoothed levels and the same time yesterday. The weights are those of least
/// squares, held a little towards the last value, so that columns that say nothing of each other stay apart and a
/// column that never moves is forecast as it stands.
struct StepForecast {
    private static let smoothing: [Float] = [0.4, 0.1]
    private static let members = 2 + smoothing.count
    /// Of the columns' variance: what pulls the weights towards the last value.
    private static let ridge = 1e-3

    /// Truth less forecast for each row; NaN where there is no truth or nothing to forecast from.
    static func errors(of values: [Float], trainRows: Int, season: Int) -> [Float] {
        let forecasts = members(of: values, season: season)
        let weights = weights(values, forecasts, rows: min(season, trainRows / 2)..<trainRows)
        return values.indices.map { row in
            var forecast = weights[members]
            for member in 0..<members { forecast += weights[member] * Double(forecasts[member][row]) }
            return values[row] - Float(forecast)
        }
    }

    /// `[member][row]`
    private static func members(of values: [Float], season: Int) -> [[Float]] {
        var found = [[Float]](repeating: .init(repeating: .nan, count: values.count), count: members)
        var (last, levels) = (Float.nan, [Float](repeating: .nan, count: smoothing.count))
        for (row, value) in values.enumerated() {
            let yesterday = row >= season ? values[row - season] : .nan
            found[0][row] = last
            found[1][row] = yesterday.isNaN ? last : yesterday
            for place in levels.indices { found[2 + place][row] = levels[place] }
            guard !value.isNaN else { continue }
            last = value
            for place in levels.indices {
                levels[place] = levels[place].isNaN ? value : levels[place] + smoothing[place] * (value - levels[place])
            }
        }
        return found
    }

    /// One for each member and a constant.
    private static func weights(_ values: [Float], _ forecasts: [[Float]], rows: Range<Int>) -> [Double] {
        let size = members + 1
        var (square, right) = ([Double](repeating: 0, count: size * size), [Double](repeating: 0, count: size))
        var (count, sum, sumOfSquares) = (0.0, 0.0, 0.0)
        for row in rows where !values[row].isNaN && forecasts.allSatisfy({ !$0[row].isNaN }) {
            let x = forecasts.map { Double($0[row]) } + [1]
            // What the last value leaves to be said.
            let rest = Double(values[row]) - x[0]
            count += 1
            sum += Double(values[row])
            sumOfSquares += Double(values[row]) * Double(values[row])
            for i in 0..<size {
                right[i] += x[i] * rest
                for j in 0..<size { square[i * size + j] += x[i] * x[j] }
            }
        }
        var weights = [Double](repeating: 0, count: size)
        weights[0] = 1
        guard count > Double(10 * size) else { return weights }
        let variance = max(0, sumOfSquares - sum * sum / count)
        for i in 0..<members { square[i * size + i] += ridge * variance + 1e-9 * (1 + sumOfSquares) }
        square[size * size - 1] += 1e-9 * count
        guard let change = solve(square, right) else { return weights }
        return zip(weights, change).map { $0 + $1 }
    }

    /// Gauss and Jordan with pivots; nil for a system without one answer.
    private static func solve(_ square: [Double], _ right: [Double]) -> [Double]? {
        let size = right.count
        var (a, b) = (square, right)
        for column in 0..<size {
            let pivot = (column..<size).max { abs(a[$0 * size + column]) < abs(a[$1 * size + column]) } ?? column
            guard abs(a[pivot * size + column]) > 1e-300 else { return nil }
            if pivot != column {
                for k in 0..<size { a.swapAt(pivot * size + k, column * size + k) }
                b.swapAt(pivot, column)
            }
            for row in 0..<size where row != column {
                let factor = a[row * size + column] / a[column * size + column]
                guard factor != 0 else { continue }
                for k in column..<size { a[row * size + k] -= factor * a[column * size + k] }
                b[row] -= factor * b[column]
            }
        }
        let answer = (0..<size).map { b[$0] / a[$0 * size + $0] }
        return answer.allSatisfy(\.isFinite) ? answer : nil
    }
}
