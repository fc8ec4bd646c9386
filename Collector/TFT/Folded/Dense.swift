/// A small matrix in double precision: what folding is done in, so that it costs no accuracy.
struct Dense {
    let rows: Int
    let columns: Int
    var values: [Double]

    init(_ rows: Int, _ columns: Int) {
        (self.rows, self.columns) = (rows, columns)
        values = Array(repeating: 0, count: rows * columns)
    }

    init(_ slot: Slot, _ parameters: [Float]) {
        rows = slot.shape[0]
        columns = slot.shape.count > 1 ? slot.shape[1] : 1
        values = parameters[slot.range].map { Double($0) }
    }

    subscript(row: Int, column: Int) -> Double {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    static func * (a: Dense, b: Dense) -> Dense {
        precondition(a.columns == b.rows)
        var product = Dense(a.rows, b.columns)
        for i in 0..<a.rows {
            for k in 0..<a.columns where a[i, k] != 0 {
                for j in 0..<b.columns { product[i, j] += a[i, k] * b[k, j] }
            }
        }
        return product
    }

    static func + (a: Dense, b: Dense) -> Dense {
        precondition(a.rows == b.rows && a.columns == b.columns)
        var sum = a
        for i in sum.values.indices { sum.values[i] += b.values[i] }
        return sum
    }

    func scaled(_ factor: Double) -> Dense {
        var copy = self
        for i in copy.values.indices { copy.values[i] *= factor }
        return copy
    }

    /// The rows of `a`, then those of `b`.
    static func stack(_ parts: [Dense]) -> Dense {
        let columns = parts.first?.columns ?? 0
        precondition(parts.allSatisfy { $0.columns == columns })
        var all = Dense(parts.reduce(0) { $0 + $1.rows }, columns)
        all.values = parts.flatMap(\.values)
        return all
    }
}

extension Linear {
    func dense(_ parameters: [Float]) -> Dense { Dense(weight, parameters) }

    /// [outputs, 1]; zeros where the layer has none.
    func denseBias(_ parameters: [Float]) -> Dense { bias.map { Dense($0, parameters) } ?? Dense(outputs, 1) }
}

extension ResampleNorm {
    /// The interpolation and the mask as one matrix: [outputs, inputs].
    func dense(_ parameters: [Float]) -> Dense {
        var matrix = Dense(outputs, inputs)
        let scale = scales(parameters)
        for (j, place) in places().enumerated() {
            matrix[j, place.left] += Double(scale[j]) * (1 - Double(place.fraction))
            matrix[j, place.right] += Double(scale[j]) * Double(place.fraction)
        }
        return matrix
    }
}
