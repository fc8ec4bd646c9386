package import Insight
package import Telemetry

/// What a forecast of one host is made from.
package struct ForecastRequest: Sendable {
    package var profile: Profile
    /// The host's steps, oldest first. Steps may be missing, and metrics in them; what lies before the model's window
    /// or after `firstStep` is not looked at.
    package var steps: [StepRow]
    /// Unix seconds of the first step to predict: the end of the last complete one.
    package var firstStep: Int

    package init(profile: Profile, steps: [StepRow], firstStep: Int) {
        self.profile = profile
        self.steps = steps
        self.firstStep = firstStep
    }
}
