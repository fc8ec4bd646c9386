/// What is said about a host: a score, or why there is none.
package enum RiskVerdict: Sendable, Equatable {
    case score(RiskScore)
    /// No fresh sample. The last score is shown greyed, never as the present one.
    case offline(silentSeconds: Double, last: RiskScore?)
    /// Samples come, but none of what is scored has a value: that is not health.
    case unscored(reason: String, last: RiskScore?)
}
