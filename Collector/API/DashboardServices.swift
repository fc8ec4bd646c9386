package import Insight

/// What the dashboard asks beyond single hosts.
package struct DashboardServices: Sendable {
    /// By host: its score as it is forecast to be, at each of `ScoreAhead.minutes`; only hosts with a forecast.
    package var scoresAhead: @Sendable () -> [String: [Double]]
    /// What to do about a host as it is now.
    package var advice: @Sendable (_ host: String) -> [GivenAdvice]

    /// Nil while there is no forecast that is half an hour old.
    package var foreseen: @Sendable () -> FleetForeseen?
    package var forecastsKeptSeconds: Double
    /// Asks the demonstration fleet what it goes through, or to go through something else; the answer comes later, on
    /// another thread. Nil when none is attached.
    package var scenario:
        (@Sendable (_ wanted: String?, _ done: @escaping @Sendable (ScenarioOutcome) -> Void) -> Void)?
    /// Whoever asks may look and change nothing.
    package var isReadOnly = false

    package init(
        scoresAhead: @escaping @Sendable () -> [String: [Double]],
        advice: @escaping @Sendable (_ host: String) -> [GivenAdvice],
        foreseen: @escaping @Sendable () -> FleetForeseen?, forecastsKeptSeconds: Double
    ) {
        self.scoresAhead = scoresAhead
        self.advice = advice
        self.foreseen = foreseen
        self.forecastsKeptSeconds = forecastsKeptSeconds
    }
}

/// The moments that the heatmap looks ahead to.
package enum ScoreAhead {
    /// Half an hour to eight hours.
    package static let minutes = Array(stride(from: 30, through: 480, by: 30))

    /// The forecast's step that ends so many minutes after its beginning.
    package static func step(after minutes: Int) -> Int { minutes * 60 / 300 - 1 }
}
