package import Numerics

/// Weighs every input variable at every step. TFT eq. 6–8; the weights explain the forecast.
///
/// Each variable's vector (a real lifted by its prescaler, a class's embedding) goes through its own network; the
/// vectors side by side, with the static context, decide the weights. With one variable there is nothing to weigh.
package struct VariableSelection: Sendable {
    /// What makes a variable's vector, and the network that vector goes through.
    enum Variable: Sendable {
        case real(prescaler: Linear, network: GatedResidualNetwork)
        case categorical(embedding: Embedding, network: ResampleNorm)

        var width: Int {
            switch self {
            case .real(let prescaler, _): prescaler.outputs
            case .categorical(let embedding, _): embedding.width
            }
        }
    }

    /// Categoricals first, then reals: the network's order.
    let variables: [Variable]
    let categoricalCount: Int
    let weights: GatedResidualNetwork?
    let outputs: Int

    /// `embeddings` and `prescalers` are the network's shared ones, by variable.
    init(
        _ name: String, categoricals: [TFTConfig.Categorical], reals: [String], hidden: Int, context: Int?,
        embeddings: [String: Embedding], prescalers: [String: Linear], in layout: inout ParameterLayout
    ) {
        var variables: [Variable] = []
        for categorical in categoricals {
            guard let embedding = embeddings[categorical.name] else { continue }
            let network = ResampleNorm(
                "\(name).single_variable_grns.\(categorical.name)", embedding.width, hidden, in: &layout)
            variables.append(.categorical(embedding: embedding, network: network))
        }
        for real in reals {
            guard let prescaler = prescalers[real] else { continue }
            prescaler.alias("\(name).prescalers.\(real)", in: &layout)
            let network = GatedResidualNetwork(
                "\(name).single_variable_grns.\(real)", inputs: prescaler.outputs,
                hidden: min(prescaler.outputs, hidden), outputs: hidden, in: &layout)
            variables.append(.real(prescaler: prescaler, network: network))
        }
        self.variables = variables
        categoricalCount = categoricals.count
        outputs = hidden
        let count = variables.count
        weights =
            count < 2
            ? nil
            : GatedResidualNetwork(
                "\(name).flattened_grn", inputs: variables.reduce(0) { $0 + $1.width }, hidden: min(hidden, count),
                outputs: count, context: context, in: &layout)
    }

    /// `reals: [groups · n, real variables]`, `categories: [groups · n, categorical variables]`, `context: [groups, H]`
    /// → `y: [groups · n, H]`, `weights: [groups · n, variables]`.
    package func forward(
        reals: Matrix, categories: [[Int32]], context: Matrix? = nil, _ parameters: [Float]
    ) -> (y: Matrix, weights: Matrix) {
        let rows = reals.rows
        var flat = Matrix(rows, variables.reduce(0) { $0 + $1.width })
        var transformed: [Matrix] = []
        var offset = 0
        for (v, variable) in variables.enumerated() {
            let vector: Matrix
            switch variable {
            case .categorical(let embedding, let network):
                vector = embedding.forward(categories[v], parameters)
                transformed.append(network.forward(vector, parameters))
            case .real(let prescaler, let network):
                let column = v - categoricalCount
                vector = prescaler.forward(reals.columns(column..<column + 1), parameters)
                transformed.append(network.forward(vector, parameters))
            }
            flat.setColumns(from: offset, to: vector)
            offset += variable.width
        }
        guard let weights else {
            return (transformed[0], Matrix(rows, 1, values: Array(repeating: 1, count: rows)))
        }
        var weight = weights.forward(flat, context: context, parameters)
        softmaxRows(&weight)
        var y = Matrix(rows, outputs)
        for (v, x) in transformed.enumerated() { addRows(x, weightedBy: weight, column: v, to: &y) }
        return (y, weight)
    }
}
