/// A row-major block of floats and its shape; the only container the layers pass around.
package struct Matrix: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    package var values: [Float]

    package init(_ rows: Int, _ columns: Int, values: [Float]? = nil) {
        self.rows = rows
        self.columns = columns
        self.values = values ?? Array(repeating: 0, count: rows * columns)
        precondition(self.values.count == rows * columns)
    }

    package subscript(row: Int, column: Int) -> Float {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    /// The columns `range` of every row.
    package func columns(_ range: Range<Int>) -> Matrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns)
        var part = Matrix(rows, range.count)
        for row in 0..<rows {
            part.values.withUnsafeMutableBufferPointer { part in
                for (to, from) in range.enumerated() {
                    part[row * range.count + to] = values[row * columns + from]
                }
            }
        }
        return part
    }

    /// Writes `part` over the columns that begin at `first`. `part: [rows, n]`
    package mutating func setColumns(from first: Int, to part: Matrix) {
        precondition(part.rows == rows && first >= 0 && first + part.columns <= columns)
        let (width, count, rows) = (columns, part.columns, rows)
        values.withUnsafeMutableBufferPointer { to in
            part.values.withUnsafeBufferPointer { from in
                for row in 0..<rows {
                    for i in 0..<count { to[row * width + first + i] = from[row * count + i] }
                }
            }
        }
    }

    /// The rows `range`.
    package func rows(_ range: Range<Int>) -> Matrix {
        Matrix(range.count, columns, values: Array(values[range.lowerBound * columns..<range.upperBound * columns]))
    }

    package static func += (left: inout Matrix, right: Matrix) {
        precondition(left.rows == right.rows && left.columns == right.columns)
        left.values.withUnsafeMutableBufferPointer { left in
            right.values.withUnsafeBufferPointer { right in
                for i in left.indices { left[i] += right[i] }
            }
        }
    }
}
