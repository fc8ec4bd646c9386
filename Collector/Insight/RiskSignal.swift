package import Telemetry

/// What a score looks at: the metrics as people read them. CPU is shown as used, load is taken per CPU; uptime and the
/// CPU's own shares say nothing about danger by themselves.
package enum RiskSignal: Int, Sendable, CaseIterable, Hashable {
    case cpuUsed, ioWait, memory, swap, disk, javaCPU, networkIn, networkOut, backCloseWait, frontCloseWait, loadPerCPU

    package static let count = allCases.count

    /// The metric that carries the signal; a score's part names it.
    package var metric: Metric {
        switch self {
        case .cpuUsed: .cpuIdle
        case .ioWait: .cpuIOWait
        case .memory: .memoryUsed
        case .swap: .swapUsed
        case .disk: .diskUsage
        case .javaCPU: .javaCPU
        case .networkIn: .networkIn
        case .networkOut: .networkOut
        case .backCloseWait: .backCloseWait
        case .frontCloseWait: .frontCloseWait
        case .loadPerCPU: .loadAverage
        }
    }

    /// The signal that a part's metric stands for; nil for the metrics that are not scored.
    package init?(metric: Metric) {
        guard let signal = Self.allCases.first(where: { $0.metric == metric }) else { return nil }
        self = signal
    }

    /// The name in the configuration: the metric's own, save where the signal is made from it.
    package var name: String {
        switch self {
        case .cpuUsed: "cpu_used_pct"
        case .loadPerCPU: "load_per_cpu"
        default: metric.name
        }
    }

    package init?(name: String) {
        guard let signal = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = signal
    }

    /// The name people see, as a sentence begins with it.
    package var label: String {
        switch self {
        case .cpuUsed: "CPU used"
        case .ioWait: "I/O wait"
        case .memory: "Memory"
        case .swap: "Swap"
        case .disk: "Disk"
        case .javaCPU: "Java CPU"
        case .networkIn: "Network in"
        case .networkOut: "Network out"
        case .backCloseWait: "Back-end CLOSE_WAIT"
        case .frontCloseWait: "Front-end CLOSE_WAIT"
        case .loadPerCPU: "Load per CPU"
        }
    }

    /// The resource it speaks of. Two signals of one resource do not compound: load beside a busy CPU is one trouble.
    package var resource: Resource {
        switch self {
        case .cpuUsed, .javaCPU, .loadPerCPU: .compute
        case .ioWait: .io
        case .memory: .memory
        case .swap: .swap
        case .disk: .disk
        case .networkIn, .networkOut: .network
        case .backCloseWait, .frontCloseWait: .connections
        }
    }

    package enum Resource: Int, Sendable, CaseIterable {
        case compute, io, memory, swap, disk, network, connections
    }

    /// The signal's value in a host's metrics, nil when what it is made of is missing. Missing is never zero.
    /// CPU used is 100 − idle, or user + system + I/O wait when idle is missing.
    package func value(in metrics: MetricVector, cpus: Int) -> Double? {
        switch self {
        case .cpuUsed:
            if let idle = metrics[.cpuIdle] { return 100 - idle }
            guard let user = metrics[.cpuUser], let system = metrics[.cpuSystem], let wait = metrics[.cpuIOWait] else {
                return nil
            }
            return min(100, user + system + wait)
        case .loadPerCPU:
            guard cpus > 0, let load = metrics[.loadAverage] else { return nil }
            return load / Double(cpus)
        default: return metrics[metric]
        }
    }
}
