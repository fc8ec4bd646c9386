package import Numerics

/// `y = LayerNorm(glu(fc2(elu(fc1 x + context c))) + r)`, with r = x, resampled where the widths differ. TFT eq. 2–4.
package struct GatedResidualNetwork: Sendable {
    let fc1: Linear
    let context: Linear?
    let fc2: Linear
    let gateNorm: GateNorm
    let resample: ResampleNorm?

    init(
        _ name: String, inputs: Int, hidden: Int, outputs: Int, context contextWidth: Int? = nil,
        in layout: inout ParameterLayout
    ) {
        fc1 = Linear("\(name).fc1", inputs, hidden, in: &layout)
        context = contextWidth.map { Linear("\(name).context", $0, hidden, hasBias: false, in: &layout) }
        fc2 = Linear("\(name).fc2", hidden, hidden, in: &layout)
        gateNorm = GateNorm("\(name).gate_norm", hidden, outputs, in: &layout)
        resample = inputs == outputs ? nil : ResampleNorm("\(name).resample_norm", inputs, outputs, in: &layout)
    }

    /// `x: [groups · n, inputs]`, `context: [groups, width] → y: [groups · n, outputs]`: one context for every n rows.
    package func forward(_ x: Matrix, context c: Matrix? = nil, _ parameters: [Float]) -> Matrix {
        var h = fc1.forward(x, parameters)
        if let context, let c { h.addToGroups(context.forward(c, parameters)) }
        elu(&h)
        h = fc2.forward(h, parameters)
        return gateNorm.forward(h, skip: resample?.forward(x, parameters) ?? x, parameters)
    }
}

extension Matrix {
    /// Row `g` of `groups` is added to the `g`-th of as many equal runs of rows.
    mutating func addToGroups(_ groups: Matrix) {
        precondition(groups.columns == columns && rows % max(groups.rows, 1) == 0)
        let (run, width) = (rows / max(groups.rows, 1), columns)
        values.withUnsafeMutableBufferPointer { y in
            groups.values.withUnsafeBufferPointer { group in
                for row in 0..<run * (group.count / max(width, 1)) {
                    let from = row / run * width
                    for i in 0..<width { y[row * width + i] += group[from + i] }
                }
            }
        }
    }
}
