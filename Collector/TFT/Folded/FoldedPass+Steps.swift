import CVector
import Numerics

// What goes from step to step, and what looks across them.

extension FoldedPass {
    /// The LSTM over a block of steps, from `selected` into `recurrent`. A host beyond its length stands still.
    func remember(_ steps: Range<Int>, _ layers: [FoldedLSTM], lengths: [Int]?) {
        for i in 0..<steps.count {
            let (lane, step) = (i * lanesPerStep, steps.lowerBound + i)
            if lanesPerStep == FoldedWorkspace.hostsMax {
                rememberLanes(lane, layers, isActive: lengths == nil || step < shortest ? nil : activity(step, lengths))
            } else {
                for host in 0..<hosts where step < lengths?[host] ?? .max { rememberRow(lane + host, host, layers) }
            }
        }
    }

    private func activity(_ step: Int, _ lengths: [Int]?) -> UnsafePointer<Float> {
        let isActive = workspace.isActive
        for lane in 0..<FoldedWorkspace.hostsMax {
            isActive[lane] = lane >= hosts || step < lengths?[lane] ?? .max ? 1 : 0
        }
        return UnsafePointer(isActive)
    }

    /// Sixteen hosts, a lane each. The hidden state of the step before is read while the new one is written, so it
    /// lies in `states` twice.
    private func rememberLanes(_ lane: Int, _ layers: [FoldedLSTM], isActive: UnsafePointer<Float>?) {
        let w = workspace
        var input = w.selected.lanes(from: lane)
        for index in 0..<layers.count {
            let (layer, state) = (layers[index], w.states[index])
            vector_lstm_lanes(
                width, 16, layer.lanesWeights, layer.lanesBias, input.start, input.stride, state.hidden.start, 16,
                state.cell.start, 16, state.next.start, 16, isActive)
            state.hidden.start.update(from: state.next.start, count: 16 * width)
            input = state.hidden
        }
        let to = w.recurrent.lanes(from: lane)
        for unit in 0..<width { (to.start + unit * to.stride).update(from: input.start + 16 * unit, count: 16) }
    }

    /// One host: its units are the lanes, so its state is gathered from the host's lane of `states` and put back.
    private func rememberRow(_ lane: Int, _ host: Int, _ layers: [FoldedLSTM]) {
        let w = workspace
        let (input, cell) = (w.rowInput, w.rowInput + 2 * width)
        let next = cell + width
        let from = w.selected.lanes(from: lane)
        for unit in 0..<width { input[unit] = from.start[unit * from.stride] }
        for index in 0..<layers.count {
            let (layer, state) = (layers[index], w.states[index])
            for unit in 0..<width {
                input[width + unit] = state.hidden.start[16 * unit + host]
                cell[unit] = state.cell.start[16 * unit + host]
            }
            vector_lstm_row(width, layer.rowWeights, layer.rowBias, input, cell, next)
            for unit in 0..<width {
                state.hidden.start[16 * unit + host] = next[unit]
                state.cell.start[16 * unit + host] = cell[unit]
                input[unit] = next[unit]
            }
        }
        let to = w.recurrent.lanes(from: lane)
        for unit in 0..<width { to.start[unit * to.stride] = input[unit] }
    }

    /// Keys and values of a block, host by host, so that attention reads each host's in one run.
    func keep(keysOf steps: Range<Int>, at first: Int, lanes: Int, _ block: Block) {
        let w = workspace
        model.keysAndValues(block, lanes: lanes, into: w.keyBlock)
        let all = batch.encoderSteps + batch.decoderSteps
        for host in 0..<hosts {
            for i in 0..<steps.count {
                let from = w.keyBlock.start + i * lanesPerStep + host
                let to = w.keys + (host * all + first + i) * keyWidth
                for row in 0..<keyWidth { to[row] = from[row * w.keyBlock.stride] }
            }
        }
    }

    /// What one host's decoder steps see of it.
    func attend(_ host: Int) {
        let w = workspace
        let all = batch.encoderSteps + batch.decoderSteps
        let looked = weights.map { $0 + host * model.layout.count + model.layout.attention.lowerBound }
        vector_attention(
            model.config.heads, headWidth, w.keys + host * all * keyWidth, keyWidth, batch.encoderLengths[host],
            batch.encoderSteps, batch.decoderSteps, model.config.isCausal ? 1 : 0,
            w.queries + host * width * w.queryLanes, w.queryLanes, w.seen.start, w.seen.stride,
            looked, looked.map { $0 + model.config.encoderSteps }, w.scratch)
        for row in 0..<headWidth {
            let (from, to) = (w.seen.start + row * w.seen.stride, w.decoderSeen.start + row * w.decoderSeen.stride)
            for step in 0..<batch.decoderSteps { to[step * lanesPerStep + host] = from[step] }
        }
    }

    /// From what was seen to quantiles, written host by host.
    func answer(_ steps: Range<Int>, into answers: UnsafeMutablePointer<Float>) {
        let w = workspace
        let first = steps.lowerBound * lanesPerStep
        let lanes = Self.rounded(steps.count * lanesPerStep)
        let skip = w.decoderEnriched.lanes(from: first)
        model.attentionGate(w.decoderSeen.lanes(from: first), skip: skip, lanes: lanes, into: w.local)
        model.feedForward(w.local, lanes: lanes, scratch: w.hidden, into: w.enriched)
        model.outputGate(w.enriched, skip: w.decoderLocal.lanes(from: first), lanes: lanes, into: w.local)
        model.heads(w.local, lanes: lanes, into: w.answers)
        let quantiles = model.config.quantileCount
        let run = model.config.decoderSteps * quantiles
        for host in 0..<hosts {
            for target in 0..<model.config.targets.count {
                let to = answers + host * model.answerCount + target * run + steps.lowerBound * quantiles
                let from = w.answers.start + target * quantiles * w.answers.stride + host
                for step in 0..<steps.count {
                    for q in 0..<quantiles {
                        to[step * quantiles + q] = from[q * w.answers.stride + step * lanesPerStep]
                    }
                }
            }
        }
    }
}
