/// What an outage costs.
package struct CostAssumptions: Sendable, Equatable {
    package var currency = "USD"
    package var perHour = 50_000.0
    package var outageHours = 2.5
    /// How much of an outage a warning spares, 0…1.
    package var avoidedShare = 0.85

    package init() {}

    package var perIncident: Double { perHour * outageHours * avoidedShare }
}

/// What warnings were worth: only for incidents that truly came, and that people were told of before.
package struct CostAvoidance: Sendable, Equatable {
    /// An incident that people were told of.
    package struct Incident: Sendable, Equatable {
        package enum Reason: String, Sendable, CaseIterable {
            case breached
            case judgedReal = "judged real"
        }

        package var incident: Int64
        /// Of the host that breached first, else of the one that led.
        package var alert: Int64
        package var host: String
        package var hosts: Int
        package var level: RiskLevel
        /// Unix seconds.
        package var openedAt: Double
        package var breach: Breach?
        /// Nil when it does not count; then `why` says why not.
        package var reason: Reason?
        package var why: String

        package init(
            incident: Int64, alert: Int64, host: String, hosts: Int, level: RiskLevel, openedAt: Double,
            breach: Breach?, reason: Reason?, why: String
        ) {
            (self.incident, self.alert, self.host, self.hosts) = (incident, alert, host, hosts)
            (self.level, self.openedAt, self.breach) = (level, openedAt, breach)
            (self.reason, self.why) = (reason, why)
        }

        /// Minutes from the alert to the breach.
        package var leadMinutes: Double? { breach.map { ($0.start - openedAt) / 60 } }
    }

    package var days: Double
    package var assumptions: CostAssumptions
    /// The newest first.
    package var incidents: [Incident]

    package init(days: Double, assumptions: CostAssumptions, incidents: [Incident]) {
        (self.days, self.assumptions, self.incidents) = (days, assumptions, incidents)
    }

    package var counted: [Incident] { incidents.filter { $0.reason != nil } }
    package var avoided: Double { Double(counted.count) * assumptions.perIncident }
}
