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
    /// The first limit that the forecast's median will cross, nil when it crosses none.
    package var soonestBreach: TimeToBreach?

    package init(
        host: String, state: HostState, now: MetricVector, forecast: ForecastStatus, risk: RiskScore?,
        scoredAt: Double, levelSince: Double, lastRisk: RiskScore?,
        soonestBreach: TimeToBreach?
    ) {
        self.host = host
        self.state = state
        self.now = now
        self.forecast = forecast
        self.risk = risk
        self.scoredAt = scoredAt
        self.levelSince = levelSince
        self.lastRisk = lastRisk
        self.soonestBreach = soonestBreach
    }
}

/// The fleet at this moment, by host name. The pipeline writes it; every reader takes a copy.
package final class FleetBoard: Sendable {
    private struct Table {
        var views: [String: HostView] = [:]
        var ready = 0
    }
    private let table = Locked(Table())

    package init() {}

    package func put(_ changed: [HostView]) {
        table.withLock { table in
            for view in changed {
                let old = table.views.updateValue(view, forKey: view.host)
                table.ready += (view.isReady ? 1 : 0) - (old?.isReady == true ? 1 : 0)
            }
        }
    }

    package func view(of host: String) -> HostView? { table.withLock { $0.views[host] } }

    package func all() -> [String: HostView] { table.withLock { $0.views } }

    /// How many hosts have a forecast.
    package var readyCount: Int { table.withLock { $0.ready } }
}

extension HostView {
    package var isReady: Bool { if case .ready = forecast { true } else { false } }
}
