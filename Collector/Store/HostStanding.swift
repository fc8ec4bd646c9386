package import Insight

/// What a restart must not change about how a host is shown.
package struct HostStanding: Sendable, Equatable {
    /// Nil while it has no score.
    package var level: RiskLevel?
    /// Unix seconds.
    package var levelSince: Double
    /// When it was last in a critical state.
    package var criticalAt: Double?

    package init(level: RiskLevel?, levelSince: Double, criticalAt: Double?) {
        self.level = level
        self.levelSince = levelSince
        self.criticalAt = criticalAt
    }
}
