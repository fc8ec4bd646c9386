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
    /// How likely a host is in incident within the time. The defaults are what `backtest --calibrate` found in 18 days
    /// of two simulated fleets, seeds 7 and 8.
    package var within30Minutes = ChanceCurve(evenScore: 59.4, pointsPerE: 4.91, least: 0.00053)
    package var within8Hours = ChanceCurve(evenScore: 55.3, pointsPerE: 6.86, least: 0.03315)
    /// How far hosts' troubles are their own, 0…1; the rest they share, as in a cascade.
    package var independence30Minutes = 0.963
    package var independence8Hours = 1.0

    package init() {}
}

/// How likely a host of a score is in incident within a time: a logistic curve between what befalls even the healthy
/// and what the worst comes to. `backtest --calibrate` fits it to history.
package struct ChanceCurve: Sendable, Equatable {
    package var evenScore: Double
    package var pointsPerE: Double
    /// The chance at the lowest scores and at the highest, 0…1.
    package var least: Double
    package var most: Double

    package init(evenScore: Double, pointsPerE: Double, least: Double = 0, most: Double = 1) {
        (self.evenScore, self.pointsPerE, self.least, self.most) = (evenScore, pointsPerE, least, most)
    }

    /// 0…1.
    package func chance(_ score: Double) -> Double {
        least + (most - least) / (1 + exp((evenScore - score) / pointsPerE))
    }

    /// The chance that one of several hosts is, which share some of their troubles: 1 − Π (1 − chance)^independence.
    package func chance(ofAny scores: some Sequence<Double>, independence: Double) -> Double {
        var (quiet, count) = (1.0, 0)
        for score in scores {
            quiet *= 1 - chance(score)
            count += 1
        }
        return 1 - (count > 1 ? pow(quiet, independence) : quiet)
    }
}

extension RiskEngine {
    /// The fleet in one line, from its hosts' scores.
    package func fleet(scores: [Double], offline: Int = 0) -> FleetRisk {
        let settings = configuration.fleet
        var perLevel = Array(repeating: 0, count: RiskLevel.allCases.count)
        for score in scores { perLevel[RiskLevel(score: score).rawValue] += 1 }
        let soon = settings.within30Minutes.chance(ofAny: scores, independence: settings.independence30Minutes)
        let late = settings.within8Hours.chance(ofAny: scores, independence: settings.independence8Hours)
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
            incidentWithin30Minutes: scores.isEmpty ? nil : soon,
            incidentWithin8Hours: scores.isEmpty ? nil : max(soon, late))
    }
}
