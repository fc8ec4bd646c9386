package import Telemetry

/// All that a score is made from. Nothing else may change it, so a stored input gives the same score again.
package struct RiskInput: Sendable {
    package var profile: Profile
    package var cpus: Int
    /// The host's values now: the mean of the last minute's samples.
    package var now: MetricVector
    /// What the host was, oldest first, up to the present: two hours or more of five-minute steps, fewer when it is young.
    package var history: [StepRow]
    package var forecast: Forecast?

    package init(profile: Profile, cpus: Int, now: MetricVector, history: [StepRow], forecast: Forecast?) {
        self.profile = profile
        self.cpus = cpus
        self.now = now
        self.history = history
        self.forecast = forecast
    }
}
