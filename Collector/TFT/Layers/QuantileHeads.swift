package import Numerics

/// One linear head per target: H → Q quantiles.
package struct QuantileHeads: Sendable {
    let heads: [Linear]

    init(_ name: String, _ width: Int, targets: Int, quantiles: Int, in layout: inout ParameterLayout) {
        heads = (0..<targets).map { i in
            // The reference numbers its heads only where there are several.
            Linear(targets == 1 ? name : "\(name).\(i)", width, quantiles, in: &layout)
        }
    }

    /// `x: [rows, H] → [rows, Q]` for each target.
    package func forward(_ x: Matrix, _ parameters: [Float]) -> [Matrix] {
        heads.map { $0.forward(x, parameters) }
    }
}
