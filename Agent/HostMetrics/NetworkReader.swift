import Glibc
import Telemetry

/// Bytes received and sent by the physical interfaces since boot: /proc/net/dev, proc_pid_net(5).
struct NetworkReading: Equatable {
    struct Counters: Equatable {
        var received: UInt64
        var sent: UInt64
    }

    /// By interface, physical ones only.
    var interfaces: [String: Counters]

    static func read(_ root: ProcRoot) throws(ReadError) -> NetworkReading {
        var interfaces = try parse(root.text("net/dev"))
        let physical = PhysicalInterfaces.among(interfaces.keys.sorted(), sys: root.sys)
        interfaces = interfaces.filter { physical.contains($0.key) }
        guard !interfaces.isEmpty else { throw .noValue("no physical network interface") }
        return NetworkReading(interfaces: interfaces)
    }

    /// Every interface, by name.
    static func parse(_ text: Text) throws(ReadError) -> [String: Counters] {
        var interfaces: [String: Counters] = [:]
        for line in text.lines {
            // Two lines of headings, whose columns are parted by bars; old kernels leave no space after the colon.
            guard !line.bytes.contains(UInt8(ascii: "|")) else { continue }
            guard let colon = line.bytes.lastIndex(of: UInt8(ascii: ":")) else {
                if line.fields.count == 0 { continue }
                throw line.malformed("an interface and a colon", line.fields.text(0) ?? "")
            }
            let name = Line(file: line.file, number: line.number, bytes: line.bytes[..<colon]).fields.text(0)
            let fields = Line(file: line.file, number: line.number, bytes: line.bytes[(colon + 1)...]).fields
            interfaces[name ?? ""] = Counters(
                received: try fields.value(0, "bytes received"), sent: try fields.value(8, "bytes sent"))
        }
        return interfaces
    }

    /// MB/s (10⁶ bytes) of the interfaces that both readings have. One that just came has no rate yet.
    static func rates(
        from old: NetworkReading, to new: NetworkReading, overSeconds seconds: Double
    ) throws(ReadError) -> (received: Double, sent: Double) {
        guard seconds > 0 else { throw .noValue("no time passed between the two readings") }
        var (received, sent) = (0.0, 0.0)
        for (name, now) in new.interfaces {
            guard let before = old.interfaces[name] else { continue }
            guard now.received >= before.received, now.sent >= before.sent else {
                throw .noValue("the byte counters of \(name) went backwards")
            }
            received += Double(now.received - before.received)
            sent += Double(now.sent - before.sent)
        }
        return (received / seconds / 1e6, sent / seconds / 1e6)
    }
}

/// Which interfaces carry bytes in and out of this host, each byte counted once.
enum PhysicalInterfaces {
    /// On a live host, what has a `device` in /sys/class/net is hardware (or a hypervisor's pretence of it): bonds,
    /// bridges, VLANs, tunnels and veth ends have none. A member whose master is hardware too is counted by its master
    /// (Hyper-V pairs). Where nothing has a device, this is a container or a captured tree: then the names
    /// must tell, and a container's `eth0`, though a veth end, is its way out.
    static func among(_ names: [String], sys: String?) -> Set<String> {
        if let sys {
            let hardware = Set(names.filter { access("\(sys)/class/net/\($0)/device", F_OK) == 0 })
            if !hardware.isEmpty {
                return hardware.filter { name in
                    let master = linkTarget("\(sys)/class/net/\(name)/master")?.split(separator: "/").last
                    return master.map { !hardware.contains(String($0)) } ?? true
                }
            }
        }
        return Set(names.filter(InterfaceName.looksPhysical))
    }
}
