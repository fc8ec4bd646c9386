import Telemetry

/// What one of node_exporter's series measures, of those that the 14 metrics are made of:
/// github.com/prometheus/node_exporter, collector/*_linux.go.
enum NodeSeries: Hashable, Sendable {
    enum Mode: String, CaseIterable { case user, nice, system, irq, softirq, steal, idle, iowait }

    /// Seconds since boot.
    case cpu(String, Mode)
    /// Bytes.
    case memoryTotal, memoryAvailable, swapTotal, swapFree
    /// Bytes, by device and mount point.
    case size(String), free(String), available(String)
    /// Bytes since boot, by interface.
    case received(String), sent(String)
    case load
    /// Unix seconds.
    case bootTime, time
    /// TCP sockets in CLOSE_WAIT, of both kinds.
    case closeWait
    /// Always 1; its labels name the machine.
    case machine(String)

    private static let plain: [String: NodeSeries] = [
        "node_memory_MemTotal_bytes": .memoryTotal, "node_memory_MemAvailable_bytes": .memoryAvailable,
        "node_memory_SwapTotal_bytes": .swapTotal, "node_memory_SwapFree_bytes": .swapFree, "node_load1": .load,
        "node_boot_time_seconds": .bootTime, "node_time_seconds": .time,
    ]
    private static let labelled: Set<String> = [
        "node_cpu_seconds_total", "node_filesystem_size_bytes", "node_filesystem_free_bytes",
        "node_filesystem_avail_bytes", "node_network_receive_bytes_total", "node_network_transmit_bytes_total",
        "node_tcp_connection_states", "node_uname_info",
    ]

    static func knows(_ name: String) -> Bool { plain[name] != nil || labelled.contains(name) }

    /// Nil for a part of the host that no metric counts: a loopback, a tmpfs, a guest's CPU time.
    init?(_ series: WrittenSeries) {
        if let plain = Self.plain[series.name] {
            self = plain
            return
        }
        let labels = series.labels
        switch series.name {
        case "node_cpu_seconds_total":
            guard let cpu = labels["cpu"], let mode = labels["mode"].flatMap(Mode.init(rawValue:)) else { return nil }
            self = .cpu(cpu, mode)
        case "node_network_receive_bytes_total", "node_network_transmit_bytes_total":
            guard let device = labels["device"], InterfaceName.looksPhysical(device) else { return nil }
            self = series.name == "node_network_receive_bytes_total" ? .received(device) : .sent(device)
        case "node_tcp_connection_states":
            guard labels["state"] == "close_wait" else { return nil }
            self = .closeWait
        case "node_uname_info":
            guard let name = labels["nodename"] else { return nil }
            self = .machine(name)
        default:
            guard let device = labels["device"], let type = labels["fstype"], let point = labels["mountpoint"],
                Filesystem.isLocal(type: type, source: device, point: point)
            else { return nil }
            let key = "\(device) \(point)"
            switch series.name {
            case "node_filesystem_size_bytes": self = .size(key)
            case "node_filesystem_free_bytes": self = .free(key)
            case "node_filesystem_avail_bytes": self = .available(key)
            default: return nil
            }
        }
    }
}
