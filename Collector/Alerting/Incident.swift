package import Insight

/// What is told to people: one alert, or all alerts of one cause. It has one key with every receiver, whatever its
/// level becomes.
package struct Incident: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// One host.
        case host
        /// Several hosts of one cause.
        case cascade
        /// More at once than anyone can read.
        case storm
    }

    package let id: Int64
    /// The same for as long as the incident is open; a later one of the same host and condition has it again.
    package let key: String
    package var kind: Kind
    /// The first that alerted.
    package let lead: AlertKey
    /// The host that left the healthy range first: most likely the cause.
    package var firstMover: String
    package var firstMoverSince: Double
    /// All that belong to it, by host and condition: the open ones and those that have ended.
    package var members: [AlertKey: Int64]
    package var openedAt: Double
    package var resolvedAt: Double?
    /// The incident that took this one in.
    package var mergedInto: Int64?
    /// The worst level of its open alerts.
    package var level: RiskLevel
    /// What people have been told last; nil while nothing.
    package var told: Told?
    /// Why people are not told now.
    package var heldBy: Hold?
    package var acknowledgement: Acknowledgement?
    /// Escalations count from here; `escalated` of them have been.
    package var escalateFrom: Double
    package var escalated = 0

    package struct Told: Sendable, Equatable {
        package var at: Double
        package var level: RiskLevel
        package var members: Int

        package init(at: Double, level: RiskLevel, members: Int) {
            self.at = at
            self.level = level
            self.members = members
        }
    }

    package struct Hold: Sendable, Equatable {
        package var gate: AlertGate
        /// Which silence or window, in words.
        package var why: String
        /// When the hold ends by itself, Unix seconds.
        package var until: Double

        package init(gate: AlertGate, why: String, until: Double) {
            self.gate = gate
            self.why = why
            self.until = until
        }
    }

    package struct Acknowledgement: Sendable, Equatable {
        package var by: String
        package var at: Double
        package var until: Double
        /// It covers this level and those below.
        package var level: RiskLevel
        package var note: String?

        package init(by: String, at: Double, until: Double, level: RiskLevel, note: String?) {
            self.by = by
            self.at = at
            self.until = until
            self.level = level
            self.note = note
        }
    }

    package init(
        id: Int64, key: String, kind: Kind, lead: AlertKey, leadSince: Double, openedAt: Double, level: RiskLevel
    ) {
        self.id = id
        self.key = key
        self.kind = kind
        self.lead = lead
        self.openedAt = openedAt
        self.level = level
        firstMover = lead.host
        firstMoverSince = leadSince
        members = [:]
        escalateFrom = openedAt
    }

    package static let stormKey = "fleet:storm"
}

/// What can stand between a score and a notice, in the order in which it is asked.
package enum AlertGate: String, Sendable, CaseIterable {
    /// No fresh sample.
    case data
    /// The score is below the lowest level that alerts.
    case score
    /// Too few of the last evaluations are at the level.
    case evaluations
    case flapping
    case silence
    case maintenance
    /// Another incident of the same cause tells of it.
    case cascade
    case storm
    case acknowledged
    /// A person has resolved it, and it has not become worse or better since.
    case resolved
}
