package import Numerics

/// Category → vector.
package struct Embedding: Sendable {
    let classes: Int
    let width: Int
    let table: Slot  // [classes, width]

    init(_ name: String, _ variable: TFTConfig.Categorical, in layout: inout ParameterLayout) {
        (classes, width) = (variable.classes, variable.width)
        table = layout.add("\(name).weight", classes, width)
    }

    /// `categories: [rows] → y: [rows, width]`. A class that does not exist is class 0, the one for "unknown".
    package func forward(_ categories: [Int32], _ parameters: [Float]) -> Matrix {
        var y = Matrix(categories.count, width)
        let table = parameters[table.range]
        y.values.withUnsafeMutableBufferPointer { y in
            table.withUnsafeBufferPointer { table in
                for (row, category) in categories.enumerated() {
                    let known = category >= 0 && category < classes ? Int(category) : 0
                    for i in 0..<width { y[row * width + i] = table[known * width + i] }
                }
            }
        }
        return y
    }
}
