import CVector
import Numerics

/// One run of a folded model over a few hosts; it takes no memory but the workspace's, loops in debug builds included,
/// so they count and do not iterate. Lanes of a block are `step · lanesPerStep + host`.
struct FoldedPass {
    let model: FoldedModel
    let workspace: FoldedWorkspace
    let batch: TFTBatch
    /// Where to say how inputs and steps were weighed; nil: nobody asks.
    let weights: UnsafeMutablePointer<Float>?

    /// Sixteen lanes a step where there are many hosts; as many as there are hosts where those are few, so that steps
    /// fill the lanes instead.
    let lanesPerStep: Int
    let stepsPerBlock: Int
    /// The steps that every host has.
    let shortest: Int
    var headWidth: Int { model.config.hidden / model.config.heads }
    var keyWidth: Int { width + headWidth }
    var width: Int { model.config.hidden }
    var hosts: Int { batch.hosts }

    static let fewHosts = 8

    init(
        model: FoldedModel, workspace: FoldedWorkspace, batch: TFTBatch, weights: UnsafeMutablePointer<Float>?
    ) {
        self.model = model
        self.workspace = workspace
        self.batch = batch
        self.weights = weights
        lanesPerStep = batch.hosts <= Self.fewHosts ? batch.hosts : FoldedWorkspace.hostsMax
        stepsPerBlock = FoldedWorkspace.lanesMax / lanesPerStep
        var shortest = batch.encoderSteps
        for host in 0..<batch.hosts { shortest = min(shortest, batch.encoderLengths[host]) }
        self.shortest = shortest
    }

    static func rounded(_ lanes: Int) -> Int { (lanes + 15) / 16 * 16 }

    func run(into answers: UnsafeMutablePointer<Float>) {
        statics()
        for first in stride(from: 0, to: batch.encoderSteps, by: stepsPerBlock) {
            encode(first..<min(first + stepsPerBlock, batch.encoderSteps))
        }
        takeShares(model.layout.encoder, steps: batch.encoderLengths)
        for first in stride(from: 0, to: batch.decoderSteps, by: stepsPerBlock) {
            decode(first..<min(first + stepsPerBlock, batch.decoderSteps))
        }
        takeShares(model.layout.decoder, steps: nil)
        for host in 0..<hosts { attend(host) }
        for first in stride(from: 0, to: batch.decoderSteps, by: stepsPerBlock) {
            answer(first..<min(first + stepsPerBlock, batch.decoderSteps), into: answers)
        }
    }

    // MARK: The static path: once a host

    private func statics() {
        let w = workspace
        let selection = model.staticSelection
        load(batch.staticReals, batch.staticCategories, selection, steps: 0..<1, of: 1, lanesPerStep: hosts)
        selection(
            w.input, lanes: 16, isHostALane: true, context: nil, scratch: w.scratch, into: w.statics,
            weights: w.weights)
        takeStaticShares()
        model.selectionContext(w.statics, lanes: 16, scratch: w.hidden, into: w.contexts)
        spread(model.encoderSelection.context, into: w.encoderContext)
        spread(model.decoderSelection.context, into: w.decoderContext)
        model.enrichmentContext(w.statics, lanes: 16, scratch: w.hidden, into: w.contexts)
        spread(model.enrichment.context, into: w.enrichmentContext)
        model.hiddenContext(w.statics, lanes: 16, scratch: w.hidden, into: w.contexts)
        model.cellContext(w.statics, lanes: 16, scratch: w.hidden, into: w.local)
        for layer in 0..<w.states.count {
            let state = w.states[layer]
            for unit in 0..<width {
                (state.hidden.start + 16 * unit).update(from: w.contexts.start + unit * w.contexts.stride, count: 16)
                (state.cell.start + 16 * unit).update(from: w.local.start + unit * w.local.stride, count: 16)
            }
        }
    }

    /// Multiplies the context in work and repeats it for every step of a block.
    private func spread(_ product: FoldedProduct?, into block: Block) {
        guard let product else { return }
        product(workspace.contexts, lanes: 16, into: workspace.local)
        for row in 0..<product.rows {
            let (from, to) = (workspace.local.start + row * workspace.local.stride, block.start + row * block.stride)
            for step in 0..<stepsPerBlock {
                for lane in 0..<lanesPerStep { to[step * lanesPerStep + lane] = from[lane] }
            }
        }
    }

    // MARK: Steps

    private func encode(_ steps: Range<Int>) {
        let w = workspace
        let lanes = Self.rounded(steps.count * lanesPerStep)
        select(
            batch.encoderReals, batch.encoderCategories, model.encoderSelection, context: w.encoderContext, steps,
            of: batch.encoderSteps)
        addShares(steps, model.encoderSelection.count, lengths: batch.encoderLengths)
        remember(steps, model.encoder, lengths: batch.encoderLengths)
        model.lstmGate(w.recurrent, skip: w.selected, lanes: lanes, into: w.local)
        model.enrichment(
            w.local, lanes: lanes, context: w.enrichmentContext, scratch: w.hidden, into: w.enriched)
        keep(keysOf: steps, at: steps.lowerBound, lanes: lanes, w.enriched)
    }

    private func decode(_ steps: Range<Int>) {
        let w = workspace
        let first = steps.lowerBound * lanesPerStep
        let lanes = Self.rounded(steps.count * lanesPerStep)
        select(
            batch.decoderReals, batch.decoderCategories, model.decoderSelection, context: w.decoderContext, steps,
            of: batch.decoderSteps)
        addShares(steps, model.decoderSelection.count, lengths: nil)
        remember(steps, model.decoder, lengths: nil)
        let (local, enriched) = (w.decoderLocal.lanes(from: first), w.decoderEnriched.lanes(from: first))
        model.lstmGate(w.recurrent, skip: w.selected, lanes: lanes, into: local)
        model.enrichment(local, lanes: lanes, context: w.enrichmentContext, scratch: w.hidden, into: enriched)
        keep(keysOf: steps, at: batch.encoderSteps + steps.lowerBound, lanes: lanes, enriched)
        model.queries(enriched, lanes: lanes, into: w.queryBlock)
        for host in 0..<hosts {
            for row in 0..<width {
                let from = w.queryBlock.start + row * w.queryBlock.stride + host
                let to = w.queries + (host * width + row) * w.queryLanes + steps.lowerBound
                for step in 0..<steps.count { to[step] = from[step * lanesPerStep] }
            }
        }
    }

    private func select(
        _ reals: Matrix, _ categories: [[Int32]], _ selection: FoldedSelection, context: Block, _ steps: Range<Int>,
        of all: Int
    ) {
        let w = workspace
        load(reals, categories, selection, steps: steps, of: all, lanesPerStep: lanesPerStep)
        selection(
            w.input, lanes: Self.rounded(steps.count * lanesPerStep),
            isHostALane: lanesPerStep == FoldedWorkspace.hostsMax, context: context, scratch: w.scratch,
            into: w.selected, weights: w.weights)
    }

    /// Writes the rows of `steps` as features: reals as they are, classes one-hot. Row of a host's step: `host · all +
    /// step`.
    private func load(
        _ reals: Matrix, _ categories: [[Int32]], _ selection: FoldedSelection, steps: Range<Int>, of all: Int,
        lanesPerStep: Int
    ) {
        let input = workspace.input
        reals.values.withUnsafeBufferPointer { values in
            for host in 0..<hosts {
                for i in 0..<steps.count {
                    let from = (host * all + steps.lowerBound + i) * reals.columns
                    let lane = input.start + i * lanesPerStep + host
                    for column in 0..<reals.columns { lane[column * input.stride] = values[from + column] }
                }
            }
            // Lanes without a host repeat the last one, so that what all hosts share is seen to be shared.
            for i in 0..<steps.count where hosts < lanesPerStep {
                let last = input.start + i * lanesPerStep + hosts - 1
                for column in 0..<reals.columns {
                    let from = last + column * input.stride
                    for lane in 1...lanesPerStep - hosts { from[lane] = from[0] }
                }
            }
        }
        var first = selection.reals
        for c in 0..<selection.classCounts.count {
            let classes = selection.classCounts[c]
            let block = input.features(from: first)
            for k in 0..<classes { (block.start + k * block.stride).update(repeating: 0, count: block.stride) }
            categories[c].withUnsafeBufferPointer { values in
                for host in 0..<hosts {
                    for i in 0..<steps.count {
                        let category = Int(values[host * all + steps.lowerBound + i])
                        let known = category >= 0 && category < classes ? category : 0
                        block.start[known * block.stride + i * lanesPerStep + host] = 1
                    }
                }
            }
            first += classes
        }
    }
}
