package import Numerics

/// `io.safetensors` of a golden folder: a batch, and what the reference answered to it. Both in the reference's
/// layout: all reals and all categoricals of every step side by side, in the order of `x_reals` and `x_categoricals`.
package struct GoldenCase: Sendable {
    package static let name = "io.safetensors"

    package let batch: TFTBatch
    /// Centre and scale of each target, `[B, 2]`.
    package let targetScales: [Matrix]
    /// In the targets' own units, `[B · D, Q]` for each.
    package let quantiles: [Matrix]
    package let staticWeights: [Float]
    package let encoderWeights: [Float]
    package let decoderWeights: [Float]
    /// `[B, D, heads, E]` and `[B, D, heads, D]`, where the file holds them.
    package let encoderAttention: [Float]?
    package let decoderAttention: [Float]?

    package init(path: String, config: TFTConfig) throws(ModelError) {
        let file = try Safetensors(path: path)
        let lengths = try file.integers("in.encoder_lengths")
        let steps = lengths.max() ?? 0
        guard !lengths.isEmpty, lengths.count <= 100_000, lengths.allSatisfy({ $0 >= 1 && $0 <= config.encoderSteps })
        else {
            throw .badFile(file: path, reason: "in.encoder_lengths must be 1 to \(config.encoderSteps)")
        }
        let (hosts, horizon) = (lengths.count, config.decoderSteps)
        batch = try Self.batch(file, config, lengths: lengths)
        let count = config.quantileCount
        targetScales = try config.targets.indices.map { i throws(ModelError) in
            Matrix(hosts, 2, values: try file.floats("in.target_scale.\(i)", shape: [hosts, 2]))
        }
        quantiles = try config.targets.indices.map { i throws(ModelError) in
            Matrix(
                hosts * horizon, count, values: try file.floats("out.quantiles.\(i)", shape: [hosts, horizon, count]))
        }
        let variables = (
            config.staticCategoricals.count + config.staticReals.count,
            config.encoderCategoricals.count + config.encoderReals.count,
            config.decoderCategoricals.count + config.decoderReals.count
        )
        staticWeights = try file.floats("out.static_variables", shape: [hosts, 1, variables.0])
        encoderWeights = try file.floats("out.encoder_variables", shape: [hosts, steps, 1, variables.1])
        decoderWeights = try file.floats("out.decoder_variables", shape: [hosts, horizon, 1, variables.2])
        let hasAttention = file.entries["out.encoder_attention"] != nil
        encoderAttention =
            hasAttention
            ? try file.floats("out.encoder_attention", shape: [hosts, horizon, config.heads, steps]) : nil
        decoderAttention =
            hasAttention
            ? try file.floats("out.decoder_attention", shape: [hosts, horizon, config.heads, horizon]) : nil
    }

    private static func batch(
        _ file: Safetensors, _ config: TFTConfig, lengths: [Int]
    ) throws(ModelError) -> TFTBatch {
        var batch = TFTBatch(config, lengths: lengths)
        let (hosts, steps, horizon) = (batch.hosts, batch.encoderSteps, batch.decoderSteps)
        let (reals, classes) = (config.realColumns.count, config.categoricalColumns.count)
        let encoderReals = Matrix(
            hosts * steps, reals, values: try file.floats("in.encoder_cont", shape: [hosts, steps, reals]))
        let decoderReals = Matrix(
            hosts * horizon, reals, values: try file.floats("in.decoder_cont", shape: [hosts, horizon, reals]))
        let encoderClasses = try file.integers("in.encoder_cat", shape: [hosts, steps, classes])
        let decoderClasses = try file.integers("in.decoder_cat", shape: [hosts, horizon, classes])

        let firstSteps = (0..<hosts).map { $0 * steps }
        batch.encoderReals = pick(config.encoderReals, of: config.realColumns, from: encoderReals)
        batch.decoderReals = pick(config.decoderReals, of: config.realColumns, from: decoderReals)
        batch.staticReals = pick(config.staticReals, of: config.realColumns, from: encoderReals, rows: firstSteps)
        func category(_ variable: TFTConfig.Categorical, _ all: [Int], rows: [Int]) -> [Int32] {
            let column = config.categoricalColumns.firstIndex(of: variable.name) ?? 0
            return rows.map { Int32(clamping: all[$0 * classes + column]) }
        }
        batch.encoderCategories = config.encoderCategoricals.map {
            category($0, encoderClasses, rows: Array(0..<hosts * steps))
        }
        batch.decoderCategories = config.decoderCategoricals.map {
            category($0, decoderClasses, rows: Array(0..<hosts * horizon))
        }
        batch.staticCategories = config.staticCategoricals.map { category($0, encoderClasses, rows: firstSteps) }
        return batch
    }

    private static func pick(_ names: [String], of all: [String], from x: Matrix, rows: [Int]? = nil) -> Matrix {
        let columns = names.map { all.firstIndex(of: $0) ?? 0 }
        let rows = rows ?? Array(0..<x.rows)
        return Matrix(
            rows.count, columns.count, values: rows.flatMap { row in columns.map { x.values[row * x.columns + $0] } })
    }
}
