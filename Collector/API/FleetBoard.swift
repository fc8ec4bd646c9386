import Daemon
package import Insight
package import Telemetry

/// What is known of one host at this moment: made by the pipeline, shown by the API.
package struct HostView: Sendable {
    package var host: String
    package var state: HostState
    /// The mean of the last minute's samples; what the score was made of.
    package var now: MetricVector
    package var forecast: ForecastStatus
    /// Nil while the host is silent: an old number is never shown as a present one.
    package var risk: RiskScore?
    /// When the score was made, and since when its level has stood. Unix seconds.
    package var scoredAt: Double
    package var levelSince: Double
    /// The last score of a host that has fallen silent.
    package var lastRisk: RiskScore?

    package init(
        host: String, state: HostState, now: MetricVector, forecast: ForecastStatus, risk: RiskScore?,
        scoredAt: Double, levelSince: Double, lastRisk: RiskScore?
    ) {
        self.host = host
        self.state = state
        self.now = now
        self.forecast = forecast
        self.risk = risk
        self.scoredAt = scoredAt
        self.levelSince = levelSince
        self.lastRisk = lastRisk
    }
}

/// The fleet at this moment, by host name. The pipeline writes it; every reader takes a copy.
package final class FleetBoard: Sendable {
    private let views = Locked<[String: HostView]>([:])

    package init() {}

    package func put(_ changed: [HostView]) {
        views.withLock { views in
            for view in changed { views[view.host] = view }
        }
    }

    package func view(of host: String) -> HostView? { views.withLock { $0[host] } }

    package func all() -> [String: HostView] { views.withLock { $0 } }
}
