package import Insight

/// One thing that happened to an alert or its incident. The list of these is the history that people read.
package struct AlertTransition: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case opened, rose, fell, resolved
        /// It comes and goes: from now on counted only; and it has settled.
        case flapping, settled
        /// It belongs to the incident of another.
        case joined
        case held, told
        case acknowledged
        case acknowledgementEnded = "acknowledgement_ended"
        case escalated
        case verdict
    }

    package var kind: Kind
    /// Unix seconds.
    package var at: Double
    package var alert: Int64
    package var incident: Int64
    package var key: AlertKey
    package var level: RiskLevel
    package var score: Double?
    /// Why it was held.
    package var gate: AlertGate?
    /// A person, for what a person did.
    package var by: String?
    package var note: String?

    package init(
        _ kind: Kind, at: Double, alert: Int64, incident: Int64, key: AlertKey, level: RiskLevel, score: Double?,
        gate: AlertGate? = nil, by: String? = nil, note: String? = nil
    ) {
        self.kind = kind
        self.at = at
        self.alert = alert
        self.incident = incident
        self.key = key
        self.level = level
        self.score = score
        self.gate = gate
        self.by = by
        self.note = note
    }
}
