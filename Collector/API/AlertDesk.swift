package import Alerting
package import Insight
package import Store

/// What the endpoints of alerts ask, and who does what people want done.
package protocol AlertDesk: Sendable {
    /// The open alerts with their incidents, the worst first.
    func open() -> [OpenAlert]
    /// How many are open, without a look at each for the asker.
    func tally() -> AlertTally
    /// The open alerts of a host with their incidents.
    func open(ofHost host: String) -> [OpenAlert]
    /// Those of these incidents that are open.
    func incidents(_ ids: Set<Int64>) -> [Int64: Incident]
    func acknowledge(_ id: Int64, by person: String, forSeconds seconds: Double?, note: String?) throws(AlertFault)
    func resolve(_ id: Int64, by person: String, note: String?) throws(AlertFault)
    func judge(_ id: Int64, _ verdict: AlertVerdict, by person: String, note: String?) throws(AlertFault)

    func silences() -> [Silence]
    func maintenance() -> [MaintenanceWindow]
    func add(_ silence: SilenceDraft) throws(AlertFault) -> Silence
    func add(_ window: MaintenanceDraft) throws(AlertFault) -> MaintenanceWindow
    /// Ends one before its time.
    func end(_ kind: StoredMute.Kind, _ id: Int64, by person: String) throws(AlertFault)

    /// Every gate between a host's score and a page, in order.
    func whyNoAlert(_ host: String) -> [GateAnswer]
    var counters: AlertCounters { get }
}

package struct OpenAlert: Sendable {
    package var alert: Alert
    package var incident: Incident?

    package init(alert: Alert, incident: Incident?) {
        self.alert = alert
        self.incident = incident
    }
}

package struct AlertTally: Sendable {
    package var levels: [AlertCondition: [RiskLevel: Int]] = [:]
    package var incidents = 0
    /// Of the incidents, those that nobody has been told of.
    package var held = 0

    package init() {}
}

/// Why something was not done.
package enum AlertFault: Error {
    /// No alert, silence or window has this id.
    case unknown(Int64)
    /// It is over already.
    case ended(Int64)
    case wrong(AlertInputError)
    case tooMany(AlertInputError)
    case store(StoreError)
}

/// A silence that somebody wants.
package struct SilenceDraft: Sendable {
    package var matcher: AlertMatcher
    /// Unix seconds; nil: from now.
    package var from: Double?
    package var until: Double
    package var by: String
    package var why: String
}

/// A maintenance window that somebody wants.
package struct MaintenanceDraft: Sendable {
    package var matcher: AlertMatcher
    /// Unix seconds; nil: now.
    package var from: Double?
    package var until: Double
    /// RFC 5545; nil: once.
    package var rule: String?
    package var zone: String
    package var by: String
    package var why: String
}
