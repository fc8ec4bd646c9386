import CVector

/// The memory that one thread needs for the forward pass, the tape it leaves, and the backward pass over one chunk:
/// allocated once. About 38 kB for each step of encoder and decoder at H = 32.
// One thread at a time has it.
package final class TileWorkspace: @unchecked Sendable {  // handed from thread to thread, see above
    private let store = FoldedStore()

    // The static path, one tile each.
    let staticTape: TrainedSelection.Tape
    let statics: Tiles  // [H]
    let dstatics: Tiles
    let contextTapes: [TrainedNetwork.Tape]
    let contexts: [Tiles]  // [H]: selection, hidden, cell, enrichment
    let dcontexts: [Tiles]
    let encoderContext: Tiles  // multiplied: [hidden width of the selection]
    let decoderContext: Tiles
    let enrichmentContext: Tiles  // [H]
    let dspread: (encoder: Tiles, decoder: Tiles, enrichment: Tiles)

    // Whole sequences: tile E + d is decoder step d.
    let encoderTape: TrainedSelection.Tape
    let decoderTape: TrainedSelection.Tape
    let selected: Tiles  // [H]
    let dselected: Tiles
    let layers: [Layer]
    let gateTape: Tiles
    let local: Tiles  // [H]
    let dlocal: Tiles
    let enrichmentTape: TrainedNetwork.Tape
    let enriched: Tiles  // [H]
    let denriched: Tiles
    let keys: Tiles  // [heads · d + d]
    let dkeys: Tiles

    // Decoder steps only.
    let queries: Tiles  // [H]
    let dqueries: Tiles
    let seen: Tiles  // [H]
    let sums: Tiles  // [heads · 2]
    let mean: Tiles  // [d]
    let dmean: Tiles
    let attentionTape: Tiles
    let attended: Tiles  // [H]
    let feedForwardTape: TrainedNetwork.Tape
    let outputTape: Tiles
    let output: Tiles  // [H]
    let answers: Tiles  // [targets · Q]

    let rooms: TileRooms
    let carried: (hidden: Tiles, cell: Tiles)
    let scratch: UnsafeMutablePointer<Float>

    /// One layer of the LSTM: state `t` is the one before step `t`.
    struct Layer {
        let input: Tiles  // [H], of layers above the first
        let gates: Tiles  // [4H]
        let hidden: Tiles  // [H], one more than steps
        let cell: Tiles
        let dhidden: Tiles  // of its answers
    }

    package init(_ model: TrainedModel) {
        let (store, config) = (self.store, model.config)
        let (width, horizon) = (config.hidden, config.decoderSteps)
        let steps = config.encoderSteps + horizon
        func tiles(_ count: Int, _ features: Int) -> Tiles { Tiles(store, tiles: count, features: features) }
        let selections = [model.staticSelection, model.encoderSelection, model.decoderSelection]
        staticTape = TrainedSelection.Tape(model.staticSelection, tiles: 1, store)
        statics = tiles(1, width)
        dstatics = tiles(1, width)
        contextTapes = model.contextNetworks.map { TrainedNetwork.Tape($0, tiles: 1, store) }
        contexts = contextTapes.map { _ in tiles(1, width) }
        dcontexts = contextTapes.map { _ in tiles(1, width) }
        encoderContext = tiles(1, model.encoderSelection.hiddenWidth)
        decoderContext = tiles(1, model.decoderSelection.hiddenWidth)
        enrichmentContext = tiles(1, width)
        dspread = (
            tiles(1, model.encoderSelection.hiddenWidth), tiles(1, model.decoderSelection.hiddenWidth),
            tiles(1, width)
        )
        encoderTape = TrainedSelection.Tape(model.encoderSelection, tiles: config.encoderSteps, store)
        decoderTape = TrainedSelection.Tape(model.decoderSelection, tiles: horizon, store)
        selected = tiles(steps, width)
        dselected = tiles(steps, width)
        layers = (0..<config.lstmLayers).map { layer in
            Layer(
                input: tiles(layer == 0 ? 1 : steps, width), gates: tiles(steps, 4 * width),
                hidden: tiles(steps + 1, width), cell: tiles(steps + 1, width), dhidden: tiles(steps, width))
        }
        gateTape = tiles(steps, model.lstmGate.tapeWidth)
        local = tiles(steps, width)
        dlocal = tiles(steps, width)
        enrichmentTape = TrainedNetwork.Tape(model.enrichment, tiles: steps, store)
        enriched = tiles(steps, width)
        denriched = tiles(steps, width)
        keys = tiles(steps, model.keyWidth)
        dkeys = tiles(steps, model.keyWidth)
        queries = tiles(horizon, width)
        dqueries = tiles(horizon, width)
        seen = tiles(horizon, width)
        sums = tiles(horizon, 2 * config.heads)
        mean = tiles(horizon, model.headWidth)
        dmean = tiles(horizon, model.headWidth)
        attentionTape = tiles(horizon, model.attentionGate.tapeWidth)
        attended = tiles(horizon, width)
        feedForwardTape = TrainedNetwork.Tape(model.feedForward, tiles: horizon, store)
        outputTape = tiles(horizon, model.outputGate.tapeWidth)
        output = tiles(horizon, width)
        answers = tiles(horizon, model.answerWidth)
        let widest = selections.reduce(max(2 * width, model.answerWidth)) { max($0, $1.count, $1.inputs) }
        rooms = TileRooms(features: widest, store)
        carried = (tiles(1, width), tiles(1, width))
        var attention = vector_tile_attention()
        (attention.heads, attention.width) = (config.heads, model.headWidth)
        (attention.encoder_steps, attention.steps) = (config.encoderSteps, horizon)
        let gates = Tiles.lanes * 2 * width * (TilePass.block + 1)
        scratch = store.room(
            selections.reduce(max(vector_tile_attention_scratch(&attention), gates)) { max($0, $1.scratchCount) })
    }

    /// What the network answered to the last chunk, in network space.
    package func answer(target: Int, quantile: Int, step: Int, lane: Int, _ config: TFTConfig) -> Float {
        let row = target * config.quantileCount + quantile
        return answers.start[step * answers.stride + row * Tiles.lanes + lane]
    }
}

extension TrainedModel {
    /// In the order of `TileWorkspace.contexts`.
    var contextNetworks: [TrainedNetwork] { [selectionContext, hiddenContext, cellContext, enrichmentContext] }
}
