package import Telemetry

/// One line of the playbook: what to do about a cause. Text for people; nothing is ever executed on a host.
package struct Advice: Sendable, Equatable {
    /// What is probably the matter: "memory leak".
    package var cause: String
    /// It speaks when each of these has points in the score, unless by a factor that `factors` leaves out.
    package var signals: [RiskSignal]
    package var factors: [RiskFactor]
    /// Empty: every profile.
    package var profiles: [Profile]
    /// The least points that its signals must have together, 0…100.
    package var pointsMin: Double
    package var text: String
    package var link: String?
    /// Who has to agree before it is done, in words.
    package var approval: String

    package init(
        cause: String, signals: [RiskSignal], factors: [RiskFactor] = RiskFactor.allCases, profiles: [Profile] = [],
        pointsMin: Double = 5, text: String, link: String? = nil, approval: String
    ) {
        (self.cause, self.signals, self.factors, self.profiles) = (cause, signals, factors, profiles)
        (self.pointsMin, self.text, self.link, self.approval) = (pointsMin, text, link, approval)
    }
}

/// Advice that fits a host's score.
package struct GivenAdvice: Sendable, Equatable {
    package var advice: Advice
    /// Of the score, through the signals that it speaks of.
    package var points: Double
    /// The sentences of those parts, the largest first.
    package var because: [String]

    package init(advice: Advice, points: Double, because: [String]) {
        (self.advice, self.points, self.because) = (advice, points, because)
    }
}
