import CVector

/// The forward pass of a chunk, and its backward: `TilePass(…).forward()`, then `.learn(…)`. Read it beside
/// `TFTModel.forward`, which says the same once.
package struct TilePass {
    /// Tiles that go through all layers together, so that what one leaves for the next is still in the cache.
    static let block = 16

    let model: TrainedModel
    let workspace: TileWorkspace
    let chunk: TrainingChunk
    let chance: Chance
    /// Of `TrainedModel.gradientCount`; added to.
    let gradients: UnsafeMutablePointer<Float>

    var width: Int { model.config.hidden }
    var encoderSteps: Int { chunk.encoderSteps }
    var horizon: Int { model.config.decoderSteps }

    /// `step` and `chunkIndex` decide, with the seed, what dropout drops. A pass that only asks needs no gradients.
    package init?(
        _ model: TrainedModel, _ workspace: TileWorkspace, _ chunk: TrainingChunk,
        gradients: UnsafeMutableBufferPointer<Float>, seed: UInt64 = 0, step: Int = 0, chunkIndex: Int = 0,
        isDropping: Bool = false
    ) {
        guard let start = gradients.baseAddress, gradients.count >= model.gradientCount else { return nil }
        (self.model, self.workspace, self.chunk, self.gradients) = (model, workspace, chunk, start)
        chance = Chance(seed: seed, step: step, chunk: chunkIndex, dropout: isDropping ? model.dropout : 0)
    }

    func run(_ first: Int, _ tiles: Int) -> TileRun {
        TileRun(first: first, tiles: tiles, gradients: gradients, scratch: workspace.scratch, chance: chance)
    }

    /// Blocks of `range`.
    func blocks(_ range: Range<Int>, _ body: (_ first: Int, _ tiles: Int) -> Void) {
        var first = range.lowerBound
        while first < range.upperBound {
            body(first, min(Self.block, range.upperBound - first))
            first += Self.block
        }
    }

    /// Answers are then in the workspace.
    package func forward() {
        statics()
        let (e, all) = (encoderSteps, encoderSteps + horizon)
        let w = workspace
        blocks(0..<e) { first, tiles in
            model.encoderSelection.forward(
                run(first, tiles), chunk.encoder.from(first), context: w.encoderContext.start, tape: w.encoderTape,
                at: first, rooms: w.rooms, into: w.selected.from(first))
        }
        blocks(0..<horizon) { first, tiles in
            model.decoderSelection.forward(
                run(e + first, tiles), chunk.decoder.from(first), context: w.decoderContext.start,
                tape: w.decoderTape, at: first, rooms: w.rooms, into: w.selected.from(e + first))
        }
        remember()
        let top = w.layers[w.layers.count - 1].hidden.from(1)
        blocks(0..<all) { first, tiles in
            let run = run(first, tiles)
            let (local, enriched) = (w.local.from(first), w.enriched.from(first))
            model.lstmGate.forward(
                run, top.from(first), skip: w.selected.from(first), tape: w.gateTape.from(first), into: local)
            model.enrichment.forward(
                run, local, context: w.enrichmentContext.start, tape: w.enrichmentTape.from(first), room: w.rooms.a,
                into: enriched)
            model.keysAndValues.packing.forward(tiles, enriched, into: w.keys.from(first))
        }
        blocks(0..<horizon) { first, tiles in
            model.queries.packing.forward(tiles, w.enriched.from(e + first), into: w.queries.from(first))
        }
        withUnsafePointer(to: attention) {
            vector_tile_attention_forward($0, w.seen.start, w.sums.start, w.mean.start, w.scratch)
        }
        blocks(0..<horizon) { first, tiles in answer(first, tiles) }
    }

    var attention: vector_tile_attention {
        let w = workspace
        return vector_tile_attention(
            heads: model.config.heads, width: model.headWidth, encoder_steps: encoderSteps, steps: horizon,
            is_causal: model.config.isCausal ? 1 : 0, lengths: chunk.lengths, keys: w.keys.start,
            queries: w.queries.start, key_stride: w.keys.stride, query_stride: w.queries.stride,
            dropout: chance.dropout(model.headSite))
    }

    private func statics() {
        let w = workspace
        let one = run(0, 1)
        model.staticSelection.forward(
            one, chunk.statics, context: nil, tape: w.staticTape, at: 0, rooms: w.rooms, into: w.statics)
        for (i, network) in model.contextNetworks.enumerated() {
            network.forward(
                one, w.statics, tape: w.contextTapes[i].from(0), room: w.rooms.a, into: w.contexts[i])
        }
        model.encoderSelection.context?.packing.forward(1, w.contexts[0], into: w.encoderContext)
        model.decoderSelection.context?.packing.forward(1, w.contexts[0], into: w.decoderContext)
        model.enrichment.context?.packing.forward(1, w.contexts[3], into: w.enrichmentContext)
        for layer in w.layers {
            layer.hidden.start.update(from: w.contexts[1].start, count: layer.hidden.stride)
            layer.cell.start.update(from: w.contexts[2].start, count: layer.cell.stride)
        }
    }

    /// The decoder's layers go on from the encoder's last states, which are each lane's own: beyond its length a lane
    /// stands still.
    private func remember() {
        let w = workspace
        let all = encoderSteps + horizon
        for (l, layer) in w.layers.enumerated() {
            let x = l == 0 ? w.selected : layer.input
            if l > 0 {
                let below = w.layers[l - 1].hidden.from(1)
                x.start.update(from: below.start, count: all * x.stride)
                vector_tile_drop(
                    chance.dropout(model.layerSite + l), 0, all, width, x.start, x.stride)
            }
            for (range, side, lengths) in [
                (0..<encoderSteps, model.encoder[l], UnsafePointer(chunk.lengths)),
                (encoderSteps..<all, model.decoder[l], nil),
            ] {
                blocks(range) { first, tiles in
                    side.input.packing.forward(tiles, x.from(first), into: layer.gates.from(first))
                    withUnsafePointer(to: side.recurrent.packing.linear) { recurrent in
                        for t in first..<first + tiles {
                            vector_tile_lstm(
                                recurrent, Float(t), lengths, layer.gates.from(t).start, layer.hidden.from(t).start,
                                layer.cell.from(t).start, layer.hidden.from(t + 1).start, layer.cell.from(t + 1).start)
                        }
                    }
                }
            }
        }
    }

    private func answer(_ first: Int, _ tiles: Int) {
        let w = workspace
        let at = encoderSteps + first
        let run = run(at, tiles)
        model.attentionOutput.packing.forward(tiles, w.mean.from(first), into: w.rooms.b.narrow(width))
        let seen = w.rooms.b.narrow(width)
        vector_tile_drop(chance.dropout(model.answerSite), at, tiles, width, seen.start, seen.stride)
        let attended = w.attended.from(first)
        model.attentionGate.forward(
            run, seen, skip: w.enriched.from(at), tape: w.attentionTape.from(first), into: attended)
        let fused = w.rooms.b.narrow(width)
        model.feedForward.forward(
            run, attended, tape: w.feedForwardTape.from(first), room: w.rooms.a, into: fused)
        let output = w.output.from(first)
        model.outputGate.forward(
            run, fused, skip: w.local.from(at), tape: w.outputTape.from(first), into: output)
        model.heads.packing.forward(tiles, output, into: w.answers.from(first))
    }

    /// The pinball loss of the answers, summed over all that was wanted, without a backward pass. In network space.
    package func loss() -> Double { pinball(0..<horizon, scale: 0, into: nil) }

    func pinball(_ steps: Range<Int>, scale: Float, into d: Tiles?) -> Double {
        let w = workspace
        var sum = 0.0
        blocks(steps) { first, tiles in
            let to = d ?? w.rooms.a.narrow(model.answerWidth)
            sum += vector_tile_pinball(
                tiles, model.config.targets.count, model.config.quantileCount, model.config.quantiles,
                chunk.targets.from(first).start, w.answers.from(first).start, scale, to.start)
        }
        return sum
    }
}
