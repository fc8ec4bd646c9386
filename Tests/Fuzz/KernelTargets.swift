@testable import HostMetrics

/// Texts of /proc: the agent reads those of whatever kernel and container it lives in.
enum KernelTargets {
    static let all = [
        FuzzTarget(name: "proc") { bytes in
            // The first byte says whose file it is.
            guard let kind = bytes.first else { return }
            let text = Text(file: "fuzz", bytes: Array(bytes.dropFirst()))
            switch kind % 8 {
            case 0: _ = try? CPUReading.parse(text)
            case 1: _ = try? MemoryReading.parse(text)
            case 2:
                if let load = try? LoadReader.parse(text) { require(load.isFinite && load >= 0, "a load of \(load)") }
            case 3: _ = try? NetworkReading.parse(text)
            case 4: _ = try? MountTable.parse(text)
            case 5:
                if let sockets = try? TCPTable.parse(text) {
                    require(sockets.closeWait.values.allSatisfy { $0 > 0 }, "\(sockets)")
                }
            case 6: _ = try? JavaReader.parse(text)
            default:
                if let up = try? UptimeReader.parse(text) { require(up.isFinite && up >= 0, "an uptime of \(up)") }
            }
        },
        FuzzTarget(name: "netlink") { bytes in
            var sockets = SocketReading()
            _ = try? SocketDiagnostics.parse(bytes.span.bytes, into: &sockets)
        },
    ]
}
