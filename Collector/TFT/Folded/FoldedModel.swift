import CVector
import Numerics

/// A model made ready to answer fast: the same function as `TFTModel.forward`, with everything that is linear in a row
/// folded together when it is loaded, and everything else done on blocks that stay in the cache. It agrees with the
/// plain forward pass to 1e-4 of a target's scale; the tests hold it there.
// Safe to share: nothing in it, or in what its pointers show, is written after init. Workspaces are the callers' own.
package final class FoldedModel: @unchecked Sendable {  // immutable after init, see above
    package let config: TFTConfig
    let staticSelection: FoldedSelection
    let encoderSelection: FoldedSelection
    let decoderSelection: FoldedSelection
    let selectionContext: FoldedNetwork
    let hiddenContext: FoldedNetwork
    let cellContext: FoldedNetwork
    let enrichmentContext: FoldedNetwork
    let encoder: [FoldedLSTM]
    let decoder: [FoldedLSTM]
    let lstmGate: vector_gate
    let enrichment: FoldedNetwork
    /// All heads' keys, then the values they share: [heads · d + d, H].
    let keysAndValues: FoldedProduct
    /// All heads' queries, already divided by √d: [heads · d, H].
    let queries: FoldedProduct
    /// The attention's output weights are folded into this gate: its input is d wide.
    let attentionGate: vector_gate
    let feedForward: FoldedNetwork
    let outputGate: vector_gate
    /// All targets' heads, one under the other: [targets · Q, H].
    let heads: FoldedProduct
    /// Of the numbers that explain an answer.
    package let layout: WeightLayout
    private let store = FoldedStore()

    package init(_ model: TFTModel) {
        let (p, store, config) = (model.parameters, self.store, model.config)
        self.config = config
        layout = WeightLayout(config)
        staticSelection = FoldedSelection(model.staticSelection, p, store)
        encoderSelection = FoldedSelection(model.encoderSelection, p, store)
        decoderSelection = FoldedSelection(model.decoderSelection, p, store)
        selectionContext = FoldedNetwork(model.selectionContext, p, store)
        hiddenContext = FoldedNetwork(model.hiddenContext, p, store)
        cellContext = FoldedNetwork(model.cellContext, p, store)
        enrichmentContext = FoldedNetwork(model.enrichmentContext, p, store)
        encoder = model.encoder.layers.map { FoldedLSTM($0, width: config.hidden, p, store) }
        decoder = model.decoder.layers.map { FoldedLSTM($0, width: config.hidden, p, store) }
        lstmGate = store.gate(
            model.lstmGate.fc.dense(p), bias: model.lstmGate.fc.denseBias(p), model.lstmNorm, p)
        enrichment = FoldedNetwork(model.enrichment, p, store)
        let attention = model.attention
        let keysAndValues = attention.keys + [attention.value]
        self.keysAndValues = store.product(
            .stack(keysAndValues.map { $0.dense(p) }), bias: .stack(keysAndValues.map { $0.denseBias(p) }))
        let scale = 1 / Double(attention.headWidth).squareRoot()
        queries = store.product(
            Dense.stack(attention.queries.map { $0.dense(p) }).scaled(scale),
            bias: Dense.stack(attention.queries.map { $0.denseBias(p) }).scaled(scale))
        let gate = model.attentionGateNorm
        attentionGate = store.gate(
            gate.glu.fc.dense(p) * attention.output.dense(p), bias: gate.glu.fc.denseBias(p), gate.norm, p)
        feedForward = FoldedNetwork(model.feedForward, p, store)
        let output = model.outputGateNorm
        outputGate = store.gate(output.glu.fc.dense(p), bias: output.glu.fc.denseBias(p), output.norm, p)
        heads = store.product(
            .stack(model.heads.heads.map { $0.dense(p) }), bias: .stack(model.heads.heads.map { $0.denseBias(p) }))
    }

    /// How many numbers one host's answer has: `[target][D][Q]`.
    package var answerCount: Int { config.targets.count * config.decoderSteps * config.quantileCount }

    /// Answers in network space, `[host][target][D][Q]`, for at most `FoldedWorkspace.hostsMax` hosts. The workspace
    /// is one that was made for this model, and no other thread's. `weights`: room for what explains the answers, as
    /// `layout` says, `[host][layout.count]`; nil: not wanted.
    package func forward(
        _ batch: TFTBatch, _ workspace: FoldedWorkspace, into answers: UnsafeMutableBufferPointer<Float>,
        weights: UnsafeMutableBufferPointer<Float>? = nil
    ) {
        precondition(batch.hosts <= FoldedWorkspace.hostsMax && batch.decoderSteps == config.decoderSteps)
        precondition(batch.encoderSteps <= config.encoderSteps && answers.count >= batch.hosts * answerCount)
        precondition(weights?.count ?? .max >= batch.hosts * layout.count)
        guard batch.hosts > 0, let answers = answers.baseAddress else { return }
        FoldedPass(model: self, workspace: workspace, batch: batch, weights: weights?.baseAddress).run(into: answers)
    }

    /// The same for any number of hosts, with a workspace of its own: for tests, and for who asks once.
    package func forward(_ batch: TFTBatch) -> [Float] {
        let workspace = FoldedWorkspace(self)
        var answers = [Float](repeating: 0, count: batch.hosts * answerCount)
        for first in stride(from: 0, to: batch.hosts, by: FoldedWorkspace.hostsMax) {
            let hosts = first..<min(first + FoldedWorkspace.hostsMax, batch.hosts)
            let part = batch.part(hosts, config)
            answers.withUnsafeMutableBufferPointer {
                forward(part, workspace, into: UnsafeMutableBufferPointer(rebasing: $0[(first * answerCount)...]))
            }
        }
        return answers
    }
}

extension TFTBatch {
    /// Some of the hosts.
    func part(_ hosts: Range<Int>, _ config: TFTConfig) -> TFTBatch {
        var part = TFTBatch(config, lengths: Array(encoderLengths[hosts]))
        let (steps, horizon) = (part.encoderSteps, decoderSteps)
        part.staticReals = staticReals.rows(hosts)
        part.decoderReals = decoderReals.rows(hosts.lowerBound * horizon..<hosts.upperBound * horizon)
        part.staticCategories = staticCategories.map { Array($0[hosts]) }
        part.decoderCategories = decoderCategories.map {
            Array($0[hosts.lowerBound * horizon..<hosts.upperBound * horizon])
        }
        var reals: [Float] = []
        part.encoderCategories = encoderCategories.map { _ in [] }
        for host in hosts {
            let rows = host * encoderSteps..<host * encoderSteps + steps
            reals +=
                encoderReals.values[rows.lowerBound * encoderReals.columns..<rows.upperBound * encoderReals.columns]
            for c in encoderCategories.indices { part.encoderCategories[c] += encoderCategories[c][rows] }
        }
        part.encoderReals.values = reals
        return part
    }
}
