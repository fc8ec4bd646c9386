package import Insight
package import Telemetry

/// One condition of one host, from the moment it was an alert until it was none any more.
package struct Alert: Sendable, Equatable {
    /// Ascends with time, never used twice.
    package let id: Int64
    package let key: AlertKey
    /// The incident that tells of it.
    package var incident: Int64
    package var level: RiskLevel
    package var worstLevel: RiskLevel
    /// Nil for a silent host.
    package var score: Double?
    package var worstScore: Double?
    package var profile: Profile
    package var labels: [String: String]
    /// Sentences, largest first.
    package var reasons: [String]
    package var breach: TimeToBreach?
    /// Unix seconds. `risingSince`: when the score left the healthy range on its way here.
    package var openedAt: Double
    package var risingSince: Double
    package var changedAt: Double
    package var resolvedAt: Double?
    /// Who resolved it; nil when the score did.
    package var resolvedBy: String?
    package var flappingSince: Double?
    package var verdict: AlertVerdict?
    package var verdictBy: String?
    package var verdictAt: Double?

    package init(
        id: Int64, key: AlertKey, incident: Int64, level: RiskLevel, score: Double?, profile: Profile,
        labels: [String: String], reasons: [String], breach: TimeToBreach?, openedAt: Double, risingSince: Double
    ) {
        self.id = id
        self.key = key
        self.incident = incident
        self.level = level
        worstLevel = level
        self.score = score
        worstScore = score
        self.profile = profile
        self.labels = labels
        self.reasons = reasons
        self.breach = breach
        self.openedAt = openedAt
        self.risingSince = risingSince
        changedAt = openedAt
    }

    package var host: String { key.host }
}

/// What a person found out: was there trouble?
package enum AlertVerdict: String, Sendable, CaseIterable {
    case real, `false`, unknown
}
