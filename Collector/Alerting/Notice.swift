package import Insight
package import Telemetry

/// What is to be told to people and machines outside: a whole message, so that a delivery needs nothing else.
package struct Notice: Sendable, Equatable {
    package enum Action: String, Sendable, CaseIterable {
        /// The incident is new to its receivers.
        case trigger
        /// Its level, its hosts or what is known of it have changed.
        case update
        case acknowledge
        case resolve
        /// Nobody has acknowledged it in time; `step` says for the how-manieth time.
        case escalate
        /// It has begun to come and go; later, what came and went since.
        case flapping, digest
        /// The collector lives. It belongs to no incident.
        case heartbeat
    }

    package var action: Action
    /// The receivers' key (`dedup_key`, at most 255 bytes): host and condition, never level or time.
    package var key: String
    /// 0 for the heartbeat.
    package var incident: Int64
    /// The lead's alert, 0 for the heartbeat.
    package var alert: Int64
    package var kind: Incident.Kind
    /// Unix seconds: now, and when the incident began.
    package var at: Double
    package var startedAt: Double
    package var level: RiskLevel
    /// The level that was told before; nil when nothing was.
    package var toldLevel: RiskLevel?
    /// 1, 2 … for an escalation, else 0.
    package var step = 0
    /// The host that the incident is led by, and what is known of it.
    package var host: String
    package var condition: AlertCondition
    package var profile: Profile
    package var labels: [String: String]
    package var score: Double?
    /// One line: `db01 is at Critical (84)`.
    package var summary: String
    /// Sentences that a person can act on, largest first.
    package var reasons: [String]
    package var breach: TimeToBreach?
    /// A cascade's or storm's hosts with open alerts, worst first, at most `hostsMax` of `hostCount`.
    package var hosts: [String]
    package var hostCount: Int
    package var firstMover: String
    /// Who acknowledged or resolved.
    package var by: String?
    /// What else there is to say: an acknowledgement's note, why it is resolved, how often it came and went.
    package var note: String?

    package static let hostsMax = 20

    package init(
        _ action: Action, key: String, incident: Int64, alert: Int64, kind: Incident.Kind, at: Double,
        startedAt: Double, level: RiskLevel, host: String, condition: AlertCondition, profile: Profile,
        labels: [String: String], summary: String, reasons: [String], hosts: [String], hostCount: Int,
        firstMover: String
    ) {
        self.action = action
        self.key = key
        self.incident = incident
        self.alert = alert
        self.kind = kind
        self.at = at
        self.startedAt = startedAt
        self.level = level
        self.host = host
        self.condition = condition
        self.profile = profile
        self.labels = labels
        self.summary = summary
        self.reasons = reasons
        self.hosts = hosts
        self.hostCount = hostCount
        self.firstMover = firstMover
    }

    package static func heartbeat(at: Double) -> Notice {
        Notice(
            .heartbeat, key: "collector:heartbeat", incident: 0, alert: 0, kind: .host, at: at, startedAt: at,
            level: .healthy, host: "", condition: .risk, profile: .generic, labels: [:],
            summary: "the collector is watching", reasons: [], hosts: [], hostCount: 0, firstMover: "")
    }
}

/// Which channels a notice goes to, by their names: the deliveries' one question to the routes. It must be quick and do
/// no I/O, for it is asked before the alert's transaction.
package typealias NoticeRouter = @Sendable (Notice) -> [String]
