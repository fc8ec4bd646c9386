package import Daemon
package import Insight
package import Lifecycle
package import Store

/// What the endpoints ask. Nothing else is known to them.
package struct Services: Sendable {
    package var store: Store
    package var board: FleetBoard
    package var clock: Clock
    /// Which model speaks and how its last run went.
    package var forecasting: @Sendable () -> ForecastingStatus
    /// What a host's score would take to change, and when its metrics will cross their limits; nil while it has no
    /// score.
    package var explain: @Sendable (_ host: String) -> RiskExplanation?
    /// What the model says of another recent past of a host.
    package var whatIf: @Sendable (_ host: Host, _ changes: [WhatIfChange]) -> WhatIfOutcome
    /// The fleet in one line.
    package var fleet: @Sendable () -> FleetRisk
    /// How good the forecasts of the last days were.
    package var accuracy: @Sendable (_ days: Int) -> AccuracyBoard
    package var models: @Sendable () -> ModelsReport
    /// How far the inputs of the last days were from what the model learnt.
    package var drift: @Sendable (_ days: Int) -> DriftReport
    package var thresholds: ThresholdService
    package var trials: any ThresholdTrials
    /// What warnings were worth.
    package var cost: @Sendable (CostQuestion) throws(StoreError) -> CostAvoidance
    package var alerts: any AlertDesk
    package var deliveries: DeliveryService
    package var dashboard: DashboardServices
    package var access: Doorkeeper
    package var remoteWrite: RemoteWriteDesk
    /// Unix seconds of the program's start.
    package var startedAt: Double
    /// Steps and samples older than this are not even imported, in seconds.
    package var importAgeSecondsMax: Double

    package init(
        store: Store, board: FleetBoard, clock: Clock, startedAt: Double, importAgeSecondsMax: Double,
        forecasting: @escaping @Sendable () -> ForecastingStatus,
        explain: @escaping @Sendable (_ host: String) -> RiskExplanation?,
        whatIf: @escaping @Sendable (_ host: Host, _ changes: [WhatIfChange]) -> WhatIfOutcome,
        fleet: @escaping @Sendable () -> FleetRisk,
        accuracy: @escaping @Sendable (_ days: Int) -> AccuracyBoard, thresholds: ThresholdService,
        trials: any ThresholdTrials, cost: @escaping @Sendable (CostQuestion) throws(StoreError) -> CostAvoidance,
        models: @escaping @Sendable () -> ModelsReport,
        drift: @escaping @Sendable (_ days: Int) -> DriftReport,
        alerts: any AlertDesk, deliveries: DeliveryService, dashboard: DashboardServices,
        access: Doorkeeper, remoteWrite: RemoteWriteDesk
    ) {
        self.store = store
        self.board = board
        self.clock = clock
        self.startedAt = startedAt
        self.importAgeSecondsMax = importAgeSecondsMax
        self.forecasting = forecasting
        self.explain = explain
        self.whatIf = whatIf
        self.fleet = fleet
        self.accuracy = accuracy
        self.models = models
        self.drift = drift
        self.thresholds = thresholds
        self.trials = trials
        self.cost = cost
        self.alerts = alerts
        self.deliveries = deliveries
        self.dashboard = dashboard
        self.access = access
        self.remoteWrite = remoteWrite
    }
}

/// What goes with a score when somebody asks for the why.
package struct RiskExplanation: Sendable {
    package var counterfactuals: [Counterfactual]
    package var timesToBreach: [TimeToBreach]
    /// What to do, the most fitting first.
    package var advice: [GivenAdvice]

    package init(counterfactuals: [Counterfactual], timesToBreach: [TimeToBreach], advice: [GivenAdvice]) {
        self.counterfactuals = counterfactuals
        self.timesToBreach = timesToBreach
        self.advice = advice
    }
}

/// The forecaster's own numbers.
package struct ForecastingStatus: Sendable, Equatable {
    /// Nil while no model could be loaded.
    package var model: String?
    package var parameters = 0
    /// Why there is no model, or why the newest one was refused and an older one still speaks.
    package var problem: String?
    package var runs = 0
    /// Of the newest run: Unix seconds of its end, its hosts and how long it took.
    package var lastRunAt: Double?
    package var lastRunHosts = 0
    package var lastRunSeconds = 0.0

    package init(model: String?) { self.model = model }
}

/// The scores of some days.
package struct AccuracyBoard: Sendable {
    package var days: Int
    /// Whole hours, Unix seconds.
    package var from: Int
    package var to: Int
    /// The start of the newest step whose truths are in it; nil before the first.
    package var scoredUpTo: Int?
    package var sums: [AccuracyKey: AccuracySums]

    package init(days: Int, from: Int, to: Int, scoredUpTo: Int?, sums: [AccuracyKey: AccuracySums]) {
        self.days = days
        self.from = from
        self.to = to
        self.scoredUpTo = scoredUpTo
        self.sums = sums
    }
}
