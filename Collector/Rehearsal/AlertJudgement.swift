package import Insight

/// Alerts held against what truly happened, for one level and above.
package struct AlertJudgement: Sendable, Equatable {
    package var level: RiskLevel
    /// Incidents with a precursor and a breach, and how many of them were announced at all before their end; before
    /// their breach; and a quarter of an hour before it.
    package var incidents = 0
    package var announced = 0
    package var beforeBreach = 0
    package var inTime = 0
    /// From the alert to the breach, minutes, of those announced before it; ascending.
    package var leads: [Double] = []
    /// Incidents that nobody could have seen coming, and how many were told within twenty minutes of it.
    package var sudden = 0
    package var suddenTold = 0
    /// Alerts, and those of them without an incident.
    package var alerts = 0
    package var falseAlerts = 0
    package var hostMonths: Double
    /// By kind of incident: how many, and how many a quarter of an hour before their breach.
    package var kinds: [String: (incidents: Int, inTime: Int)] = [:]

    /// An alert so long after an incident's end still speaks of it.
    static let graceSeconds = 1800.0
    static let inTimeSeconds = 900.0
    /// Three steps of silence, and one.
    static let suddenSeconds = 1200.0

    package var recall: Double? { incidents == 0 ? nil : Double(inTime) / Double(incidents) }
    package var precision: Double? { alerts == 0 ? nil : 1 - Double(falseAlerts) / Double(alerts) }
    package var falsePerHostMonth: Double { Double(falseAlerts) / max(hostMonths, 1e-9) }

    /// The lead that a share of the announced had at most, minutes.
    package func lead(quantile: Double) -> Double? {
        leads.isEmpty ? nil : leads[Int((Double(leads.count - 1) * quantile).rounded())]
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.level == right.level && left.incidents == right.incidents && left.announced == right.announced
            && left.inTime == right.inTime && left.leads == right.leads && left.alerts == right.alerts
            && left.falseAlerts == right.falseAlerts
    }

    /// - Parameters:
    ///   - from, until: only incidents that begin and breach in between count; an alert counts when it begins there.
    package init(
        _ spells: [AlertSpell], _ incidents: [RehearsedIncident], level: RiskLevel, hosts: Int, from: Double,
        until: Double
    ) {
        self.level = level
        hostMonths = Double(hosts) * (until - from) / (30 * 86_400)
        let spellsByHost = Dictionary(grouping: spells, by: \.host)
        for incident in incidents where incident.start >= from {
            guard let breach = incident.breach, breach <= until else { continue }
            let own = spellsByHost[incident.host] ?? []
            judge(incident, breach, own)
        }
        leads.sort()
        let incidentsByHost = Dictionary(grouping: incidents, by: \.host)
        for spell in spells where spell.start >= from {
            alerts += 1
            let isTrue = (incidentsByHost[spell.host] ?? []).contains { incident in
                spell.start <= incident.end + Self.graceSeconds && (spell.end ?? until) >= incident.start
            }
            if !isTrue { falseAlerts += 1 }
        }
    }

    private mutating func judge(_ incident: RehearsedIncident, _ breach: Double, _ spells: [AlertSpell]) {
        // An alert that was open already told of something else, unless it lasts into the incident.
        let told = spells.filter { $0.start <= incident.end && ($0.end ?? .infinity) > incident.start }
            .map { max($0.start, incident.start) }.min()
        guard incident.hasPrecursor else {
            sudden += 1
            if let told, told <= breach + Self.suddenSeconds { suddenTold += 1 }
            return
        }
        incidents += 1
        kinds[incident.kind, default: (0, 0)].incidents += 1
        guard let told else { return }
        announced += 1
        guard told < breach else { return }
        beforeBreach += 1
        leads.append((breach - told) / 60)
        if breach - told >= Self.inTimeSeconds {
            inTime += 1
            kinds[incident.kind, default: (0, 0)].inTime += 1
        }
    }
}
