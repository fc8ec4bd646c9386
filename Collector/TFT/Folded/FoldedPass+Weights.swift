import CVector

// What explains an answer: the weights that the pass has in hand anyway, added up while they are in the first cache.

extension FoldedPass {
    /// One host's lane of the static selection.
    func takeStaticShares() {
        guard let weights else { return }
        let from = workspace.weights
        for host in 0..<hosts {
            let to = weights + host * model.layout.count
            for variable in model.layout.statics { to[variable] = from.start[variable * from.stride + host] }
        }
        workspace.shares.update(repeating: 0, count: workspace.shareCount)
    }

    /// Adds a block of steps to each host's sums. Steps beyond a host's length are padding and do not count.
    func addShares(_ steps: Range<Int>, _ variables: Int, lengths: [Int]?) {
        guard weights != nil else { return }
        let (from, to) = (workspace.weights, workspace.shares)
        if lengths == nil || steps.upperBound <= shortest {
            vector_add_steps(variables, steps.count, lanesPerStep, from.start, from.stride, to)
            return
        }
        for host in 0..<hosts {
            let count = min(steps.upperBound, lengths?[host] ?? .max) - steps.lowerBound
            for variable in 0..<variables {
                for step in 0..<max(0, count) {
                    to[16 * variable + host] += from.start[variable * from.stride + step * lanesPerStep + host]
                }
            }
        }
    }

    /// Writes the means over the steps added, and begins anew. `steps`: how many each host had; nil: all of the
    /// decoder's.
    func takeShares(_ places: Range<Int>, steps: [Int]?) {
        guard let weights else { return }
        let shares = workspace.shares
        for host in 0..<hosts {
            let (to, count) = (weights + host * model.layout.count, Float(steps?[host] ?? batch.decoderSteps))
            for variable in 0..<places.count { to[places.lowerBound + variable] = shares[16 * variable + host] / count }
        }
        shares.update(repeating: 0, count: workspace.shareCount)
    }
}

/// Where what explains an answer stands among the `count` numbers of a host.
package struct WeightLayout: Sendable {
    /// The mean weight of each variable over its steps, categoricals first, then reals, as the config lists them. Each
    /// group adds up to 1.
    package let statics: Range<Int>
    package let encoder: Range<Int>
    package let decoder: Range<Int>
    /// How much each of the E + D steps was looked at, the mean over the decoder's steps and the heads: adds up to 1.
    /// The encoder's steps stand at the front of its E places; those behind a host's length are not written.
    package let attention: Range<Int>

    package var count: Int { attention.upperBound }

    package init(_ config: TFTConfig) {
        let (statics, encoder, decoder) = (
            config.staticCategoricals.count + config.staticReals.count,
            config.encoderCategoricals.count + config.encoderReals.count,
            config.decoderCategoricals.count + config.decoderReals.count
        )
        self.statics = 0..<statics
        self.encoder = statics..<statics + encoder
        self.decoder = statics + encoder..<statics + encoder + decoder
        let first = statics + encoder + decoder
        attention = first..<first + config.encoderSteps + config.decoderSteps
    }
}
