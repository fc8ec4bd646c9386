/// What is said about a host: a score, or that it is silent.
package enum RiskVerdict: Sendable, Equatable {
    case score(RiskScore)
    /// No fresh sample. The last score is shown greyed, never as the present one.
    case offline(silentSeconds: Double, last: RiskScore?)
}
