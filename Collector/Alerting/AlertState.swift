/// All that the machine remembers: what has to be stored for a restart to change nothing.
package struct AlertState: Sendable {
    package var watches: [String: HostWatch] = [:]
    /// Open ones.
    package var alerts: [AlertKey: Alert] = [:]
    /// Those that have ended while their incident goes on.
    package var ended: [AlertKey: Alert] = [:]
    /// Open ones.
    package var incidents: [Int64: Incident] = [:]
    package var flaps: [AlertKey: FlapLog] = [:]
    /// Of late, oldest first.
    package var openings: [AlertOpening] = []
    package var silences: [Int64: Silence] = [:]
    package var maintenance: [Int64: MaintenanceWindow] = [:]
    /// The ids that come next.
    package var nextAlert: Int64 = 1
    package var nextIncident: Int64 = 1

    package init() {}
}

/// An alert's beginning, kept for a while: several of them together are a cascade or a storm.
package struct AlertOpening: Sendable, Equatable {
    package var at: Double
    package var key: AlertKey
    package var labels: [String: String]
    /// The hosts that belong together, by the rules and the labels; nil: the host belongs to none.
    var group: String?
    package var incident: Int64
    /// It has an incident of its own.
    package var isLead: Bool

    package init(at: Double, key: AlertKey, labels: [String: String], incident: Int64, isLead: Bool) {
        self.at = at
        self.key = key
        self.labels = labels
        self.incident = incident
        self.isLead = isLead
    }
}

/// What has changed since the changes were taken last: rows to write, in one transaction with the notices' deliveries.
package struct AlertChanges: Sendable {
    package var transitions: [AlertTransition] = []
    package var notices: [Notice] = []
    package var alerts: [Int64: Alert] = [:]
    package var incidents: [Int64: Incident] = [:]
    package var watches: [String: HostWatch] = [:]
    /// Nil: forget it.
    package var flaps: [AlertKey: FlapLog?] = [:]

    package init() {}

    package var isEmpty: Bool {
        transitions.isEmpty && notices.isEmpty && alerts.isEmpty && incidents.isEmpty && watches.isEmpty
            && flaps.isEmpty
    }
}

/// Since the program's start.
package struct AlertCounters: Sendable, Equatable {
    package var transitions: [AlertTransition.Kind: Int] = [:]
    /// Evaluations and notices that were held back, by what did it.
    package var held: [AlertGate: Int] = [:]

    package init() {}
}
