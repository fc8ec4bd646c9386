import CVector

// The elementwise functions of the layers, over CVector's kernels, which state their errors.

/// The CPU level whose kernels are in use.
package func vectorLevel() -> String { String(cString: vector_level()) }

/// `x` where positive, `exp(x) − 1` elsewhere. Clevert et al. 2015, arXiv:1511.07289.
package func elu(_ x: inout Matrix) {
    x.values.withUnsafeMutableBufferPointer { x in
        guard let start = x.baseAddress else { return }
        vector_elu(x.count, start, start)
    }
}

/// `x[i] = σ(x[i])`
package func sigmoid(_ x: inout [Float]) {
    x.withUnsafeMutableBufferPointer { x in
        guard let start = x.baseAddress else { return }
        vector_sigmoid(x.count, start, start)
    }
}

/// `x[i] = tanh(x[i])`
package func tanh(_ x: inout [Float]) {
    x.withUnsafeMutableBufferPointer { x in
        guard let start = x.baseAddress else { return }
        vector_tanh(x.count, start, start)
    }
}

/// `x[i] = eˣ⁽ⁱ⁾`
package func exp(_ x: inout [Float]) {
    x.withUnsafeMutableBufferPointer { x in
        guard let start = x.baseAddress else { return }
        vector_exp(x.count, start, start)
    }
}

/// `y = a ⊙ σ(b)` with `x = [a | b]: [rows, 2 · width] → y: [rows, width]`
package func gatedHalf(of x: Matrix) -> Matrix {
    precondition(x.columns % 2 == 0)
    var y = Matrix(x.rows, x.columns / 2)
    let width = y.columns
    y.values.withUnsafeMutableBufferPointer { y in
        x.values.withUnsafeBufferPointer { from in
            guard let from = from.baseAddress, let y = y.baseAddress else { return }
            vector_glu_rows(x.rows, width, from, y)
        }
    }
    return y
}

/// Softmax of every row, of its first `width` numbers only where that is given.
package func softmaxRows(_ x: inout Matrix, width: Int? = nil) {
    let (rows, stride) = (x.rows, x.columns)
    let width = width ?? stride
    precondition(width > 0 && width <= stride)
    x.values.withUnsafeMutableBufferPointer { x in
        guard let x = x.baseAddress else { return }
        vector_softmax_rows(rows, width, stride, x)
    }
}

/// `y = (x − mean) / √(variance + ε) · gain + shift`, by rows, in place. `gain`, `shift`: `[x.columns]`
package func normaliseRows(_ x: inout Matrix, gain: Span<Float>, shift: Span<Float>, epsilon: Float) {
    let (rows, width) = (x.rows, x.columns)
    precondition(gain.count == width && shift.count == width)
    x.values.withUnsafeMutableBufferPointer { x in
        gain.withUnsafeBufferPointer { gain in
            shift.withUnsafeBufferPointer { shift in
                guard let x = x.baseAddress, let gain = gain.baseAddress, let shift = shift.baseAddress else { return }
                vector_norm_rows(rows, width, x, gain, shift, epsilon, x)
            }
        }
    }
}

/// `y[r, i] += x[i]` for every row.
package func addToRows(_ x: Span<Float>, _ y: inout Matrix) {
    let (rows, width) = (y.rows, y.columns)
    precondition(x.count == width)
    y.values.withUnsafeMutableBufferPointer { y in
        x.withUnsafeBufferPointer { x in
            guard let x = x.baseAddress, let y = y.baseAddress else { return }
            vector_add_to_rows(rows, width, x, y)
        }
    }
}

/// `y[r, i] += weights[r, column] · x[r, i]`
package func addRows(_ x: Matrix, weightedBy weights: Matrix, column: Int, to y: inout Matrix) {
    precondition(x.rows == y.rows && x.columns == y.columns && weights.rows == x.rows && column < weights.columns)
    y.values.withUnsafeMutableBufferPointer { y in
        x.values.withUnsafeBufferPointer { from in
            weights.values.withUnsafeBufferPointer { weight in
                guard let from = from.baseAddress, let weight = weight.baseAddress, let y = y.baseAddress else {
                    return
                }
                vector_add_weighted_rows(x.rows, x.columns, weight + column, weights.columns, from, y)
            }
        }
    }
}

/// One step of an LSTM cell. `gates: [rows, 4 · width]` before activation, in the order input, forget, cell, output;
/// `cell: [rows, width]` in and out; `hidden: [rows, width]` out.
package func stepLSTM(gates: Matrix, cell: inout Matrix, hidden: inout Matrix) {
    precondition(gates.columns == 4 * cell.columns && gates.rows == cell.rows && hidden.rows == cell.rows)
    let (rows, width) = (cell.rows, cell.columns)
    cell.values.withUnsafeMutableBufferPointer { cell in
        hidden.values.withUnsafeMutableBufferPointer { hidden in
            gates.values.withUnsafeBufferPointer { gates in
                guard let gates = gates.baseAddress, let cell = cell.baseAddress, let hidden = hidden.baseAddress
                else { return }
                vector_lstm_rows(rows, width, gates, cell, hidden)
            }
        }
    }
}

/// `eˣ` of one number, as the array's is computed.
package func exponential(_ x: Float) -> Float {
    var (from, to) = (x, Float(0))
    vector_exp(1, &from, &to)
    return to
}

/// `x[i] = sinh(x[i])`, beyond ±20 as at ±20; 3e-7 of the value or absolute, whichever is more.
package func sinh(_ x: UnsafeMutableBufferPointer<Float>) {
    guard let start = x.baseAddress else { return }
    for i in 0..<x.count { start[i] = min(max(start[i], -20), 20) }
    vector_exp(x.count, start, start)
    for i in 0..<x.count { start[i] = 0.5 * (start[i] - 1 / start[i]) }
}
