package import Telemetry

/// What one model alone said at the scored steps, before any simple forecast was blended in: a challenger, which nobody
/// hears yet.
package struct ShadowForecast: Sendable, Equatable {
    package var serverID: UInt64
    /// Unix seconds of the first predicted step's start.
    package var firstStep: Int
    package var model: String
    /// As `KeptForecast.values`.
    package var values: [Float]

    package init(serverID: UInt64, firstStep: Int, model: String, values: [Float]) {
        precondition(values.count == KeptForecast.valueCount)
        self.serverID = serverID
        self.firstStep = firstStep
        self.model = model
        self.values = values
    }
}

/// What the score of a model alone is of; all profiles together.
package struct ModelAccuracyKey: Hashable, Sendable {
    package var model: String
    package var metric: Metric
    /// Steps ahead.
    package var horizon: Int

    package init(model: String, metric: Metric, horizon: Int) {
        self.model = model
        self.metric = metric
        self.horizon = horizon
    }
}

/// What a challenger is compared with the model in use by.
package struct TrialKey: Hashable, Sendable {
    package var challenger: String
    package var champion: String
    package var metric: Metric
    /// Steps ahead.
    package var horizon: Int

    package init(challenger: String, champion: String, metric: Metric, horizon: Int) {
        self.challenger = challenger
        self.champion = champion
        self.metric = metric
        self.horizon = horizon
    }
}

/// Everything that the truths of one step say about models.
package struct StepScores: Sendable {
    /// Of what was told, by profile.
    package var told: [AccuracyKey: AccuracySums] = [:]
    /// Of the models alone.
    package var alone: [ModelAccuracyKey: AccuracySums] = [:]
    /// `model` is the challenger's loss, `simple` the champion's, over the same hosts and steps.
    package var trial: [TrialKey: AccuracySums.Duel] = [:]

    package init() {}
}

/// What came of a model's inputs or of its skill in an hour.
package struct DriftRow: Sendable, Equatable {
    /// Unix seconds of the hour's start.
    package var hour: Int
    package var model: String
    /// A metric's name, or `skill`.
    package var subject: String
    package var value: Double

    package static let skill = "skill"

    package init(hour: Int, model: String, subject: String, value: Double) {
        self.hour = hour
        self.model = model
        self.subject = subject
        self.value = value
    }
}
