import CVector

extension TilePass {
    /// The loss of the answers, summed; adds the gradients of `scale` times it.
    package func learn(scale: Float) -> Double {
        let w = workspace
        let (e, all) = (encoderSteps, encoderSteps + horizon)
        w.dselected.clear(all)
        w.dlocal.clear(all)
        w.denriched.clear(all)
        w.dkeys.clear(all)
        w.dstatics.clear(1)
        for context in w.dcontexts { context.clear(1) }
        for context in [w.dspread.encoder, w.dspread.decoder, w.dspread.enrichment] { context.clear(1) }

        var loss = 0.0
        blocks(0..<horizon) { first, tiles in loss += unanswer(first, tiles, scale: scale) }
        withUnsafePointer(to: attention) {
            vector_tile_attention_back(
                $0, w.seen.start, w.sums.start, w.dmean.start, w.dkeys.start, w.dqueries.start, w.scratch)
        }
        blocks(0..<horizon) { first, tiles in
            model.queries.packing.backward(
                tiles, w.enriched.from(e + first), w.dqueries.from(first), into: w.denriched.from(e + first),
                isAdding: true, gradients)
        }
        let last = w.layers[w.layers.count - 1]
        blocks(0..<all) { first, tiles in
            let run = run(first, tiles)
            let denriched = w.denriched.from(first)
            model.keysAndValues.packing.backward(
                tiles, w.enriched.from(first), w.dkeys.from(first), into: denriched, isAdding: true, gradients)
            model.enrichment.backward(
                run, w.local.from(first), tape: w.enrichmentTape.from(first), rooms: narrowRooms, denriched,
                into: w.dlocal.from(first), context: w.dspread.enrichment)
            model.lstmGate.backward(
                run, tape: w.gateTape.from(first), w.dlocal.from(first), into: last.dhidden.from(first),
                skip: w.dselected.from(first))
        }
        forget()
        unselect()
        unstatics()
        return loss
    }

    private var narrowRooms: (Tiles, Tiles) { (workspace.rooms.a.narrow(width), workspace.rooms.b.narrow(width)) }

    /// From the loss of a block to the gradients of what the attention saw, and of what the skips took.
    private func unanswer(_ first: Int, _ tiles: Int, scale: Float) -> Double {
        let w = workspace
        let at = encoderSteps + first
        let run = run(at, tiles)
        let (danswers, doutput) = (w.rooms.a.narrow(model.answerWidth), w.rooms.b.narrow(width))
        let loss = pinball(first..<first + tiles, scale: scale, into: danswers)
        model.heads.packing.backward(tiles, w.output.from(first), danswers, into: doutput, gradients)
        let dfused = w.rooms.c.narrow(width)
        model.outputGate.backward(
            run, tape: w.outputTape.from(first), doutput, into: dfused, skip: w.dlocal.from(at))
        // dmean's own run is free until its gradient is written, but is narrower than H; attended's gradient lies in
        // the queries' gradient's place, which is set only after this.
        let dattended = w.dqueries.from(first)
        dattended.clear(tiles)
        model.feedForward.backward(
            run, w.attended.from(first), tape: w.feedForwardTape.from(first), rooms: narrowRooms, dfused,
            into: dattended)
        let dseen = w.rooms.a.narrow(width)
        model.attentionGate.backward(
            run, tape: w.attentionTape.from(first), dattended, into: dseen, skip: w.denriched.from(at))
        vector_tile_drop(chance.dropout(model.answerSite), at, tiles, width, dseen.start, dseen.stride)
        model.attentionOutput.packing.backward(
            tiles, w.mean.from(first), dseen, into: w.dmean.from(first), gradients)
        return loss
    }

    /// Back through time, the decoder's steps first: the gradients of its first state are those of the encoder's last.
    private func forget() {
        let w = workspace
        let all = encoderSteps + horizon
        for l in w.layers.indices.reversed() {
            let layer = w.layers[l]
            let (dhidden, dcell) = w.carried
            dhidden.clear(1)
            dcell.clear(1)
            for (range, side, lengths) in [
                (encoderSteps..<all, model.decoder[l], nil),
                (0..<encoderSteps, model.encoder[l], UnsafePointer(chunk.lengths)),
            ] {
                withUnsafePointer(to: side.recurrent.packing.linear) { recurrent in
                    for t in range.reversed() {
                        vector_tile_sum(1, width, layer.dhidden.from(t).start, 0, dhidden.start)
                        vector_tile_lstm_back(
                            recurrent, Float(t), lengths, layer.gates.from(t).start, layer.cell.from(t).start,
                            layer.cell.from(t + 1).start, dhidden.start, dcell.start)
                    }
                }
                blocks(range) { first, tiles in
                    let dgates = layer.gates.from(first)
                    side.recurrent.packing.backward(tiles, layer.hidden.from(first), dgates, into: nil, gradients)
                    let (x, dx) = l == 0 ? (w.selected, w.dselected) : (layer.input, w.layers[l - 1].dhidden)
                    side.input.packing.backward(
                        tiles, x.from(first), dgates, into: dx.from(first), isAdding: l == 0, gradients)
                    if l > 0 {
                        vector_tile_drop(
                            chance.dropout(model.layerSite + l), first, tiles, width, dx.from(first).start, dx.stride)
                    }
                }
            }
            vector_tile_sum(1, width, dhidden.start, 0, w.dcontexts[1].start)
            vector_tile_sum(1, width, dcell.start, 0, w.dcontexts[2].start)
        }
    }

    private func unselect() {
        let w = workspace
        blocks(0..<encoderSteps) { first, tiles in
            model.encoderSelection.backward(
                run(first, tiles), chunk.encoder.from(first), tape: w.encoderTape, at: first, rooms: w.rooms,
                w.dselected.from(first), context: w.dspread.encoder)
        }
        blocks(0..<horizon) { first, tiles in
            model.decoderSelection.backward(
                run(encoderSteps + first, tiles), chunk.decoder.from(first), tape: w.decoderTape, at: first,
                rooms: w.rooms, w.dselected.from(encoderSteps + first), context: w.dspread.decoder)
        }
    }

    private func unstatics() {
        let w = workspace
        let one = run(0, 1)
        model.encoderSelection.context?.packing.backward(
            1, w.contexts[0], w.dspread.encoder, into: w.dcontexts[0], isAdding: true, gradients)
        model.decoderSelection.context?.packing.backward(
            1, w.contexts[0], w.dspread.decoder, into: w.dcontexts[0], isAdding: true, gradients)
        model.enrichment.context?.packing.backward(
            1, w.contexts[3], w.dspread.enrichment, into: w.dcontexts[3], isAdding: true, gradients)
        for (i, network) in model.contextNetworks.enumerated() {
            network.backward(
                one, w.statics, tape: w.contextTapes[i].from(0), rooms: narrowRooms, w.dcontexts[i],
                into: w.dstatics)
        }
        model.staticSelection.backward(
            one, chunk.statics, tape: w.staticTape, at: 0, rooms: w.rooms, w.dstatics, context: nil)
    }
}
