/// The model's clock: five minutes. A step is named by its start, in Unix seconds, and covers `[start, start + 300)`.
package enum Step {
    package static let seconds = 300

    /// The start of the step that a moment falls into.
    package static func start(of time: Double) -> Int {
        Int((time / Double(seconds)).rounded(.down)) * seconds
    }

    /// How many samples a step needs at a sampling interval before its mean counts: a third of what it could hold.
    package static func samplesNeeded(intervalSeconds: Double) -> Int {
        max(1, Int((Double(seconds) / max(intervalSeconds, 0.1) / 3).rounded(.up)))
    }
}
