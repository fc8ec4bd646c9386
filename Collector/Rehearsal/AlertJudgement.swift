package import Insight

/// Alerts held against what truly happened, for one level and above.
package struct AlertJudgement: Sendable, Equatable {
    package var level: RiskLevel
    /// Incidents with a precursor and a breach, and how many of them were announced at all before their end; before
    /// their breach; and a quarter of an hour before it. A cascade is one incident: its first mover's.
    package var incidents = 0
    package var announced = 0
    package var beforeBreach = 0
    package var inTime = 0
    /// From the alert to the breach, minutes, of those announced before it; ascending.
    package var leads: [Double] = []
    /// Hosts that a cascade's first mover pulled down. They breach within minutes of their own first sign, so that what
    /// announces them is the first mover's alert: how many had one of their own in time, and how many that one.
    package var followers = 0
    package var followersInTime = 0
    package var followersTold = 0
    /// Incidents that nobody could have seen coming, and how many were told within twenty minutes of it.
    package var sudden = 0
    package var suddenTold = 0
    /// Alerts, and those of them that begin in no incident of their host: neither between its start and its end, nor
    /// within half an hour of that. One that began earlier and lasts into an incident told of something else.
    package var alerts = 0
    package var falseAlerts = 0
    /// How long alerts were open outside incidents and that half hour.
    package var hoursOutside = 0.0
    package var hostMonths: Double
    /// By kind of incident: how many, and how many a quarter of an hour before their breach.
    package var kinds: [String: (incidents: Int, inTime: Int)] = [:]

    /// An alert so long after an incident's end still speaks of it.
    static let graceSeconds = 1800.0
    static let inTimeSeconds = 900.0
    /// Three steps of silence, and one.
    static let suddenSeconds = 1200.0

    /// In time of all hosts' incidents, each by its own alert.
    package var recallAlone: Double? {
        incidents + followers == 0 ? nil : Double(inTime + followersInTime) / Double(incidents + followers)
    }
    package var recall: Double? { incidents == 0 ? nil : Double(inTime) / Double(incidents) }
    package var precision: Double? { alerts == 0 ? nil : 1 - Double(falseAlerts) / Double(alerts) }
    package var falsePerHostMonth: Double { Double(falseAlerts) / max(hostMonths, 1e-9) }
    package var hoursOutsidePerHostMonth: Double { hoursOutside / max(hostMonths, 1e-9) }

    /// The lead that a share of the announced had at most, minutes.
    package func lead(quantile: Double) -> Double? {
        leads.isEmpty ? nil : leads[Int((Double(leads.count - 1) * quantile).rounded())]
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.level == right.level && left.incidents == right.incidents && left.announced == right.announced
            && left.inTime == right.inTime && left.leads == right.leads && left.alerts == right.alerts
            && left.falseAlerts == right.falseAlerts && left.hoursOutside == right.hoursOutside
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
            if let cause = incident.cause {
                let first = incidents.last {
                    $0.host == cause && $0.kind == incident.kind && $0.start <= incident.start
                }
                followers += 1
                if Self.isInTime(own, since: incident.start, breach) { followersInTime += 1 }
                if let first, Self.isInTime(spellsByHost[cause] ?? [], since: first.start, breach) {
                    followersTold += 1
                }
            } else {
                judge(incident, breach, own)
            }
        }
        leads.sort()
        let incidentsByHost = Dictionary(grouping: incidents.sorted { $0.start < $1.start }, by: \.host)
        for spell in spells {
            let own = incidentsByHost[spell.host] ?? []
            hoursOutside += Self.seconds(of: spell, outside: own, from: from, until: until) / 3600
            guard spell.start >= from else { continue }
            alerts += 1
            let isTrue = own.contains { spell.start >= $0.start && spell.start <= $0.end + Self.graceSeconds }
            if !isTrue { falseAlerts += 1 }
        }
    }

    /// - Parameter incidents: of the same host, by their starts.
    private static func seconds(
        of spell: AlertSpell, outside incidents: [RehearsedIncident], from: Double, until: Double
    ) -> Double {
        let end = min(spell.end ?? until, until)
        var (outside, reached) = (0.0, max(spell.start, from))
        for incident in incidents where reached < end {
            outside += max(0, min(incident.start, end) - reached)
            reached = max(reached, incident.end + graceSeconds)
        }
        return outside + max(0, end - reached)
    }

    private static func isInTime(_ spells: [AlertSpell], since start: Double, _ breach: Double) -> Bool {
        spells.contains { $0.told.contains { $0 >= start && breach - $0 >= inTimeSeconds } }
    }

    private mutating func judge(_ incident: RehearsedIncident, _ breach: Double, _ spells: [AlertSpell]) {
        // An alert that was open already told of something else; when it rises, it tells anew.
        let told = spells.lazy.flatMap(\.told).filter { $0 >= incident.start && $0 <= incident.end }.min()
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
