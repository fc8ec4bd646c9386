/// When a signal will cross its limit, in minutes from the forecast's beginning. Nil: not within the forecast's eight
/// hours.
package struct TimeToBreach: Sendable, Equatable {
    package var signal: RiskSignal
    /// The value that counts as a breach, in the signal's unit: the end of its ramp.
    package var limit: Double
    /// The first step at which the forecast's median crosses.
    package var medianMinutes: Double?
    /// The 80 % interval: where the 90 % quantile crosses, and where the 10 % one does.
    package var earliestMinutes: Double?
    package var latestMinutes: Double?

    package init(
        signal: RiskSignal, limit: Double, medianMinutes: Double?, earliestMinutes: Double?, latestMinutes: Double?
    ) {
        self.signal = signal
        self.limit = limit
        self.medianMinutes = medianMinutes
        self.earliestMinutes = earliestMinutes
        self.latestMinutes = latestMinutes
    }
}
