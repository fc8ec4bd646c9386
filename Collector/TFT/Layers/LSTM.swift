package import Numerics

/// Long short-term memory, layer upon layer, with PyTorch's gate order (input, forget, cell, output) and its two
/// biases. Hochreiter & Schmidhuber 1997; https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
package struct LSTM: Sendable {
    struct Layer: Sendable {
        let inputWeight: Slot  // [4H, H]
        let hiddenWeight: Slot  // [4H, H]
        let inputBias: Slot  // [4H]
        let hiddenBias: Slot  // [4H]
    }

    let width: Int
    let layers: [Layer]

    init(_ name: String, _ width: Int, layers count: Int, in layout: inout ParameterLayout) {
        self.width = width
        layers = (0..<count).map { i in
            Layer(
                inputWeight: layout.add("\(name).weight_ih_l\(i)", 4 * width, width),
                hiddenWeight: layout.add("\(name).weight_hh_l\(i)", 4 * width, width),
                inputBias: layout.add("\(name).bias_ih_l\(i)", 4 * width),
                hiddenBias: layout.add("\(name).bias_hh_l\(i)", 4 * width))
        }
    }

    /// Hidden and cell state of every layer, `[hosts, H]` each.
    package struct State: Sendable {
        package var hidden: [Matrix]
        package var cell: [Matrix]
    }

    /// `x: [hosts · steps, H] → y: [hosts · steps, H]` and the last state of each host at its own length. Beyond a
    /// host's length its state stands still and y is 0.
    package func forward(
        _ x: Matrix, lengths: [Int], from start: State, _ parameters: [Float]
    ) -> (y: Matrix, end: State) {
        let hosts = lengths.count
        let steps = x.rows / max(hosts, 1)
        var state = start
        var y = x
        for (l, layer) in layers.enumerated() {
            // The input products of all steps at once; only the recurrent product must wait for the step before.
            var gates = Matrix(x.rows, 4 * width)
            multiply(y, byTransposeOf: parameters.span.extracting(layer.inputWeight.range), into: &gates)
            addToRows(parameters.span.extracting(layer.inputBias.range), &gates)
            addToRows(parameters.span.extracting(layer.hiddenBias.range), &gates)
            y = Matrix(x.rows, width)
            for step in 0..<steps {
                var stepGates = Matrix(hosts, 4 * width)
                multiply(
                    state.hidden[l], byTransposeOf: parameters.span.extracting(layer.hiddenWeight.range),
                    into: &stepGates)
                stepGates.add(gates, step: step, of: steps)
                let before = (hidden: state.hidden[l], cell: state.cell[l])
                stepLSTM(gates: stepGates, cell: &state.cell[l], hidden: &state.hidden[l])
                for host in 0..<hosts {
                    let part = host * width..<(host + 1) * width
                    if step < lengths[host] {
                        let row = (host * steps + step) * width
                        y.values.replaceSubrange(row..<row + width, with: state.hidden[l].values[part])
                    } else {
                        state.hidden[l].values.replaceSubrange(part, with: before.hidden.values[part])
                        state.cell[l].values.replaceSubrange(part, with: before.cell.values[part])
                    }
                }
            }
        }
        return (y, state)
    }
}

extension Matrix {
    /// Adds row `step` of every host's run of `steps` rows of `sequence` to the host's row here.
    fileprivate mutating func add(_ sequence: Matrix, step: Int, of steps: Int) {
        let (hosts, width) = (rows, columns)
        values.withUnsafeMutableBufferPointer { y in
            sequence.values.withUnsafeBufferPointer { x in
                for host in 0..<hosts {
                    let from = (host * steps + step) * width
                    for i in 0..<width { y[host * width + i] += x[from + i] }
                }
            }
        }
    }
}
