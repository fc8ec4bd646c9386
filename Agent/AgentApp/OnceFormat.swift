import Daemon
import HostMetrics
import Spool
import Telemetry

/// The forms of `once`.
enum OnceFormat: String, CaseIterable {
    case table, json, prometheus

    /// - Parameters:
    ///   - own: what is known of the agent itself; nil for captured trees.
    ///   - spool: what waits; nil without a spool that can be read.
    func text(of record: Record, own: SelfMetrics?, spool: SpoolView? = nil) -> String {
        switch self {
        case .table: TableFormat.text(of: record)
        case .json: Self.json(record)
        case .prometheus: PrometheusFormat.text(of: record, own: own, spool: spool)
        }
    }

    private static func json(_ record: Record) -> String {
        var json = JSONWriter()
        record.write(to: &json)
        return json.text + "\n"
    }
}

/// For people: aligned, the CPU as used and idle, what is missing with its reason.
enum TableFormat {
    static func text(of record: Record) -> String {
        var rows = [("CPU used", used(record))]
        rows.append(("  idle", cell(.cpuIdle, record)))
        rows.append(("  user", cell(.cpuUser, record)))
        rows.append(("  system", cell(.cpuSystem, record)))
        rows.append(("  waiting for disks", cell(.cpuIOWait, record)))
        rows.append(("  Java", cell(.javaCPU, record)))
        rows.append(("memory used", cell(.memoryUsed, record)))
        rows.append(("swap used", cell(.swapUsed, record)))
        rows.append(("fullest disk", cell(.diskUsage, record)))
        rows.append(("network in", cell(.networkIn, record)))
        rows.append(("network out", cell(.networkOut, record)))
        rows.append(("CLOSE_WAIT back", cell(.backCloseWait, record)))
        rows.append(("CLOSE_WAIT front", cell(.frontCloseWait, record)))
        rows.append(("load, 1 minute", cell(.loadAverage, record)))
        rows.append(("up", cell(.uptime, record)))
        let width = rows.map(\.0.count).max() ?? 0
        let cpus = record.cpus.map { $0 == 1 ? ", 1 CPU" : ", \($0) CPUs" } ?? ""
        let limits = record.labels[Sampler.limitsLabel].map { ", within its container's limits (\($0))" } ?? ""
        return rows.reduce("\(record.host)\(cpus)\(limits), \(Timestamp.text(record.time.rounded(.down)))\n\n") {
            text, row in
            text + "\(row.0)\(spaces(width - row.0.count + 2))\(row.1)\n"
        }
    }

    private static func used(_ record: Record) -> String {
        guard let idle = record.values[.cpuIdle] else { return cell(.cpuIdle, record) }
        return number(100 - idle, decimals: 1) + " %"
    }

    private static func cell(_ metric: Metric, _ record: Record) -> String {
        guard let value = record.values[metric] else { return "        –  \(record.missing[metric] ?? "missing")" }
        return switch metric.unit {
        case .percent: number(value, decimals: 1) + " %"
        case .megabytesPerSecond: number(value, decimals: 3) + " MB/s"
        case .count: number(value, decimals: 0)
        case .tasks: number(value, decimals: 2)
        case .days: number(value, decimals: 2) + " days"
        }
    }

    /// Right-aligned in nine columns. There is no printf without Foundation.
    private static func number(_ value: Double, decimals: Int) -> String {
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        let whole = Int((abs(value) * scale).rounded())
        var text = String(whole / Int(scale))
        if decimals > 0 {
            let fraction = String(whole % Int(scale))
            text += "." + String(repeating: "0", count: decimals - fraction.count) + fraction
        }
        if value < 0, whole > 0 { text = "-" + text }
        return spaces(9 - text.count) + text
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: max(count, 0)) }
}

/// Prometheus' text exposition, by its own conventions: base units in the names, so three metrics are converted (bytes
/// and seconds); no line for what is missing, a count of it instead.
enum PrometheusFormat {
    static func text(of record: Record, own: SelfMetrics?, spool: SpoolView?) -> String {
        var text = ""
        let host = "host=\"\(escaped(record.host))\""
        for metric in Metric.allCases {
            guard let value = record.values[metric] else { continue }
            let (name, scale) = base(metric)
            add(name, metric.help, [(host, value * scale)], to: &text)
        }
        if let cpus = record.cpus { add("cpus", "CPUs online", [(host, Double(cpus))], to: &text) }
        add("metrics_missing", "metrics that could not be read", [(host, Double(record.missing.count))], to: &text)
        if let own { add(own, host, to: &text) }
        if let spool { add(spool, host, now: record.time, to: &text) }
        return text
    }

    /// What an agent has on disk.
    private static func add(_ spool: SpoolView, _ host: String, now: Double, to text: inout String) {
        add("spool_records", "records that wait for the collector", [(host, Double(spool.waiting))], to: &text)
        add("spool_dropped_records", "records that will never arrive", [(host, Double(spool.dropped))], to: &text)
        let age: Double? = spool.waiting == 0 ? 0 : spool.oldestTime.map { max(0, now - $0) }
        guard let age else { return }
        add("spool_oldest_unsent_seconds", "age of the oldest record that waits", [(host, age)], to: &text)
    }

    /// The agent itself. What only a running one knows (its pushes, the collector's clock) travels with its batches.
    private static func add(_ own: SelfMetrics, _ host: String, to text: inout String) {
        add("agent_info", "the program", [("\(host),version=\"\(Version.program)\"", 1)], to: &text)
        add(
            "reader_failures", "readings that failed since the start",
            own.readers.map { ("\(host),reader=\"\($0.name)\"", Double($0.failures)) }, to: &text)
        add(
            "reader_duration_seconds", "time the last reading took",
            own.readers.map { ("\(host),reader=\"\($0.name)\"", $0.seconds) }, to: &text)
        guard let process = own.process else { return }
        add("agent_resident_bytes", "memory of the agent", [(host, Double(process.residentBytes))], to: &text)
        add(
            "agent_private_bytes", "memory of the agent that it shares with nobody",
            [(host, Double(process.privateBytes))], to: &text)
        add("agent_cpu_seconds", "CPU time of the agent since its start", [(host, process.cpuSeconds)], to: &text)
    }

    /// The name without its prefix, and what a value is multiplied with.
    private static func base(_ metric: Metric) -> (String, Double) {
        switch metric {
        case .networkIn: ("net_in_bytes_per_second", 1e6)
        case .networkOut: ("net_out_bytes_per_second", 1e6)
        case .uptime: ("uptime_seconds", 86_400)
        default: (metric.name, 1)
        }
    }

    private static func add(
        _ name: String, _ help: String, _ samples: [(labels: String, value: Double)], to text: inout String
    ) {
        text += "# HELP forewarn_\(name) \(help)\n# TYPE forewarn_\(name) gauge\n"
        for sample in samples { text += "forewarn_\(name){\(sample.labels)} \(sample.value)\n" }
    }

    private static func escaped(_ label: String) -> String {
        label.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : "\($0)" }.joined()
    }
}
