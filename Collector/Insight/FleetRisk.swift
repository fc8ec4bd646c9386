/// The whole fleet in one line.
package struct FleetRisk: Sendable, Equatable {
    /// How many hosts are at each level, `RiskLevel.healthy` first.
    package var hostsPerLevel: [Int]
    /// Hosts without a score: silent ones.
    package var offline: Int
    package var status: FleetStatus
    /// The chance, 0…1, that some host is in incident within half an hour and within eight hours.
    /// Nil while no host has a score.
    package var incidentWithin30Minutes: Double?
    package var incidentWithin8Hours: Double?

    package var hosts: Int { hostsPerLevel.reduce(0, +) + offline }

    package func count(_ level: RiskLevel) -> Int { hostsPerLevel[level.rawValue] }

    package init(
        hostsPerLevel: [Int], offline: Int, status: FleetStatus, incidentWithin30Minutes: Double?,
        incidentWithin8Hours: Double?
    ) {
        precondition(hostsPerLevel.count == RiskLevel.allCases.count)
        self.hostsPerLevel = hostsPerLevel
        self.offline = offline
        self.status = status
        self.incidentWithin30Minutes = incidentWithin30Minutes
        self.incidentWithin8Hours = incidentWithin8Hours
    }
}

package enum FleetStatus: String, Sendable, CaseIterable {
    case healthy, caution, warning, critical
    /// No host has a score: there are none, or all are silent.
    case unknown
}
