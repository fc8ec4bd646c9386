import CVector
import Numerics

/// A network in training: its parameters in one buffer, everything that the tile kernels want beside them, and the
/// gradients' own space. One step is: `refresh`, a `TilePass` over every chunk of sixteen windows on any number of
/// threads, `collect` of the summed gradients, and the optimiser over the one buffer.
// Safe to share while no thread is in refresh or collect: passes only read it, and write to workspaces of their own.
package final class TrainedModel: @unchecked Sendable {  // see above
    package let config: TFTConfig
    package let layout: ParameterLayout
    /// All parameters, as `layout` says. Whoever writes here calls `refresh` before the next pass.
    package let parameters: UnsafeMutableBufferPointer<Float>
    /// Floats of a buffer of gradients: the parameters' first, then those of what is folded.
    package let gradientCount: Int
    /// Share of inputs that gates drop, in 256ths, as pytorch-forecasting drops them.
    package let dropout: Float

    let staticSelection: TrainedSelection
    let encoderSelection: TrainedSelection
    let decoderSelection: TrainedSelection
    let selectionContext: TrainedNetwork
    let hiddenContext: TrainedNetwork
    let cellContext: TrainedNetwork
    let enrichmentContext: TrainedNetwork
    let encoder: [Layer]
    let decoder: [Layer]
    let lstmGate: TrainedGate
    let enrichment: TrainedNetwork
    /// All heads' keys, then the values they share: [heads · d + d].
    let keysAndValues: TrainedLinear
    let queries: TrainedLinear
    let attentionOutput: TrainedLinear
    let attentionGate: TrainedGate
    let feedForward: TrainedNetwork
    let outputGate: TrainedGate
    /// All targets' heads, one under the other: [targets · Q].
    let heads: TrainedLinear
    /// Dropout between LSTM layers, of the attention's heads, and of its answer.
    let layerSite: Int
    let headSite: Int
    let answerSite: Int
    private let model: TFTModel
    private let store = FoldedStore()

    /// One layer of an LSTM: its input's product has both biases.
    struct Layer {
        let input: TrainedLinear
        let recurrent: TrainedLinear
    }

    package init(_ model: TFTModel, dropout: Float = 0) {
        let store = self.store
        (config, layout, self.model, self.dropout) = (model.config, model.layout, model, dropout)
        let start = store.room(model.layout.count)
        for (i, value) in model.parameters.enumerated() { start[i] = value }
        parameters = UnsafeMutableBufferPointer(start: start, count: model.layout.count)
        let p = UnsafePointer(start)
        var (space, site) = (GradientSpace(count: model.layout.count), 0)
        staticSelection = TrainedSelection(model.staticSelection, site: &site, p, &space, store)
        encoderSelection = TrainedSelection(model.encoderSelection, site: &site, p, &space, store)
        decoderSelection = TrainedSelection(model.decoderSelection, site: &site, p, &space, store)
        func network(_ network: GatedResidualNetwork) -> TrainedNetwork {
            site += 1
            return TrainedNetwork(network, site: site, p, &space, store)
        }
        selectionContext = network(model.selectionContext)
        hiddenContext = network(model.hiddenContext)
        cellContext = network(model.cellContext)
        enrichmentContext = network(model.enrichmentContext)
        func layers(_ lstm: LSTM) -> [Layer] {
            lstm.layers.map {
                Layer(
                    input: TrainedLinear([($0.inputWeight, [$0.inputBias, $0.hiddenBias])], &space, store),
                    recurrent: TrainedLinear([($0.hiddenWeight, [])], &space, store))
            }
        }
        encoder = layers(model.encoder)
        decoder = layers(model.decoder)
        enrichment = network(model.enrichment)
        feedForward = network(model.feedForward)
        lstmGate = TrainedGate(model.lstmGate, model.lstmNorm, site: site + 1, p, &space, store)
        let attention = model.attention
        keysAndValues = TrainedLinear(attention.keys + [attention.value], &space, store)
        queries = TrainedLinear(attention.queries, &space, store)
        attentionOutput = TrainedLinear(attention.output, &space, store)
        attentionGate = TrainedGate(
            model.attentionGateNorm.glu, model.attentionGateNorm.norm, site: site + 2, p, &space, store)
        outputGate = TrainedGate(
            model.outputGateNorm.glu, model.outputGateNorm.norm, site: nil, p, &space, store)
        heads = TrainedLinear(model.heads.heads, &space, store)
        (headSite, answerSite, layerSite) = (site + 3, site + 4, site + 5)
        gradientCount = space.count
        refresh()
    }

    private var selections: [TrainedSelection] { [staticSelection, encoderSelection, decoderSelection] }
    private var linears: [TrainedLinear] {
        [selectionContext, hiddenContext, cellContext, enrichmentContext, enrichment, feedForward].flatMap(\.linears)
            + (encoder + decoder).flatMap { [$0.input, $0.recurrent] }
            + [lstmGate.fc, keysAndValues, queries, attentionOutput, attentionGate.fc, outputGate.fc, heads]
    }

    /// Makes everything anew from the parameters.
    package func refresh() {
        guard let p = UnsafePointer(parameters.baseAddress) else { return }
        for selection in selections { selection.refresh(p) }
        for linear in linears { linear.refresh(p) }
    }

    /// Brings the gradients of what is folded or stacked home to the parameters' own, which come first.
    package func collect(_ gradients: UnsafeMutableBufferPointer<Float>) {
        precondition(gradients.count >= gradientCount)
        guard let p = UnsafePointer(parameters.baseAddress), let g = gradients.baseAddress else { return }
        for selection in selections { selection.collect(p, g) }
        for linear in linears { linear.collect(g) }
    }

    /// The network with the parameters as they are now.
    package var current: TFTModel {
        var copy = model
        copy.parameters = Array(parameters)
        return copy
    }

    package var headWidth: Int { config.hidden / config.heads }
    var keyWidth: Int { config.hidden + headWidth }
    var answerWidth: Int { config.targets.count * config.quantileCount }
}
