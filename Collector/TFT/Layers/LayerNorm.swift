package import Numerics

/// `y = (x − mean) / √(variance + ε) · gain + shift`, per row. Ba et al. 2016, arXiv:1607.06450.
package struct LayerNorm: Sendable {
    static let epsilon: Float = 1e-5
    let gain: Slot  // [width]
    let shift: Slot  // [width]

    init(_ name: String, _ width: Int, in layout: inout ParameterLayout) {
        gain = layout.add("\(name).weight", width)
        shift = layout.add("\(name).bias", width)
    }

    func alias(_ name: String, in layout: inout ParameterLayout) {
        layout.alias(gain, "\(name).weight")
        layout.alias(shift, "\(name).bias")
    }

    /// `x: [rows, width] → y: [rows, width]`
    package func forward(_ x: Matrix, _ parameters: [Float]) -> Matrix {
        var y = x
        normaliseRows(
            &y, gain: parameters.span.extracting(gain.range), shift: parameters.span.extracting(shift.range),
            epsilon: Self.epsilon)
        return y
    }
}
