import CVector

/// Owns the numbers of a folded model where the kernels can point at them; they go when it does.
final class FoldedStore {
    private var blocks: [UnsafeMutableRawPointer] = []

    deinit { for block in blocks { block.deallocate() } }

    /// Room for `count` floats, zero, on a cache line's boundary.
    func room(_ count: Int) -> UnsafeMutablePointer<Float> {
        let padded = max(16, (count + 15) / 16 * 16)
        let block = UnsafeMutableRawPointer.allocate(byteCount: 4 * padded, alignment: 64)
        blocks.append(block)
        let floats = block.bindMemory(to: Float.self, capacity: padded)
        floats.initialize(repeating: 0, count: padded)
        return floats
    }

    func keep(_ values: [Float]) -> UnsafePointer<Float> {
        let room = room(values.count)
        for (i, value) in values.enumerated() { room[i] = value }
        return UnsafePointer(room)
    }

    func keep(_ values: [Double]) -> UnsafePointer<Float> { keep(values.map { Float($0) }) }

    func keep(_ variables: [vector_variable]) -> UnsafePointer<vector_variable> {
        let bytes = max(1, variables.count) * MemoryLayout<vector_variable>.stride
        let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        blocks.append(block)
        return UnsafePointer(block.initializeMemory(as: vector_variable.self, from: variables, count: variables.count))
    }

    func keep(_ slot: Slot, _ parameters: [Float]) -> UnsafePointer<Float> { keep(Array(parameters[slot.range])) }

    /// Rows in fours, as `vector_product` wants them: `[rows / 4][columns][4]`.
    func product(_ weight: Dense, bias: Dense?) -> FoldedProduct {
        let rows = (0..<(weight.rows + 3) / 4 * 4).map { $0 < weight.rows ? $0 : nil }
        return FoldedProduct(
            rows: weight.rows, inputs: weight.columns, weights: keep(pack(weight, rows)),
            bias: bias.map { bias in keep(rows.map { $0.map { bias.values[$0] } ?? 0 }) })
    }

    /// Two outputs and their two gates in a four, as `vector_gate` wants them. `weight: [2 · outputs, inputs]`
    func gate(_ weight: Dense, bias: Dense, _ norm: LayerNorm, _ parameters: [Float]) -> vector_gate {
        let outputs = weight.rows / 2
        let rows = stride(from: 0, to: outputs, by: 2).flatMap { i -> [Int?] in
            let hasSecond = i + 1 < outputs
            return [i, hasSecond ? i + 1 : nil, outputs + i, hasSecond ? outputs + i + 1 : nil]
        }
        return vector_gate(
            inputs: weight.columns, outputs: outputs, weights: keep(pack(weight, rows)),
            bias: keep(rows.map { $0.map { bias.values[$0] } ?? 0 }),
            gain: keep(norm.gain, parameters), shift: keep(norm.shift, parameters))
    }

    /// `rows`, a multiple of four of them, nil standing for a row of zeros.
    func pack(_ weight: Dense, _ rows: [Int?]) -> [Double] {
        var packed: [Double] = []
        packed.reserveCapacity(rows.count * weight.columns)
        for four in stride(from: 0, to: rows.count, by: 4) {
            for k in 0..<weight.columns {
                for row in rows[four..<four + 4] { packed.append(row.map { weight[$0, k] } ?? 0) }
            }
        }
        return packed
    }
}

/// `y = W x + b` over a block.
struct FoldedProduct {
    let rows: Int
    let inputs: Int
    let weights: UnsafePointer<Float>
    let bias: UnsafePointer<Float>?

    /// `x: [inputs]`, `add`, `y: [rows]` features of `lanes`.
    func callAsFunction(
        _ x: Block, lanes: Int, adding add: Block? = nil, isELU: Bool = false, into y: Block
    ) {
        vector_product(
            rows, lanes, inputs, weights, bias, x.start, x.stride, add?.start, add?.stride ?? 0, y.start, y.stride,
            isELU ? 1 : 0)
    }
}

/// A feature-major block: feature `f` of lane `l` stands at `start[f · stride + l]`.
struct Block {
    let start: UnsafeMutablePointer<Float>
    let stride: Int

    /// The same features from another lane on.
    func lanes(from first: Int) -> Block { Block(start: start + first, stride: stride) }

    /// From another feature on.
    func features(from first: Int) -> Block { Block(start: start + first * stride, stride: stride) }
}

extension vector_gate {
    /// `y = LayerNorm(glu(h) + skip)`
    func callAsFunction(_ h: Block, skip: Block, lanes: Int, into y: Block) {
        withUnsafePointer(to: self) {
            vector_gate_lanes($0, lanes, h.start, h.stride, skip.start, skip.stride, y.start, y.stride)
        }
    }
}

/// A gated residual network of one width: fc2 and the gate's fc have nothing between them, so they are one matrix.
struct FoldedNetwork {
    let first: FoldedProduct
    /// Of the context, where there is one: [width, width], without bias.
    let context: FoldedProduct?
    let gate: vector_gate

    init(_ network: GatedResidualNetwork, _ parameters: [Float], _ store: FoldedStore) {
        first = store.product(network.fc1.dense(parameters), bias: network.fc1.denseBias(parameters))
        context = network.context.map { store.product($0.dense(parameters), bias: nil) }
        gate = network.foldedGate(parameters, store)
    }

    /// `context` is already multiplied and spread over the lanes. `scratch: [width]`; `y` may be `x`.
    func callAsFunction(_ x: Block, lanes: Int, context: Block? = nil, scratch: Block, into y: Block) {
        first(x, lanes: lanes, adding: context, isELU: true, into: scratch)
        gate(scratch, skip: x, lanes: lanes, into: y)
    }
}

extension GatedResidualNetwork {
    /// `glu.fc · fc2`
    func foldedGate(_ parameters: [Float], _ store: FoldedStore) -> vector_gate {
        let fc = gateNorm.glu.fc
        let weight = fc.dense(parameters) * fc2.dense(parameters)
        let bias = fc.dense(parameters) * fc2.denseBias(parameters) + fc.denseBias(parameters)
        return store.gate(weight, bias: bias, gateNorm.norm, parameters)
    }
}
