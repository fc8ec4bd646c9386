import CVector

/// One linear layer, or several with the same input stacked into one product.
struct TrainedLinear {
    private struct Part {
        let weight: Range<Int>
        let biases: [Range<Int>]
        let first: Int
        let rows: Int
    }

    let packing: TilePacking
    private let parts: [Part]
    /// Its gradients lie where the parameters do, so there is nothing to bring home.
    private let isDirect: Bool

    init(_ linears: [Linear], _ space: inout GradientSpace, _ store: FoldedStore) {
        self.init(linears.map { ($0.weight, $0.bias.map { [$0] } ?? []) }, &space, store)
    }

    init(_ linear: Linear, _ space: inout GradientSpace, _ store: FoldedStore) { self.init([linear], &space, store) }

    /// Biases of one weight are added up.
    init(_ slots: [(weight: Slot, biases: [Slot])], _ space: inout GradientSpace, _ store: FoldedStore) {
        var (parts, rows): ([Part], Int) = ([], 0)
        for slot in slots {
            let count = slot.weight.shape[0]
            parts.append(
                Part(weight: slot.weight.range, biases: slot.biases.map(\.range), first: rows, rows: count))
            rows += count
        }
        let inputs = slots.first?.weight.shape[1] ?? 0
        let hasBias = slots.contains { !$0.biases.isEmpty }
        isDirect = parts.count == 1 && (parts.first?.biases.count ?? 0) <= 1
        var (weightAt, biasAt): (Int, Int?) = (parts.first?.weight.lowerBound ?? 0, nil)
        if !isDirect { weightAt = space.reserve(rows * inputs) }
        if hasBias { biasAt = isDirect ? parts.first?.biases.first?.lowerBound : space.reserve(rows) }
        self.parts = parts
        packing = TilePacking(inputs: inputs, outputs: rows, weightAt: weightAt, biasAt: biasAt, store)
    }

    func refresh(_ parameters: UnsafePointer<Float>) {
        packing.clearBias()
        for part in parts {
            packing.pack(parameters + part.weight.lowerBound, first: part.first, rows: part.rows)
            for bias in part.biases {
                packing.addBias(parameters + bias.lowerBound, first: part.first, rows: part.rows)
            }
        }
    }

    func collect(_ gradients: UnsafeMutablePointer<Float>) {
        guard !isDirect else { return }
        for part in parts {
            let from = gradients + packing.weightAt + part.first * packing.inputs
            for i in 0..<part.weight.count { gradients[part.weight.lowerBound + i] += from[i] }
            for bias in part.biases {
                for i in 0..<part.rows {
                    gradients[bias.lowerBound + i] += gradients[packing.biasAt + part.first + i]
                }
            }
        }
    }
}

extension LayerNorm {
    /// The kernels read gain and shift where they lie among the parameters.
    func tileNorm(_ parameters: UnsafePointer<Float>) -> vector_tile_norm {
        vector_tile_norm(
            width: gain.range.count, gain: parameters + gain.range.lowerBound,
            shift: parameters + shift.range.lowerBound, gain_at: gain.range.lowerBound,
            shift_at: shift.range.lowerBound)
    }
}

/// `y = LayerNorm(glu(dropout(h)) + skip)`
struct TrainedGate {
    let fc: TrainedLinear
    let gate: vector_tile_gate
    /// Which of the model's dropouts this is; nil where there is none.
    let site: Int?

    /// Features of a tile of its tape.
    var tapeWidth: Int { gate.fc.inputs + 3 * gate.norm.width + 1 }

    init(
        _ glu: GatedLinearUnit, _ norm: LayerNorm, site: Int?, _ parameters: UnsafePointer<Float>,
        _ space: inout GradientSpace, _ store: FoldedStore
    ) {
        fc = TrainedLinear(glu.fc, &space, store)
        gate = vector_tile_gate(fc: fc.packing.linear, norm: norm.tileNorm(parameters))
        self.site = site
    }

    func forward(_ run: TileRun, _ h: Tiles, skip: Tiles, tape: Tiles, into y: Tiles) {
        withUnsafePointer(to: gate) {
            vector_tile_gate_forward(
                $0, run.dropout(site), run.first, run.tiles, h.start, h.stride, skip.start, skip.stride, tape.start,
                y.start, y.stride)
        }
    }

    /// Sets `dh` and adds to `dskip`.
    func backward(_ run: TileRun, tape: Tiles, _ dy: Tiles, into dh: Tiles, skip dskip: Tiles?) {
        withUnsafePointer(to: gate) {
            vector_tile_gate_back(
                $0, run.dropout(site), run.first, run.tiles, tape.start, dy.start, dy.stride, dh.start, dh.stride,
                dskip?.start, dskip?.stride ?? 0, run.gradients, run.scratch)
        }
    }
}

/// A gated residual network of one width.
struct TrainedNetwork {
    let fc1: TrainedLinear
    let context: TrainedLinear?
    let fc2: TrainedLinear
    let gate: TrainedGate
    var width: Int { fc1.packing.outputs }

    /// What the forward pass leaves for the backward.
    struct Tape {
        let hidden: Tiles
        let gate: Tiles

        init(_ network: TrainedNetwork, tiles: Int, _ store: FoldedStore) {
            hidden = Tiles(store, tiles: tiles, features: network.width)
            gate = Tiles(store, tiles: tiles, features: network.gate.tapeWidth)
        }

        func from(_ tile: Int) -> (hidden: Tiles, gate: Tiles) { (hidden.from(tile), gate.from(tile)) }
    }

    init(
        _ network: GatedResidualNetwork, site: Int, _ parameters: UnsafePointer<Float>, _ space: inout GradientSpace,
        _ store: FoldedStore
    ) {
        fc1 = TrainedLinear(network.fc1, &space, store)
        context = network.context.map { TrainedLinear($0, &space, store) }
        fc2 = TrainedLinear(network.fc2, &space, store)
        gate = TrainedGate(
            network.gateNorm.glu, network.gateNorm.norm, site: site, parameters, &space, store)
    }

    var linears: [TrainedLinear] { [fc1, fc2, gate.fc] + (context.map { [$0] } ?? []) }

    /// `context`, already multiplied: one tile for all. `room`: tiles of H.
    func forward(
        _ run: TileRun, _ x: Tiles, context: UnsafePointer<Float>? = nil, tape: (hidden: Tiles, gate: Tiles),
        room: Tiles, into y: Tiles
    ) {
        fc1.packing.forward(run.tiles, x, adding: context, isELU: true, into: tape.hidden)
        fc2.packing.forward(run.tiles, tape.hidden, into: room)
        gate.forward(run, room, skip: x, tape: tape.gate, into: y)
    }

    /// Adds to `dx`, and to `dcontext`, one tile. `rooms`: two runs of tiles of H.
    func backward(
        _ run: TileRun, _ x: Tiles, tape: (hidden: Tiles, gate: Tiles), rooms: (Tiles, Tiles), _ dy: Tiles,
        into dx: Tiles, context dcontext: Tiles? = nil
    ) {
        gate.backward(run, tape: tape.gate, dy, into: rooms.0, skip: dx)
        fc2.packing.backward(run.tiles, tape.hidden, rooms.0, into: rooms.1, run.gradients)
        for t in 0..<run.tiles {
            let (h, dh) = (tape.hidden.from(t), rooms.1.from(t))
            vector_elu_back(Tiles.lanes * width, h.start, dh.start)
        }
        fc1.packing.backward(run.tiles, x, rooms.1, into: dx, isAdding: true, run.gradients)
        if let dcontext {
            vector_tile_sum(run.tiles, width, rooms.1.start, rooms.1.stride, dcontext.start)
        }
    }
}

/// Which tiles a kernel is to work on, and with what.
struct TileRun {
    /// Of the whole sequence, encoder and decoder: what dropout counts by.
    let first: Int
    let tiles: Int
    let gradients: UnsafeMutablePointer<Float>
    let scratch: UnsafeMutablePointer<Float>
    let chance: Chance

    func dropout(_ site: Int?) -> vector_dropout { chance.dropout(site) }
}

/// What decides which inputs are dropped: the run's seed, the step and the chunk, so that it is the same whichever
/// thread works on it, and when a run goes on from a checkpoint.
struct Chance {
    let key: UInt64
    /// Of 256.
    let threshold: UInt32

    init(seed: UInt64, step: Int, chunk: Int, dropout: Float) {
        key = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(step) &* 0xD1B5_4A32_D192_ED03 &+ UInt64(chunk)
        threshold = UInt32(max(0, min(255, (dropout * 256).rounded())))
    }

    func dropout(_ site: Int?) -> vector_dropout {
        guard let site, threshold > 0 else { return vector_dropout(key: 0, threshold: 0, scale: 1) }
        // SplitMix64 (public domain): neighbouring keys give unrelated masks.
        var mixed = key &+ UInt64(site + 1) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return vector_dropout(
            key: UInt32(truncatingIfNeeded: mixed ^ (mixed >> 31)), threshold: threshold,
            scale: 256 / Float(256 - threshold))
    }
}
