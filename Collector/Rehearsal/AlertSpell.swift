package import Alerting
package import Insight

/// A stretch of time in which a host's alert was at a level or above it.
package struct AlertSpell: Sendable, Equatable {
    package var host: String
    package var condition: AlertCondition
    package var start: Double
    /// Nil while it goes on.
    package var end: Double?
    /// When somebody was told that it is so bad or worse: its beginning, and every rise since.
    package var told: [Double]

    package init(host: String, condition: AlertCondition, start: Double, end: Double?) {
        (self.host, self.condition, self.start, self.end) = (host, condition, start, end)
        told = [start]
    }

    /// The spells at `level` or above, in the order of their beginning.
    package static func all(of transitions: [AlertTransition], at level: RiskLevel) -> [AlertSpell] {
        var spells: [AlertSpell] = []
        var open: [AlertKey: Int] = [:]
        for transition in transitions {
            let isUp: Bool
            switch transition.kind {
            case .opened, .rose, .fell: isUp = transition.level >= level
            case .resolved: isUp = false
            default: continue
            }
            if isUp, transition.kind != .fell, let index = open[transition.key] {
                spells[index].told.append(transition.at)
            } else if isUp, open[transition.key] == nil {
                open[transition.key] = spells.count
                spells.append(
                    AlertSpell(
                        host: transition.key.host, condition: transition.key.condition, start: transition.at, end: nil))
            } else if !isUp, let index = open.removeValue(forKey: transition.key) {
                spells[index].end = transition.at
            }
        }
        return spells
    }
}
