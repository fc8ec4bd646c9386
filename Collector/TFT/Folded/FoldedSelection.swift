import CVector
import Numerics

/// A variable selection network, folded.
///
/// A real variable enters as one number x, so its prescaler, fc1 and residual are straight lines in x; the vectors
/// side by side that decide the weights are linear in all x and in the classes, written as one-hot columns. What is
/// left per step is one small product for the weights, and one per variable after its only non-linearity.
struct FoldedSelection {
    /// Reals and, behind them, one column for each class of each categorical.
    let inputs: Int
    let reals: Int
    let classCounts: [Int]
    let width: Int
    let count: Int

    private let hidden: FoldedProduct?
    /// Of the static context: [hidden, H].
    let context: FoldedProduct?
    private let residual: FoldedProduct?
    private let residualNorm: (gain: UnsafePointer<Float>, shift: UnsafePointer<Float>)?
    private let gate: vector_gate?
    /// One for each real.
    private let variables: UnsafePointer<vector_variable>
    /// What one variable's kernel wants.
    private let oneVariable: Int
    /// What each class becomes after its network: [H, classes], for each categorical.
    private let classes: [FoldedProduct]

    var hiddenWidth: Int { hidden?.rows ?? 0 }

    init(_ selection: VariableSelection, _ parameters: [Float], _ store: FoldedStore) {
        width = selection.outputs
        count = selection.variables.count
        reals = count - selection.categoricalCount
        var classCounts: [Int] = []
        var (variables, classes): ([vector_variable], [FoldedProduct]) = ([], [])
        for variable in selection.variables {
            switch variable {
            case .categorical(let embedding, let network):
                classCounts.append(embedding.classes)
                classes.append(Self.classes(embedding, network, parameters, store))
            case .real(let prescaler, let network):
                variables.append(Self.variable(prescaler, network, parameters, store))
            }
        }
        self.classCounts = classCounts
        self.classes = classes
        self.variables = store.keep(variables)
        oneVariable = 16 * variables.reduce(0) { max($0, $1.gate.inputs + $1.gate.outputs) }
        inputs = reals + classCounts.reduce(0, +)
        guard let weights = selection.weights else {
            (hidden, context, residual, residualNorm, gate) = (nil, nil, nil, nil, nil)
            return
        }
        let (flat, constant) = Self.flat(selection, inputs: inputs, reals: reals, parameters)
        let fc1 = weights.fc1.dense(parameters)
        hidden = store.product(fc1 * flat, bias: fc1 * constant + weights.fc1.denseBias(parameters))
        context = weights.context.map { store.product($0.dense(parameters), bias: nil) }
        let resample = weights.resample?.dense(parameters)
        residual = store.product(
            resample.map { $0 * flat } ?? flat, bias: resample.map { $0 * constant } ?? constant)
        residualNorm = weights.resample.map {
            (store.keep($0.norm.gain, parameters), store.keep($0.norm.shift, parameters))
        }
        gate = weights.foldedGate(parameters, store)
    }

    /// The vectors side by side as `flat · [reals | one-hot classes] + constant`.
    private static func flat(
        _ selection: VariableSelection, inputs: Int, reals: Int, _ parameters: [Float]
    ) -> (matrix: Dense, constant: Dense) {
        let total = selection.variables.reduce(0) { $0 + $1.width }
        var (matrix, constant) = (Dense(total, inputs), Dense(total, 1))
        var (row, real, column) = (0, 0, reals)
        for variable in selection.variables {
            switch variable {
            case .categorical(let embedding, _):
                let table = Dense(embedding.table, parameters)
                for c in 0..<embedding.classes {
                    for i in 0..<embedding.width { matrix[row + i, column + c] = table[c, i] }
                }
                column += embedding.classes
            case .real(let prescaler, _):
                let (slope, start) = (prescaler.dense(parameters), prescaler.denseBias(parameters))
                for i in 0..<prescaler.outputs {
                    matrix[row + i, real] = slope[i, 0]
                    constant[row + i, 0] = start[i, 0]
                }
                real += 1
            }
            row += variable.width
        }
        return (matrix, constant)
    }

    private static func classes(
        _ embedding: Embedding, _ network: ResampleNorm, _ parameters: [Float], _ store: FoldedStore
    ) -> FoldedProduct {
        let vectors = embedding.forward((0..<embedding.classes).map { Int32($0) }, parameters)
        let after = network.forward(vectors, parameters)
        var table = Dense(after.columns, after.rows)
        for c in 0..<after.rows {
            for i in 0..<after.columns { table[i, c] = Double(after[c, i]) }
        }
        return store.product(table, bias: nil)
    }

    private static func variable(
        _ prescaler: Linear, _ network: GatedResidualNetwork, _ parameters: [Float], _ store: FoldedStore
    ) -> vector_variable {
        let (slope, start) = (prescaler.dense(parameters), prescaler.denseBias(parameters))
        let fc1 = network.fc1.dense(parameters)
        let outputs = network.gateNorm.glu.fc.outputs / 2
        var (line, lineStart, shift) = (slope.values, start.values, [Double](repeating: 0, count: outputs))
        var (square, vertex, least) = (0.0, 0.0, 1.0)
        if let resample = network.resample {
            // LayerNorm takes the mean away; what remains is a line, whose mean square is a parabola in x.
            let matrix = resample.dense(parameters)
            let (p, q) = (centred((matrix * slope).values), centred((matrix * start).values))
            let n = Double(outputs)
            square = zip(p, p).reduce(0) { $0 + $1.0 * $1.1 } / n
            let mixed = zip(p, q).reduce(0) { $0 + $1.0 * $1.1 } / n
            let constant = zip(q, q).reduce(0) { $0 + $1.0 * $1.1 } / n
            vertex = square > 0 ? -mixed / square : 0
            least = max(0, square > 0 ? constant - mixed * mixed / square : constant) + Double(LayerNorm.epsilon)
            let gain = parameters[resample.norm.gain.range].map { Double($0) }
            line = zip(p, gain).map { $0 * $1 }
            lineStart = zip(q, gain).map { $0 * $1 }
            shift = parameters[resample.norm.shift.range].map { Double($0) }
        }
        return vector_variable(
            gate: network.foldedGate(parameters, store),
            hidden_slope: store.keep((fc1 * slope).values),
            hidden_start: store.keep((fc1 * start + network.fc1.denseBias(parameters)).values),
            residual_slope: store.keep(line), residual_start: store.keep(lineStart), residual_shift: store.keep(shift),
            square: Float(square), vertex: Float(vertex), least: Float(least))
    }

    private static func centred(_ x: [Double]) -> [Double] {
        let mean = x.reduce(0, +) / Double(max(1, x.count))
        return x.map { $0 - mean }
    }

    /// Floats of scratch that `callAsFunction` wants, for a block of `stride` lanes.
    func scratchCount(stride: Int) -> Int {
        max(oneVariable + shared, max(hiddenWidth, classCounts.max() ?? 0) * stride)
    }

    /// Values of all variables for one lane a step, and a row of numbers and of ones.
    private var shared: Int { 16 * (reals * width + 2) }

    /// `x: [inputs]`, `context`, already multiplied and spread over the lanes: [hidden width] → `y: [H]`, `weights:
    /// [count]`. `isHostALane`: each run of 16 lanes is one step of 16 hosts.
    func callAsFunction(
        _ x: Block, lanes: Int, isHostALane: Bool, context: Block?, scratch: UnsafeMutablePointer<Float>,
        into y: Block, weights: Block
    ) {
        let h = Block(start: scratch, stride: x.stride)
        if let hidden, let residual, let gate {
            hidden(x, lanes: lanes, adding: context, isELU: true, into: h)
            residual(x, lanes: lanes, into: weights)
            if let norm = residualNorm {
                vector_norm_lanes(count, lanes, weights.start, weights.stride, norm.gain, norm.shift)
            }
            gate(h, skip: weights, lanes: lanes, into: weights)
            vector_softmax_lanes(count, lanes, weights.start, weights.stride)
        } else {
            for lane in 0..<lanes { weights.start[lane] = 1 }
        }
        for f in 0..<width { (y.start + f * y.stride).update(repeating: 0, count: lanes) }
        var column = reals
        for c in 0..<classes.count {
            // The classes' shares: their one-hot columns times the variable's weight.
            let weight = weights.start + c * weights.stride
            for k in 0..<classCounts[c] {
                let (from, to) = (x.start + (column + k) * x.stride, h.start + k * h.stride)
                for lane in 0..<lanes { to[lane] = from[lane] * weight[lane] }
            }
            classes[c](h, lanes: lanes, adding: y, into: y)
            column += classCounts[c]
        }
        addVariables(x, lanes: lanes, isHostALane: isHostALane, scratch: scratch, into: y, weights: weights)
    }

    private func addVariables(
        _ x: Block, lanes: Int, isHostALane: Bool, scratch: UnsafeMutablePointer<Float>, into y: Block, weights: Block
    ) {
        let numbers = scratch + oneVariable
        let (ones, values) = (numbers + 16, numbers + 32)
        let steps = lanes / 16
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: reals) { rows in
            var count = 0
            for v in 0..<reals {
                let (row, weight) = (x.start + v * x.stride, weights.start + (classes.count + v) * weights.stride)
                let isShared = isHostALane && steps > 1 && steps <= 16 && vector_is_shared(lanes, row) != 0
                guard isShared else {
                    vector_variable_lanes(variables + v, lanes, row, weight, y.start, y.stride, scratch)
                    continue
                }
                // The hour is the same for all hosts of a step: one lane a step is enough.
                for step in 0..<16 { (numbers[step], ones[step]) = (step < steps ? row[16 * step] : 0, 1) }
                let value = values + count * width * 16
                value.update(repeating: 0, count: width * 16)
                vector_variable_lanes(variables + v, 16, numbers, ones, value, 16, scratch)
                rows[count] = UnsafePointer(weight)
                count += 1
            }
            if count > 0, let rows = rows.baseAddress {
                vector_add_shared(width, count, lanes, values, rows, y.start, y.stride)
            }
        }
    }
}
