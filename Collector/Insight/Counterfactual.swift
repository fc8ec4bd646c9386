/// What it would take to reach a better level: one signal's value, all else as it is.
package struct Counterfactual: Sendable, Equatable {
    package var signal: RiskSignal
    /// The level that would be reached.
    package var level: RiskLevel
    /// The signal must be below this, in its own unit.
    package var below: Double
    /// The score there, by the engine that made the score.
    package var score: Double
    /// "Memory below 81 % → Watch".
    package var sentence: String

    package init(signal: RiskSignal, level: RiskLevel, below: Double, score: Double, sentence: String) {
        self.signal = signal
        self.level = level
        self.below = below
        self.score = score
        self.sentence = sentence
    }
}
