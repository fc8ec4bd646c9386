package import Telemetry

/// How close a host is to trouble, 0–100, and what that number is made of.
package struct RiskScore: Sendable, Equatable {
    package var value: Double
    /// What the present says alone, and what the forecast says alone, 0–100 each.
    package var current: Double
    package var predicted: Double
    /// Largest first. Their points add up to `value` (to 0.01).
    package var parts: [RiskPart]
    /// What the reader must know about the score: "no forecast yet", "scored without swap".
    package var notes: [String]

    package var level: RiskLevel { RiskLevel(score: value) }

    package init(value: Double, current: Double, predicted: Double, parts: [RiskPart], notes: [String] = []) {
        self.value = value
        self.current = current
        self.predicted = predicted
        self.parts = parts
        self.notes = notes
    }
}

/// One metric through one factor, and how many points of the score it is.
package struct RiskPart: Sendable, Equatable {
    package var metric: Metric
    package var factor: RiskFactor
    package var points: Double
    /// A sentence a person can act on.
    package var sentence: String

    package init(metric: Metric, factor: RiskFactor, points: Double, sentence: String) {
        self.metric = metric
        self.factor = factor
        self.points = points
        self.sentence = sentence
    }
}

package enum RiskFactor: String, Sendable, CaseIterable {
    case profile, trend, correlation, prediction
}
