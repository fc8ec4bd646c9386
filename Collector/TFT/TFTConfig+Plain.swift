extension TFTConfig {
    /// A network described by its parts; columns are then in the order static, known, observed.
    package init(
        hidden: Int, hiddenContinuous: Int, heads: Int, lstmLayers: Int, encoderSteps: Int, decoderSteps: Int,
        quantiles: [Float], targets: [String], staticCategoricals: [Categorical], staticReals: [String],
        encoderCategoricals: [Categorical], encoderReals: [String], decoderReals: [String]
    ) {
        (self.hidden, self.hiddenContinuous, self.heads) = (hidden, hiddenContinuous, heads)
        (self.lstmLayers, self.encoderSteps, self.decoderSteps) = (lstmLayers, encoderSteps, decoderSteps)
        (isCausal, self.quantiles, self.targets) = (true, quantiles, targets)
        (self.staticCategoricals, self.staticReals) = (staticCategoricals, staticReals)
        (self.encoderCategoricals, self.encoderReals) = (encoderCategoricals, encoderReals)
        (decoderCategoricals, self.decoderReals) = ([], decoderReals)
        realColumns = staticReals + encoderReals
        categoricalColumns = (staticCategoricals + encoderCategoricals).map(\.name)
    }
}
