package import Numerics

/// `glu(x) = a ⊙ σ(b)`, `[a | b] = fc(x)`. TFT eq. 5; Dauphin et al. 2017, arXiv:1612.08083.
package struct GatedLinearUnit: Sendable {
    let fc: Linear  // inputs → 2 · outputs

    init(_ name: String, _ inputs: Int, _ outputs: Int, in layout: inout ParameterLayout) {
        fc = Linear("\(name).fc", inputs, 2 * outputs, in: &layout)
    }

    /// `x: [rows, inputs] → y: [rows, outputs]`
    package func forward(_ x: Matrix, _ parameters: [Float]) -> Matrix {
        gatedHalf(of: fc.forward(x, parameters))
    }
}

/// `LayerNorm(glu(x) + skip)`
package struct GateNorm: Sendable {
    let glu: GatedLinearUnit
    let norm: LayerNorm

    init(_ name: String, _ inputs: Int, _ outputs: Int, in layout: inout ParameterLayout) {
        glu = GatedLinearUnit("\(name).glu", inputs, outputs, in: &layout)
        norm = LayerNorm("\(name).add_norm.norm", outputs, in: &layout)
    }

    /// `x: [rows, inputs]`, `skip: [rows, outputs] → y: [rows, outputs]`
    package func forward(_ x: Matrix, skip: Matrix, _ parameters: [Float]) -> Matrix {
        var y = glu.forward(x, parameters)
        y += skip
        return norm.forward(y, parameters)
    }
}
