package import Telemetry

/// One host's five-minute step: the mean of the valid samples of each metric, and how many there were.
package struct StepRow: Sendable, Equatable {
    /// Unix seconds of the step's start.
    package var start: Int
    package var means: MetricVector
    /// How many samples of the metric with the most are in the step.
    package var samples: Int
    package var state: HostState?

    package init(start: Int, means: MetricVector, samples: Int, state: HostState? = nil) {
        self.start = start
        self.means = means
        self.samples = samples
        self.state = state
    }
}
