package import Numerics

/// What the network is shown, in network space: everything already scaled, hosts one after the other.
///
/// B hosts, E encoder steps (of the longest host), D decoder steps. A host with fewer than E steps has them at the
/// front; what stands behind them is padding and never matters.
package struct TFTBatch: Sendable {
    package var encoderLengths: [Int]
    package var encoderSteps: Int
    package var decoderSteps: Int
    /// Columns in the order of the config's lists.
    package var staticReals: Matrix  // [B, static reals]
    package var encoderReals: Matrix  // [B · E, encoder reals]
    package var decoderReals: Matrix  // [B · D, decoder reals]
    /// One array per categorical variable.
    package var staticCategories: [[Int32]]  // [B] each
    package var encoderCategories: [[Int32]]  // [B · E] each
    package var decoderCategories: [[Int32]]  // [B · D] each

    package var hosts: Int { encoderLengths.count }

    /// An empty batch of the right shape: zeros and unknown classes.
    package init(_ config: TFTConfig, lengths: [Int]) {
        let hosts = lengths.count
        encoderLengths = lengths
        encoderSteps = lengths.max() ?? 0
        decoderSteps = config.decoderSteps
        staticReals = Matrix(hosts, config.staticReals.count)
        encoderReals = Matrix(hosts * encoderSteps, config.encoderReals.count)
        decoderReals = Matrix(hosts * decoderSteps, config.decoderReals.count)
        let unknown = { (rows: Int) in [Int32](repeating: 0, count: rows) }
        staticCategories = config.staticCategoricals.map { _ in unknown(hosts) }
        encoderCategories = config.encoderCategoricals.map { [encoderSteps] _ in unknown(hosts * encoderSteps) }
        decoderCategories = config.decoderCategoricals.map { [decoderSteps] _ in unknown(hosts * decoderSteps) }
    }
}

/// What the network answers, in network space.
package struct TFTOutput: Sendable {
    package var quantiles: [Matrix]  // [B · D, Q] for each target
    package var staticWeights: Matrix  // [B, static variables]
    package var encoderWeights: Matrix  // [B · E, encoder variables]
    package var decoderWeights: Matrix  // [B · D, decoder variables]
    package var attention: Matrix  // [B · D · heads, E + D]
}
