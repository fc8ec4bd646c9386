/// What of this host an agent can and cannot see, in words for a person.
package struct HostCheck {
    private let root: ProcRoot

    package init(root: ProcRoot) { self.root = root }

    /// Whether other users' processes are hidden, and how Java is told.
    package func processes() -> Result<(words: String, note: String?), ReadError> {
        Result { () throws(ReadError) in
            let processes = try root.processes()
            var reader = JavaReader()
            let java = try reader.read(root, uptime: try? UptimeReader.read(root))
            return ("\(processes.count) processes, \(java.ticks.count) of them Java", java.note)
        }
    }

    /// Which limits are taken for the host's, and by whom they are shown.
    package func limits() -> String {
        let group = ControlGroup.read(root)
        let lxcfs = (try? MountTable.read(root))?.lxcfs ?? []
        var parts: [String] = []
        if !lxcfs.isEmpty { parts.append("LXCFS shows this container's own \(lxcfs.sorted().joined(separator: ", "))") }
        if let group {
            let cpu = group.cpuMax.map { "\($0) CPUs" } ?? "no CPU limit"
            let memory = group.memoryMax.map { "\($0 >> 20) MiB" } ?? "no memory limit"
            parts.append("cgroup v2 allows \(cpu), \(memory)")
        }
        return parts.isEmpty ? "no container's limits: the host's own numbers" : parts.joined(separator: "; ")
    }

    /// Whether the kernel filters sockets for us.
    package func netlink() -> Result<String, ReadError> {
        Result { () throws(ReadError) in
            var reader = CloseWaitReader(source: .netlink)
            let counts = try reader.read(root, at: 0)
            return "\(counts.front + counts.back) sockets in CLOSE_WAIT"
        }
    }
}
