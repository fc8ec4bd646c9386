import JSON

/// The shape of a network: sizes and variable lists, as a model folder's `config.json` gives them
/// (pytorch-forecasting's hyper-parameters by their own names).
package struct TFTConfig: Sendable, Equatable {
    /// H, the width of everything after variable selection.
    package var hidden: Int
    /// C, the width to which a real variable is lifted first.
    package var hiddenContinuous: Int
    /// A.
    package var heads: Int
    package var lstmLayers: Int
    /// E, the most history a host can show.
    package var encoderSteps: Int
    /// D.
    package var decoderSteps: Int
    /// A decoder step may look at earlier decoder steps only.
    package var isCausal: Bool
    package var quantiles: [Float]
    /// One output head each.
    package var targets: [String]

    package var staticCategoricals: [Categorical]
    package var staticReals: [String]
    package var encoderCategoricals: [Categorical]
    package var encoderReals: [String]
    package var decoderCategoricals: [Categorical]
    package var decoderReals: [String]

    /// Every real and categorical in the order of the golden files' columns.
    package var realColumns: [String]
    package var categoricalColumns: [String]

    /// A variable of classes, each with a learnt vector of `width` numbers.
    package struct Categorical: Sendable, Equatable {
        package var name: String
        package var classes: Int
        package var width: Int

        package init(name: String, classes: Int, width: Int) {
            (self.name, self.classes, self.width) = (name, classes, width)
        }
    }

    package var quantileCount: Int { quantiles.count }

    package init(path: String) throws(ModelError) {
        self = try JSONFields.read(path) { fields throws(ModelError) in try TFTConfig(fields) }
    }

    package init(_ fields: JSONFields) throws(ModelError) {
        hidden = try fields.integer("hidden_size", in: 1...4096)
        hiddenContinuous = try fields.integer("hidden_continuous_size", in: 1...4096)
        heads = try fields.integer("attention_head_size", in: 1...256)
        lstmLayers = try fields.integer("lstm_layers", in: 1...16)
        encoderSteps = try fields.integer("max_encoder_length", in: 1...100_000)
        decoderSteps = try fields.integer("max_prediction_length", in: 1...100_000)
        isCausal = try fields.bool("causal_attention", default: true)
        quantiles = try fields.numbers("quantiles").map { Float($0) }
        targets = try fields.strings("targets")
        realColumns = try fields.strings("x_reals")
        categoricalColumns = try fields.strings("x_categoricals")
        staticReals = try fields.strings("static_reals")
        encoderReals = try fields.strings("time_varying_reals_encoder")
        decoderReals = try fields.strings("time_varying_reals_decoder")
        staticCategoricals = try Self.categoricals("static_categoricals", fields)
        encoderCategoricals = try Self.categoricals("time_varying_categoricals_encoder", fields)
        decoderCategoricals = try Self.categoricals("time_varying_categoricals_decoder", fields)
        try check(fields)
    }

    private static func categoricals(_ field: String, _ fields: JSONFields) throws(ModelError) -> [Categorical] {
        let names = try fields.strings(field)
        let sizes = try fields.object("embedding_sizes")
        var result: [Categorical] = []
        for name in names {
            let pair = try sizes.numbers(name)
            guard pair.count == 2, pair.allSatisfy({ $0 >= 1 && $0 <= 1e6 && $0 == $0.rounded() }) else {
                throw sizes.fault(name, "must be [classes, width]")
            }
            result.append(Categorical(name: name, classes: Int(pair[0]), width: Int(pair[1])))
        }
        return result
    }

    private func check(_ fields: JSONFields) throws(ModelError) {
        guard hidden % heads == 0 else {
            throw fields.fault("attention_head_size", "must divide hidden_size \(hidden)")
        }
        guard quantiles.count >= 1, quantiles.count <= 99,
            zip(quantiles, quantiles.dropFirst()).allSatisfy({ $0 < $1 }),
            quantiles.allSatisfy({ $0 > 0 && $0 < 1 })
        else { throw fields.fault("quantiles", "must be ascending numbers between 0 and 1") }
        guard !targets.isEmpty, Set(targets).count == targets.count else {
            throw fields.fault("targets", "must name one variable or more, each once")
        }
        for (field, names) in [
            ("static_reals", staticReals), ("time_varying_reals_encoder", encoderReals),
            ("time_varying_reals_decoder", decoderReals),
        ] {
            guard Set(names).count == names.count else { throw fields.fault(field, "names a variable twice") }
            for name in names where !realColumns.contains(name) {
                throw fields.fault(field, "\(name) is not in x_reals")
            }
        }
        for (field, variables) in [
            ("static_categoricals", staticCategoricals), ("time_varying_categoricals_encoder", encoderCategoricals),
            ("time_varying_categoricals_decoder", decoderCategoricals),
        ] {
            for variable in variables where !categoricalColumns.contains(variable.name) {
                throw fields.fault(field, "\(variable.name) is not in x_categoricals")
            }
        }
        for (field, count) in [
            ("static_reals", staticReals.count + staticCategoricals.count),
            ("time_varying_reals_encoder", encoderReals.count + encoderCategoricals.count),
            ("time_varying_reals_decoder", decoderReals.count + decoderCategoricals.count),
        ] where count == 0 {
            throw fields.fault(field, "the network needs one variable or more here")
        }
        if try fields.bool("share_single_variable_networks", default: false) {
            throw fields.fault("share_single_variable_networks", "true is not supported")
        }
        try checkOutputs(fields)
    }

    /// `output_size`: a number for one target, a list for several.
    private func checkOutputs(_ fields: JSONFields) throws(ModelError) {
        guard fields.has("output_size") else { return }
        let list = fields.value["output_size"]
        let sizes = list?.int64.map { [$0] } ?? list?.elements.compactMap(\.int64) ?? []
        guard sizes.count == targets.count, sizes.allSatisfy({ $0 == Int64(quantiles.count) }) else {
            throw fields.fault(
                "output_size",
                "must be the number of quantiles, \(quantiles.count), for each of \(targets.count) targets")
        }
    }
}
