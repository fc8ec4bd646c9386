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
        quantile = 0
        let batch = golden.batch
        for (target, found) in output.quantiles.enumerated() {
            let scales = golden.targetScales[target]
            let count = found.columns
            for (i, expected) in golden.quantiles[target].values.enumerated() {
                let host = i / (count * batch.decoderSteps)
                let metric = scales[host, 0] + scales[host, 1] * found.values[i]
                quantile = worse(quantile, abs(metric - expected) / scales[host, 1])
            }
        }
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
}

/// The larger of two errors; a NaN is the largest of all.
private func worse(_ a: Float, _ b: Float) -> Float { b.isNaN ? .infinity : max(a, b) }

private func worst(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { worse($0, abs($1.0 - $1.1)) }
}
