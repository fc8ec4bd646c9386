/// The 14 LINBORG metrics, in the order of the data contract (version 2). This is the only list:
/// every other place that needs a name, a unit or a range reads it from here.
///
/// `rawValue` is the metric's position in a `MetricVector`, in the database and in a forecast.
package enum Metric: Int, CaseIterable, Sendable, Hashable {
    case cpuUser, cpuSystem, cpuIOWait, cpuIdle, javaCPU
    case memoryUsed, swapUsed, diskUsage
    case networkIn, networkOut
    case backCloseWait, frontCloseWait
    case loadAverage, uptime

    package static let count = 14

    /// The name on the wire, in the database and in the model's files.
    package var name: String {
        switch self {
        case .cpuUser: "cpu_user_pct"
        case .cpuSystem: "cpu_sys_pct"
        case .cpuIOWait: "cpu_iowait_pct"
        case .cpuIdle: "cpu_idle_pct"
        case .javaCPU: "java_cpu_pct"
        case .memoryUsed: "mem_used_pct"
        case .swapUsed: "swap_used_pct"
        case .diskUsage: "disk_usage_pct"
        case .networkIn: "net_in_mb_s"
        case .networkOut: "net_out_mb_s"
        case .backCloseWait: "back_close_wait"
        case .frontCloseWait: "front_close_wait"
        case .loadAverage: "load_average"
        case .uptime: "uptime_days"
        }
    }

    package var unit: MetricUnit {
        switch self {
        case .cpuUser, .cpuSystem, .cpuIOWait, .cpuIdle, .javaCPU, .memoryUsed, .swapUsed, .diskUsage: .percent
        case .networkIn, .networkOut: .megabytesPerSecond
        case .backCloseWait, .frontCloseWait: .count
        case .loadAverage: .tasks
        case .uptime: .days
        }
    }

    /// The values that can exist: 0–100 for a share, from 0 upwards for everything else.
    package var range: ClosedRange<Double> {
        unit == .percent ? 0...100 : 0...Double.greatestFiniteMagnitude
    }

    /// The largest value that is taken from outside. No host has moved a petabyte in a second or been up for three
    /// thousand years; a larger number is a fault of the source.
    package var plausibleMaximum: Double {
        switch unit {
        case .percent: 100
        case .megabytesPerSecond, .count: 1e9
        case .tasks, .days: 1e6
        }
    }

    /// What an operator looks at first.
    package var isCritical: Bool { self == .cpuIOWait || self == .memoryUsed || self == .swapUsed }

    /// What it is, in a line for people.
    package var help: String {
        switch self {
        case .cpuUser: "CPU time in user mode, nice included"
        case .cpuSystem: "CPU time in the kernel, interrupts included"
        case .cpuIOWait: "CPU time idle while a disk request was waited for"
        case .cpuIdle: "CPU time idle"
        case .javaCPU: "CPU time of all Java processes"
        case .memoryUsed: "memory that is not available to new programs"
        case .swapUsed: "swap space in use"
        case .diskUsage: "the fullest local filesystem, counted as df does"
        case .networkIn: "bytes received on physical interfaces"
        case .networkOut: "bytes sent on physical interfaces"
        case .backCloseWait: "CLOSE_WAIT sockets of connections this host opened"
        case .frontCloseWait: "CLOSE_WAIT sockets of connections this host accepted"
        case .loadAverage: "runnable tasks, averaged over one minute"
        case .uptime: "time since boot"
        }
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })

    /// The metric of a wire name, or nil.
    package init?(name: String) {
        guard let metric = Self.byName[name] else { return nil }
        self = metric
    }
}

package enum MetricUnit: String, Sendable {
    case percent = "%"
    case megabytesPerSecond = "MB/s"
    case count = "count"
    case tasks = "tasks"
    case days = "days"
}
