import Numerics

/// The Temporal Fusion Transformer: Lim, Arik, Loeff, Pfister, arXiv:1912.09363, in the variant that
/// pytorch-forecasting trains, tensor for tensor. This is the plain forward pass, to be read beside the paper's figure
/// 2: it is the truth that faster ones are held against.
package struct TFTModel: Sendable {
    package let config: TFTConfig
    package let layout: ParameterLayout
    /// All parameters, as `layout` says.
    package var parameters: [Float]

    let staticSelection: VariableSelection
    let encoderSelection: VariableSelection
    let decoderSelection: VariableSelection
    let selectionContext: GatedResidualNetwork
    let hiddenContext: GatedResidualNetwork
    let cellContext: GatedResidualNetwork
    let enrichmentContext: GatedResidualNetwork
    let encoder: LSTM
    let decoder: LSTM
    let lstmGate: GatedLinearUnit
    let lstmNorm: LayerNorm
    let enrichment: GatedResidualNetwork
    let attention: InterpretableAttention
    let attentionGateNorm: GateNorm
    let feedForward: GatedResidualNetwork
    let outputGateNorm: GateNorm
    let heads: QuantileHeads

    /// A network of the right shape, all parameters zero.
    package init(_ config: TFTConfig) {
        self.config = config
        var layout = ParameterLayout()
        let hidden = config.hidden
        var embeddings: [String: Embedding] = [:]
        for variable in config.staticCategoricals + config.encoderCategoricals + config.decoderCategoricals
        where embeddings[variable.name] == nil {
            embeddings[variable.name] = Embedding(
                "input_embeddings.embeddings.\(variable.name)", variable, in: &layout)
        }
        // A real has one prescaler, wherever it enters; the file repeats it under each selection network.
        var prescalers: [String: Linear] = [:]
        for name in config.staticReals + config.encoderReals + config.decoderReals where prescalers[name] == nil {
            prescalers[name] = Linear("prescalers.\(name)", 1, config.hiddenContinuous, in: &layout)
        }
        func selection(
            _ name: String, _ categoricals: [TFTConfig.Categorical], _ reals: [String], context: Int?,
            in layout: inout ParameterLayout
        ) -> VariableSelection {
            VariableSelection(
                name, categoricals: categoricals, reals: reals, hidden: hidden, context: context,
                embeddings: embeddings, prescalers: prescalers, in: &layout)
        }
        func network(_ name: String, context: Int? = nil, in layout: inout ParameterLayout) -> GatedResidualNetwork {
            GatedResidualNetwork(
                name, inputs: hidden, hidden: hidden, outputs: hidden, context: context, in: &layout)
        }
        staticSelection = selection(
            "static_variable_selection", config.staticCategoricals, config.staticReals, context: nil, in: &layout)
        encoderSelection = selection(
            "encoder_variable_selection", config.encoderCategoricals, config.encoderReals, context: hidden, in: &layout)
        decoderSelection = selection(
            "decoder_variable_selection", config.decoderCategoricals, config.decoderReals, context: hidden, in: &layout)
        selectionContext = network("static_context_variable_selection", in: &layout)
        hiddenContext = network("static_context_initial_hidden_lstm", in: &layout)
        cellContext = network("static_context_initial_cell_lstm", in: &layout)
        enrichmentContext = network("static_context_enrichment", in: &layout)
        encoder = LSTM("lstm_encoder", hidden, layers: config.lstmLayers, in: &layout)
        decoder = LSTM("lstm_decoder", hidden, layers: config.lstmLayers, in: &layout)
        // One gate and one norm serve both; the file holds them under both names.
        lstmGate = GatedLinearUnit("post_lstm_gate_encoder", hidden, hidden, in: &layout)
        lstmGate.fc.alias("post_lstm_gate_decoder.fc", in: &layout)
        lstmNorm = LayerNorm("post_lstm_add_norm_encoder.norm", hidden, in: &layout)
        lstmNorm.alias("post_lstm_add_norm_decoder.norm", in: &layout)
        enrichment = network("static_enrichment", context: hidden, in: &layout)
        attention = InterpretableAttention(
            "multihead_attn", hidden, heads: config.heads, isCausal: config.isCausal, in: &layout)
        attentionGateNorm = GateNorm("post_attn_gate_norm", hidden, hidden, in: &layout)
        feedForward = network("pos_wise_ff", in: &layout)
        outputGateNorm = GateNorm("pre_output_gate_norm", hidden, hidden, in: &layout)
        heads = QuantileHeads(
            "output_layer", hidden, targets: config.targets.count, quantiles: config.quantileCount, in: &layout)
        self.layout = layout
        parameters = Array(repeating: 0, count: layout.count)
    }

    package func forward(_ batch: TFTBatch) -> TFTOutput {
        let (hosts, encoderSteps, decoderSteps) = (batch.hosts, batch.encoderSteps, batch.decoderSteps)
        let p = parameters

        let (statics, staticWeights) = staticSelection.forward(
            reals: batch.staticReals, categories: batch.staticCategories, p)
        let context = selectionContext.forward(statics, p)  // [B, H]
        let (encoderInput, encoderWeights) = encoderSelection.forward(
            reals: batch.encoderReals, categories: batch.encoderCategories, context: context, p)
        let (decoderInput, decoderWeights) = decoderSelection.forward(
            reals: batch.decoderReals, categories: batch.decoderCategories, context: context, p)

        let (hidden, cell) = (hiddenContext.forward(statics, p), cellContext.forward(statics, p))
        let start = LSTM.State(
            hidden: Array(repeating: hidden, count: config.lstmLayers),
            cell: Array(repeating: cell, count: config.lstmLayers))
        let (encoded, end) = encoder.forward(encoderInput, lengths: batch.encoderLengths, from: start, p)
        let (decoded, _) = decoder.forward(
            decoderInput, lengths: Array(repeating: decoderSteps, count: hosts), from: end, p)

        let encoderLocal = gateAndNorm(encoded, skip: encoderInput)
        let decoderLocal = gateAndNorm(decoded, skip: decoderInput)
        let local = joinSteps(encoderLocal, decoderLocal, hosts: hosts)  // [B · (E + D), H]
        let enriched = enrichment.forward(local, context: enrichmentContext.forward(statics, p), p)

        let (attended, weights) = attention.forward(
            enriched, lengths: batch.encoderLengths, encoderSteps: encoderSteps, decoderSteps: decoderSteps, p)
        let enrichedDecoder = enriched.decoderPart(
            hosts: hosts, encoderSteps: encoderSteps, decoderSteps: decoderSteps)
        let fused = feedForward.forward(attentionGateNorm.forward(attended, skip: enrichedDecoder, p), p)
        let output = outputGateNorm.forward(fused, skip: decoderLocal, p)
        return TFTOutput(
            quantiles: heads.forward(output, p), staticWeights: staticWeights, encoderWeights: encoderWeights,
            decoderWeights: decoderWeights, attention: weights)
    }

    private func gateAndNorm(_ x: Matrix, skip: Matrix) -> Matrix {
        var y = lstmGate.forward(x, parameters)
        y += skip
        return lstmNorm.forward(y, parameters)
    }
}

/// `[B · E, n]` and `[B · D, n]` → `[B · (E + D), n]`, host by host.
private func joinSteps(_ encoder: Matrix, _ decoder: Matrix, hosts: Int) -> Matrix {
    var values: [Float] = []
    values.reserveCapacity(encoder.values.count + decoder.values.count)
    let (e, d) = (encoder.values.count / max(hosts, 1), decoder.values.count / max(hosts, 1))
    for host in 0..<hosts {
        values += encoder.values[host * e..<(host + 1) * e]
        values += decoder.values[host * d..<(host + 1) * d]
    }
    return Matrix(encoder.rows + decoder.rows, encoder.columns, values: values)
}
