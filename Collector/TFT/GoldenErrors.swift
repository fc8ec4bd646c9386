import Numerics

/// How far an answer lies from the reference's, at the worst place.
package struct GoldenErrors: Sendable, Equatable {
    /// In units of each host's and target's own scale.
    package var quantile: Float
    /// Of the variable weights of the static, encoder and decoder selection.
    package var weight: Float
    /// Nil where the file holds no attention.
    package var attention: Float?

    package init(_ output: TFTOutput, against golden: GoldenCase) {
        quantile = Self.quantileError(golden) { target, i in output.quantiles[target].values[i] }
        let batch = golden.batch
        weight = worst(output.staticWeights.values, golden.staticWeights)
        weight = worse(weight, worst(output.decoderWeights.values, golden.decoderWeights))
        // Behind a young host's last step there is padding, which nobody reads.
        let width = output.encoderWeights.columns
        for (host, length) in batch.encoderLengths.enumerated() {
            let first = host * batch.encoderSteps * width
            let part = first..<first + length * width
            weight = worse(weight, worst(output.encoderWeights.values[part], golden.encoderWeights[part]))
        }
        guard let encoder = golden.encoderAttention, let decoder = golden.decoderAttention else { return }
        let (e, d) = (batch.encoderSteps, batch.decoderSteps)
        var attention: Float = 0
        for row in 0..<output.attention.rows {
            let first = row * (e + d)
            attention = worse(
                attention, worst(output.attention.values[first..<first + e], encoder[row * e..<(row + 1) * e]))
            attention = worse(
                attention, worst(output.attention.values[first + e..<first + e + d], decoder[row * d..<(row + 1) * d]))
        }
        self.attention = attention
    }

    /// Takes in the answers of the fast pass, `[host][target][D][Q]`: the quantile error is then the worse of the two.
    package mutating func include(folded answers: [Float], against golden: GoldenCase) {
        let targets = golden.quantiles.count
        let run = (golden.quantiles.first?.values.count ?? 0) / max(golden.batch.hosts, 1)
        let error = Self.quantileError(golden) { target, i in
            answers[(i / run * targets + target) * run + i % run]
        }
        quantile = worse(quantile, error)
    }

    /// `found`: a target's value in network space, by its place in the golden tensor.
    private static func quantileError(_ golden: GoldenCase, _ found: (_ target: Int, _ place: Int) -> Float) -> Float {
        var error: Float = 0
        for (target, expected) in golden.quantiles.enumerated() {
            let scales = golden.targetScales[target]
            let run = expected.values.count / max(golden.batch.hosts, 1)
            for (i, value) in expected.values.enumerated() {
                let (centre, scale) = (scales[i / run, 0], scales[i / run, 1])
                error = worse(error, abs(centre + scale * found(target, i) - value) / scale)
            }
        }
        return error
    }
}

/// The larger of two errors; a NaN is the largest of all.
private func worse(_ a: Float, _ b: Float) -> Float { b.isNaN ? .infinity : max(a, b) }

private func worst(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { worse($0, abs($1.0 - $1.1)) }
}
