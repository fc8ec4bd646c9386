package import Numerics

/// Brings rows to another width: linear interpolation with aligned corners, times `2σ(mask)`, then a layer norm.
/// What the reference adds to the paper, so that a residual can skip a change of width.
package struct ResampleNorm: Sendable {
    let inputs: Int
    let outputs: Int
    let mask: Slot  // [outputs]
    let norm: LayerNorm

    init(_ name: String, _ inputs: Int, _ outputs: Int, in layout: inout ParameterLayout) {
        (self.inputs, self.outputs) = (inputs, outputs)
        mask = layout.add("\(name).mask", outputs)
        norm = LayerNorm("\(name).norm", outputs, in: &layout)
    }

    /// `x: [rows, inputs] → y: [rows, outputs]`
    package func forward(_ x: Matrix, _ parameters: [Float]) -> Matrix {
        let scale = scales(parameters)
        let places = places()
        var y = Matrix(x.rows, outputs)
        y.values.withUnsafeMutableBufferPointer { y in
            x.values.withUnsafeBufferPointer { x in
                for row in 0..<y.count / outputs {
                    for (j, place) in places.enumerated() {
                        let (left, right) = (x[row * inputs + place.left], x[row * inputs + place.right])
                        y[row * outputs + j] = (left + (right - left) * place.fraction) * scale[j]
                    }
                }
            }
        }
        return norm.forward(y, parameters)
    }

    /// `2σ(mask)`: [outputs]
    func scales(_ parameters: [Float]) -> [Float] {
        var scale = Array(parameters[mask.range])
        sigmoid(&scale)
        return scale.map { 2 * $0 }
    }

    /// Where output `j` lies between two inputs: at j · (inputs − 1) / (outputs − 1).
    func places() -> [(left: Int, right: Int, fraction: Float)] {
        (0..<outputs).map { j in
            guard inputs > 1, outputs > 1 else { return (0, 0, 0) }
            let position = Float(j) * (Float(inputs - 1) / Float(outputs - 1))
            let left = min(Int(position), inputs - 1)
            return (left, min(left + 1, inputs - 1), position - Float(left))
        }
    }
}
