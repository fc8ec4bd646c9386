/// A stretch of time in which a host was at a limit or beyond it: what alerts are to warn of.
package struct Breach: Sendable, Equatable {
    package var signal: RiskSignal
    /// The end of its ramp, in the signal's unit, and the worst that it came to.
    package var limit: Double
    package var worst: Double
    /// Unix seconds: the start of its first step and the end of its last.
    package var start: Double
    package var end: Double

    package init(signal: RiskSignal, limit: Double, worst: Double, start: Double, end: Double) {
        (self.signal, self.limit, self.worst) = (signal, limit, worst)
        (self.start, self.end) = (start, end)
    }
}
