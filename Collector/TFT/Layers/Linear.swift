package import Numerics

/// `y = x · Wᵀ + b`
package struct Linear: Sendable {
    let inputs: Int
    let outputs: Int
    let weight: Slot  // [outputs, inputs]
    let bias: Slot?  // [outputs]

    init(_ name: String, _ inputs: Int, _ outputs: Int, hasBias: Bool = true, in layout: inout ParameterLayout) {
        (self.inputs, self.outputs) = (inputs, outputs)
        weight = layout.add("\(name).weight", outputs, inputs)
        bias = hasBias ? layout.add("\(name).bias", outputs) : nil
    }

    /// The same layer stands in the file under `name` too.
    func alias(_ name: String, in layout: inout ParameterLayout) {
        layout.alias(weight, "\(name).weight")
        if let bias { layout.alias(bias, "\(name).bias") }
    }

    /// `x: [rows, inputs] → y: [rows, outputs]`
    package func forward(_ x: Matrix, _ parameters: [Float]) -> Matrix {
        precondition(x.columns == inputs)
        var y = Matrix(x.rows, outputs)
        multiply(x, byTransposeOf: parameters.span.extracting(weight.range), into: &y)
        if let bias { addToRows(parameters.span.extracting(bias.range), &y) }
        return y
    }
}
