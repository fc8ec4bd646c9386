import Insight
import Store
import Telemetry

/// What the pipeline remembers of one host between two looks at it.
struct HostTrack: Sendable {
    /// The steps of the last twelve hours and a half, oldest first, ending before `boundary`.
    var history: [StepRow] = []
    /// The end of the newest step that `history` may hold; 0 before the first look.
    var boundary = 0
    /// The host's oldest sample when `history` was read, Unix seconds.
    var firstSeen = Double.nan
    var forecast: ForecastStatus?
    /// The newest sample that the score has seen, Unix seconds.
    var scoredSample = -Double.infinity
    /// Nil while the host is silent.
    var input: RiskInput?
    var risk: RiskScore?
    var lastRisk: RiskScore?
    var levelSince = 0.0
    /// When the host was last in a critical state, Unix seconds.
    var criticalAt: Double?
    /// Set when something that the score is made of has changed.
    var isStale = true

    static let historySteps = 150
}

/// When a step is taken as complete.
struct StepClock: Sendable {
    var graceSeconds: Double

    /// The end of the newest complete step, which is the start of the first one to predict.
    func boundary(at now: Double) -> Int { Step.start(of: now - graceSeconds) }
}
