package import Telemetry

/// All that a score is made from. Nothing else may change it, so a stored input gives the same score again.
package struct RiskInput: Sendable {
    package var profile: Profile
    package var cpus: Int
    /// The host's values now: the mean of the last minute's samples.
    package var now: MetricVector
    /// What the host was, oldest first, up to the present: two hours or more of five-minute steps, fewer when it is
    /// young. The engine looks back twelve hours and a half at most.
    package var history: [StepRow]
    package var forecast: Forecast?
    /// Unix seconds that `now` speaks of; nil: the end of the last step of `history`.
    package var time: Double?
    /// How far the forecast of each metric is believed, 0…1; missing: in full. Below 1 when the model has been no
    /// better than persistence for this host and metric.
    package var skill: MetricVector

    package init(
        profile: Profile, cpus: Int, now: MetricVector, history: [StepRow], forecast: Forecast?, time: Double? = nil,
        skill: MetricVector = MetricVector()
    ) {
        self.profile = profile
        self.cpus = cpus
        self.now = now
        self.history = history
        self.forecast = forecast
        self.time = time
        self.skill = skill
    }
}
