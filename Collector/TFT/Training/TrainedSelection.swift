import CVector

/// A variable selection network, folded for training: see `FlatFold` and `TrainedVariable`.
final class TrainedSelection {
    let inputs: Int
    let reals: Int
    /// V.
    let count: Int
    let width: Int
    private let fold: FlatFold
    private let fc1: Linear?
    private let resample: ResampleNorm?
    private let places: [(left: Int, right: Int, fraction: Float)]
    /// fc1 and the residual over inputs; nil with one variable, where there is nothing to weigh.
    private let hidden: TilePacking?
    private let residual: TilePacking?
    private let norm: vector_tile_norm?
    let context: TrainedLinear?
    private let fc2: TrainedLinear?
    private let gate: TrainedGate?
    private let variables: [TrainedVariable]
    private let classes: [TrainedClasses]
    /// Room for folding: a matrix over all vectors, its gradient, the folded one, its constant.
    private let wide: UnsafeMutablePointer<Float>
    private let dwide: UnsafeMutablePointer<Float>
    private let folded: UnsafeMutablePointer<Float>
    private let constant: UnsafeMutablePointer<Float>

    /// The width of the network that decides the weights.
    var hiddenWidth: Int { hidden?.outputs ?? 1 }
    var scratchCount: Int {
        max(variables.reduce(0) { max($0, $1.scratchCount) }, Tiles.lanes * 2 * count * (TilePass.block + 1))
    }

    /// What the forward pass leaves for the backward.
    struct Tape {
        let hidden: Tiles
        let norm: Tiles
        let gate: Tiles
        let weights: Tiles

        init(_ selection: TrainedSelection, tiles: Int, _ store: FoldedStore) {
            hidden = Tiles(store, tiles: tiles, features: selection.hiddenWidth)
            norm = Tiles(store, tiles: tiles, features: selection.count + 1)
            gate = Tiles(store, tiles: tiles, features: selection.gate?.tapeWidth ?? 1)
            weights = Tiles(store, tiles: tiles, features: selection.count)
        }
    }

    /// Takes two kinds of dropout's sites from `site` on: its own, and one for each real variable.
    init(
        _ selection: VariableSelection, site: inout Int, _ parameters: UnsafePointer<Float>,
        _ space: inout GradientSpace, _ store: FoldedStore
    ) {
        fold = FlatFold(selection)
        (inputs, count, width) = (fold.inputs, selection.variables.count, selection.outputs)
        reals = count - selection.categoricalCount
        var (variables, classes): ([TrainedVariable], [TrainedClasses]) = ([], [])
        for variable in selection.variables {
            site += 1
            switch variable {
            case .categorical(let embedding, let network):
                classes.append(TrainedClasses(embedding, network, &space, store))
            case .real(let prescaler, let network):
                variables.append(TrainedVariable(prescaler, network, site: site, parameters, &space, store))
            }
        }
        (self.variables, self.classes) = (variables, classes)
        let rows = max(count, selection.weights?.fc1.outputs ?? 1)
        wide = store.room(rows * fold.width)
        dwide = store.room(rows * fold.width)
        folded = store.room(rows * fold.inputs)
        constant = store.room(rows)
        guard let weights = selection.weights else {
            (fc1, resample, places, hidden, residual) = (nil, nil, [], nil, nil)
            (norm, context, fc2, gate) = (nil, nil, nil, nil)
            return
        }
        site += 1
        (fc1, resample) = (weights.fc1, weights.resample)
        places = weights.resample?.places() ?? []
        hidden = TilePacking(
            inputs: inputs, outputs: weights.fc1.outputs, weightAt: space.reserve(weights.fc1.outputs * inputs),
            biasAt: space.reserve(weights.fc1.outputs), store)
        residual = TilePacking(
            inputs: inputs, outputs: count, weightAt: space.reserve(count * inputs), biasAt: space.reserve(count),
            store)
        norm = weights.resample?.norm.tileNorm(parameters)
        context = weights.context.map { TrainedLinear($0, &space, store) }
        fc2 = TrainedLinear(weights.fc2, &space, store)
        gate = TrainedGate(
            weights.gateNorm.glu, weights.gateNorm.norm, site: site, parameters, &space, store)
    }

    // MARK: Once a step

    func refresh(_ p: UnsafePointer<Float>) {
        for variable in variables { variable.refresh(p) }
        for table in classes { table.refresh(p) }
        context?.refresh(p)
        fc2?.refresh(p)
        gate?.fc.refresh(p)
        if let hidden, let fc1 {
            foldIn(hidden, matrix: p + fc1.weight.range.lowerBound, p)
            if let bias = fc1.bias { hidden.addBias(p + bias.range.lowerBound, rows: hidden.outputs) }
        }
        if let residual {
            fillResidual(p)
            foldIn(residual, matrix: wide, p)
        }
    }

    /// The matrix of the residual over all vectors: a resampling, or nothing at all.
    private func fillResidual(_ p: UnsafePointer<Float>) {
        guard let resample else {
            wide.update(repeating: 0, count: count * fold.width)
            for i in 0..<count { wide[i * fold.width + i] = 1 }
            return
        }
        resample.fill(wide, places, p)
    }

    private func foldIn(_ packing: TilePacking, matrix: UnsafePointer<Float>, _ p: UnsafePointer<Float>) {
        constant.update(repeating: 0, count: packing.outputs)
        fold.fold(matrix, rows: packing.outputs, p, into: folded, adding: constant)
        packing.pack(folded, rows: packing.outputs)
        packing.clearBias()
        packing.addBias(constant, rows: packing.outputs)
    }

    func collect(_ p: UnsafePointer<Float>, _ g: UnsafeMutablePointer<Float>) {
        for variable in variables { variable.collect(p, g) }
        for table in classes { table.collect(p, g) }
        context?.collect(g)
        if let hidden, let fc1 {
            fold.unfold(
                p + fc1.weight.range.lowerBound, rows: hidden.outputs, p, g + hidden.weightAt, g + hidden.biasAt,
                into: g + fc1.weight.range.lowerBound, g)
            if let bias = fc1.bias?.range.lowerBound {
                for i in 0..<hidden.outputs { g[bias + i] += g[hidden.biasAt + i] }
            }
        }
        guard let residual else { return }
        fillResidual(p)
        dwide.update(repeating: 0, count: count * fold.width)
        fold.unfold(wide, rows: count, p, g + residual.weightAt, g + residual.biasAt, into: dwide, g)
        resample?.collect(dwide, places, p, g)
    }

    // MARK: A block of tiles

    /// `x: [inputs]`, `context`: one tile of the hidden width, already multiplied → `y: [H]`.
    func forward(
        _ run: TileRun, _ x: Tiles, context: UnsafePointer<Float>?, tape: Tape, at tile: Int, rooms: TileRooms,
        into y: Tiles
    ) {
        let weights = tape.weights.from(tile)
        if let hidden, let residual, let fc2, let gate {
            let h = tape.hidden.from(tile)
            hidden.forward(run.tiles, x, adding: context, isELU: true, into: h)
            let (g, skip) = (rooms.a.narrow(hiddenWidth), rooms.b.narrow(count))
            fc2.packing.forward(run.tiles, h, into: g)
            residual.forward(run.tiles, x, into: skip)
            if let norm {
                withUnsafePointer(to: norm) {
                    vector_tile_norm_forward($0, run.tiles, skip.start, tape.norm.from(tile).start, skip.start)
                }
            }
            gate.forward(run, g, skip: skip, tape: tape.gate.from(tile), into: weights)
            vector_tile_softmax(run.tiles, count, weights.start)
        } else {
            weights.start.update(repeating: 1, count: run.tiles * weights.stride)
        }
        y.clear(run.tiles)
        var column = reals
        for (c, table) in classes.enumerated() {
            let (own, room) = (x.feature(column), rooms.a.narrow(table.count))
            let w = weights.feature(c)
            vector_tile_scale(
                run.tiles, table.count, own.start, own.stride, w.start, w.stride, room.start, room.stride)
            withUnsafePointer(to: table.packing.linear) {
                vector_tile_linear(
                    $0, run.tiles, room.start, room.stride, y.start, y.stride, y.start, y.stride, 0)
            }
            column += table.count
        }
        for (v, variable) in variables.enumerated() {
            variable.forward(run, x.feature(v), weight: weights.feature(classes.count + v), into: y)
        }
    }

    /// `dy: [H]`; adds to `dcontext`, one tile.
    func backward(
        _ run: TileRun, _ x: Tiles, tape: Tape, at tile: Int, rooms: TileRooms, _ dy: Tiles, context dcontext: Tiles?
    ) {
        let (weights, dw) = (tape.weights.from(tile), rooms.c.narrow(count))
        var column = reals
        for (c, table) in classes.enumerated() {
            let (own, room) = (x.feature(column), rooms.a.narrow(table.count))
            let (w, up) = (weights.feature(c), dw.feature(c))
            vector_tile_scale(
                run.tiles, table.count, own.start, own.stride, w.start, w.stride, room.start, room.stride)
            let dx = rooms.b.narrow(table.count)
            table.packing.backward(run.tiles, room, dy, into: dx, run.gradients)
            vector_tile_dot(
                run.tiles, table.count, own.start, own.stride, dx.start, dx.stride, up.start, up.stride)
            column += table.count
        }
        for (v, variable) in variables.enumerated() {
            let place = classes.count + v
            variable.backward(
                run, x.feature(v), weight: weights.feature(place), dy, into: dw.feature(place))
        }
        guard let hidden, let residual, let fc2, let gate else { return }
        vector_tile_softmax_back(run.tiles, count, weights.start, dw.start)
        let (h, dg, skip) = (tape.hidden.from(tile), rooms.a.narrow(hiddenWidth), rooms.b.narrow(count))
        skip.clear(run.tiles)
        gate.backward(run, tape: tape.gate.from(tile), dw, into: dg, skip: skip)
        if let norm {
            withUnsafePointer(to: norm) {
                vector_tile_norm_back(
                    $0, run.tiles, tape.norm.from(tile).start, skip.start, skip.start, run.gradients)
            }
        }
        residual.backward(run.tiles, x, skip, into: nil, run.gradients)
        let dh = rooms.c.narrow(hiddenWidth)
        fc2.packing.backward(run.tiles, h, dg, into: dh, run.gradients)
        vector_elu_back(run.tiles * dh.stride, h.start, dh.start)
        hidden.backward(run.tiles, x, dh, into: nil, run.gradients)
        if let dcontext { vector_tile_sum(run.tiles, hiddenWidth, dh.start, dh.stride, dcontext.start) }
    }
}

/// A block's worth of tiles for what need not be kept, each as wide as the widest layer.
struct TileRooms {
    let a: Tiles
    let b: Tiles
    let c: Tiles

    init(features: Int, _ store: FoldedStore) {
        a = Tiles(store, tiles: TilePass.block, features: features)
        b = Tiles(store, tiles: TilePass.block, features: features)
        c = Tiles(store, tiles: TilePass.block, features: features)
    }
}
