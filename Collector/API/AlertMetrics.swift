import Alerting
import Insight

/// Alerts for Prometheus.
struct AlertMetrics {
    let desk: any AlertDesk

    var tables: [MetricTable] {
        let tally = desk.tally()
        let counters = desk.counters
        var levels: [(labels: String, value: Double)] = []
        for condition in AlertCondition.allCases {
            for level in RiskLevel.allCases {
                let count = tally.levels[condition]?[level] ?? 0
                levels.append(("level=\"\(level.name)\",condition=\"\(condition.rawValue)\"", Double(count)))
            }
        }
        let (incidents, held) = (tally.incidents, tally.held)
        return [
            MetricTable(name: "forewarn_alerts_open", kind: "gauge", help: "Open alerts by level.", values: levels),
            MetricTable(
                name: "forewarn_incidents_open", kind: "gauge", help: "Open incidents, told or held.",
                values: [("state=\"told\"", Double(incidents - held)), ("state=\"held\"", Double(held))]),
            MetricTable(
                name: "forewarn_alert_transitions_total", kind: "counter",
                help: "What has happened to alerts since the start.",
                values: AlertTransition.Kind.allCases.map { kind in
                    ("kind=\"\(kind.rawValue)\"", Double(counters.transitions[kind] ?? 0))
                }),
            MetricTable(
                name: "forewarn_alert_held_total", kind: "counter",
                help: "Evaluations and notices held back since the start, by gate.",
                values: AlertGate.allCases.map { gate in
                    ("gate=\"\(gate.rawValue)\"", Double(counters.held[gate] ?? 0))
                }),
        ]
    }
}
