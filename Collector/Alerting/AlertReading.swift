package import Insight
package import Telemetry

/// One evaluation of one host, as it enters the machine. Nothing else of a host is known to it, so stored readings give
/// the same alerts again.
package struct AlertReading: Sendable, Equatable {
    package var host: String
    /// The newest sample that the score has seen, Unix seconds. A reading counts only when it is newer than the last.
    package var sampledAt: Double
    /// 0–100; nil while the host has none.
    package var score: Double?
    /// What the score is made of, largest first; the first few are told.
    package var parts: [RiskPart]
    package var breach: TimeToBreach?
    package var profile: Profile
    package var labels: [String: String]
    /// Seconds between two samples of the host: a slow one is not silent between two of them.
    package var intervalSeconds: Double

    package static let partsMax = 5

    package init(
        host: String, sampledAt: Double, score: Double?, parts: [RiskPart] = [], breach: TimeToBreach? = nil,
        profile: Profile = .generic, labels: [String: String] = [:], intervalSeconds: Double = 5
    ) {
        self.host = host
        self.sampledAt = sampledAt
        self.score = score
        self.parts = Array(parts.prefix(Self.partsMax))
        self.breach = breach
        self.profile = profile
        self.labels = labels
        self.intervalSeconds = intervalSeconds
    }
}
