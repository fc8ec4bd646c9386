/// What a training run is told. The defaults are those of the shipped model.
package struct TrainerSettings: Sendable, Equatable {
    package enum Schedule: String, Sendable, CaseIterable {
        /// A straight line to nothing over the steps or the minutes.
        case linear
        /// Less of it after every few looks at the validation windows that found nothing better.
        case plateau
    }

    static let (plateauLooks, plateauShare) = (3, 0.4)

    package var hidden = 32
    package var hiddenContinuous = 16
    package var heads = 4
    package var lstmLayers = 1
    /// Windows of a step of the optimiser.
    package var batch = 64
    package var rate: Float = 2e-3
    /// Decoupled: a step takes `rate · decay` of every parameter.
    package var decay: Float = 1e-2
    package var warmUpSteps = 100
    package var schedule = Schedule.linear
    /// Largest norm of the gradient.
    package var clip: Float = 1
    /// Share of inputs that gates drop.
    package var dropout: Float = 0.1
    /// Steps until the rate is 0; nil: as many as `minutes` allow, measured on the first ones.
    package var steps: Int?
    package var minutes = 15.0
    package var seed: UInt64 = 1
    /// Steps between two looks at the validation windows.
    package var validateEvery = 100
    package var validationWindows = 256
    /// How many looks without progress end the run; nil: none does.
    package var patience: Int?
    /// Share of training windows that show less history than the context, as a young series does.
    package var shortShare = 0.1
    /// Names of series that are held out whole.
    package var heldOut: Set<String> = []
    /// Share of the newest time that no training window looks into.
    package var validationShare = 0.15
    /// Instead of a share of the table's time: how many of the newest steps of every series.
    package var validationSteps: Int?
    /// Where to write the checkpoint, and to go on from if `isResuming`.
    package var checkpoint: String?
    package var isResuming = false

    package init() {}

    /// The rule it breaks, or nil.
    package var fault: String? {
        if hidden < 4 || hidden > 512 || heads < 1 || hidden % heads != 0 {
            return "hidden is 4 to 512 and a multiple of heads, not \(hidden) with \(heads) heads"
        }
        if hiddenContinuous < 1 || hiddenContinuous > 512 || lstmLayers < 1 || lstmLayers > 8 {
            return "hidden-continuous is 1 to 512 and LSTM layers 1 to 8"
        }
        if batch < 1 || batch > 4096 { return "batch is 1 to 4096 windows, not \(batch)" }
        if !(rate > 0 && rate <= 1) || !(decay >= 0 && decay <= 1) { return "rate and decay are between 0 and 1" }
        if !(dropout >= 0 && dropout < 0.9) { return "dropout is 0 to 0.9, not \(dropout)" }
        if let steps, steps < 1 || steps > 10_000_000 { return "steps are 1 to 10000000, not \(steps)" }
        if !(minutes > 0 && minutes <= 100_000) { return "minutes are above 0, at most 100000" }
        if !(validationShare > 0 && validationShare < 0.9) { return "the validation share is between 0 and 0.9" }
        if let validationSteps, validationSteps < 0 { return "validation steps are 0 or more" }
        if validationWindows < 1 || validationWindows > 100_000 { return "1 to 100000 validation windows" }
        if validateEvery < 1 || warmUpSteps < 0 || !(clip > 0) { return "validateEvery and clip are above 0" }
        return nil
    }
}
