import Daemon
import Telemetry

/// What `watch` prints.
enum WatchScreen {
    static func text(host name: String, note: String?, source: WatchSource) throws -> String {
        var lines: [String] = []
        if let host = try source.host(name) {
            lines.append(headline(host))
            lines.append("")
            lines += table(host, try source.forecast(name))
            if let sentence = try source.explanation(name) { lines.append(sentence) }
        } else {
            lines.append("\(name): waiting for its first sample …")
        }
        if let fleet = try source.fleet() {
            lines.append("")
            lines.append("Fleet: \(fleet.status), \(fleet.hosts) hosts, \(fleet.ready) with a forecast")
            lines.append("  " + fleet.levels.map { "\($0.name) \($0.count)" }.joined(separator: " · "))
            for row in fleet.worst.prefix(5) where row.score >= 30 {
                lines.append(
                    "  \(pad(row.host, 12)) \(padLeft(number(row.score), 6))  \(pad(row.level, 17)) \(row.why)")
            }
        }
        lines.append("")
        if let note { lines.append(note) }
        lines.append("Dashboard: \(source.url)/   \(Timestamp.text(Clock.system.now().rounded()))   Ctrl-C ends")
        return lines.joined(separator: "\n")
    }

    static func sample(_ host: WatchSource.Host) -> String {
        ([headline(host)] + table(host, nil)).joined(separator: "\n")
    }

    static func forecast(of host: String, _ forecast: WatchSource.Forecast?) -> String {
        var lines = ["", "Forecast of \(host) (median, P10 to P90)"]
        guard let forecast else { return "\(host) has lost its forecast" }
        lines.append(pad("", 26) + padLeft("in 30 min", 28) + padLeft("in 8 h", 28))
        for metric in Metric.allCases {
            guard let values = forecast.values[metric], values.count == 96 else { continue }
            lines.append(label(metric) + padLeft(range(values[5]), 28) + padLeft(range(values[95]), 28))
        }
        return lines.joined(separator: "\n")
    }

    private static func headline(_ host: WatchSource.Host) -> String {
        var line = "\(host.name)  (\(host.profile), code \(host.code))  "
        if let score = host.score, let level = host.level {
            line += "risk \(number(score)): \(level)"
        } else {
            line += "no score yet"
        }
        switch host.readiness {
        case "ready": line += "  ·  forecast ready"
        case "withheld": line += "  ·  forecast withheld"
        default:
            let left = max(0, host.progress.needed - host.progress.steps) * Step.seconds / 60
            line += "  ·  warming up: \(host.progress.steps) of \(host.progress.needed) steps"
            line += ", forecast in about \(left) min"
        }
        return line
    }

    private static func table(_ host: WatchSource.Host, _ forecast: WatchSource.Forecast?) -> [String] {
        var lines = [pad("", 26) + padLeft("now", 12)]
        if forecast != nil { lines[0] += padLeft("in 30 min (P10–P90)", 28) + padLeft("in 8 h (P10–P90)", 28) }
        for metric in Metric.allCases {
            var line = label(metric)
            if let value = host.now[metric] {
                line += padLeft(number(value), 12)
            } else {
                line += padLeft("–", 12) + "  " + (host.missing[metric] ?? "missing")
            }
            if let values = forecast?.values[metric], values.count == 96 {
                line += padLeft(range(values[5]), 28) + padLeft(range(values[95]), 28)
            }
            lines.append(line)
        }
        return lines
    }

    private static func label(_ metric: Metric) -> String { pad(metric.name, 18) + pad(metric.unit.rawValue, 8) }

    private static func range(_ value: (low: Double, median: Double, high: Double)) -> String {
        "\(number(value.median)) (\(number(value.low))–\(number(value.high)))"
    }

    private static func number(_ value: Double) -> String {
        let tenths = abs(value) >= 10 ? 10.0 : 100.0
        return "\((value * tenths).rounded() / tenths)"
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func padLeft(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
