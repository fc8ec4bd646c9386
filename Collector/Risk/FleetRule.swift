import Glibc
package import Insight

/// When a whole fleet is in trouble. Shares are of the hosts that have a score, 0…1; a share must be exceeded for
/// critical, reached for the others.
package struct FleetSettings: Sendable, Equatable {
    /// Critical: more than this share at Critical or above, or more than that share at Warning or above.
    package var criticalShare = 0.3
    package var criticalWarningShare = 0.5
    /// Warning: likewise, from this share on.
    package var warningShare = 0.1
    package var warningWarningShare = 0.3
    /// Caution: from this share at Warning or above on.
    package var cautionWarningShare = 0.1
    /// More silent hosts than this share are a warning by themselves: what cannot be seen is not well.
    package var silentShare = 0.3
    /// The score at which a host is as likely as not in incident within the time, and how many points more multiply the
    /// odds by e.
    package var within30Minutes = ChanceCurve(evenScore: 75, pointsPerE: 6)
    package var within8Hours = ChanceCurve(evenScore: 60, pointsPerE: 7)

    package init() {}
}

/// A first model of "how likely is an incident at this score": a logistic curve, until history has calibrated it.
package struct ChanceCurve: Sendable, Equatable {
    package var evenScore: Double
    package var pointsPerE: Double

    package init(evenScore: Double, pointsPerE: Double) {
        self.evenScore = evenScore
        self.pointsPerE = pointsPerE
    }

    /// 0…1.
    package func chance(_ score: Double) -> Double { 1 / (1 + exp((evenScore - score) / pointsPerE)) }
}

extension RiskEngine {
    /// The fleet in one line, from its hosts' scores.
    ///
    /// The chance that some host is in incident takes hosts as independent: 1 − Π(1 − chance). Hosts of one cause are
    /// not, so it says too much for a cascade; it is a first model and is to be calibrated against history.
    package func fleet(scores: [Double], offline: Int = 0) -> FleetRisk {
        let settings = configuration.fleet
        var perLevel = Array(repeating: 0, count: RiskLevel.allCases.count)
        var (quiet30Minutes, quiet8Hours) = (1.0, 1.0)
        for score in scores {
            perLevel[RiskLevel(score: score).rawValue] += 1
            quiet30Minutes *= 1 - settings.within30Minutes.chance(score)
            quiet8Hours *= 1 - settings.within8Hours.chance(score)
        }
        let hosts = Double(max(1, scores.count))
        let critical = Double(perLevel[RiskLevel.critical.rawValue...].reduce(0, +)) / hosts
        let warning = Double(perLevel[RiskLevel.warning.rawValue...].reduce(0, +)) / hosts
        let silent = Double(offline) / Double(max(1, scores.count + offline))
        let status: FleetStatus =
            if scores.isEmpty {
                .unknown
            } else if critical > settings.criticalShare || warning > settings.criticalWarningShare {
                .critical
            } else if critical >= settings.warningShare || warning >= settings.warningWarningShare
                || silent > settings.silentShare
            {
                .warning
            } else if warning >= settings.cautionWarningShare {
                .caution
            } else {
                .healthy
            }
        return FleetRisk(
            hostsPerLevel: perLevel, offline: offline, status: status,
            incidentWithin30Minutes: scores.isEmpty ? nil : 1 - quiet30Minutes,
            incidentWithin8Hours: scores.isEmpty ? nil : 1 - max(0, min(quiet8Hours, quiet30Minutes)))
    }
}
