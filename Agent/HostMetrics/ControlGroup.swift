/// The limits of the container that the agent runs in, and what the container uses: cgroup v2,
/// docs.kernel.org/admin-guide/cgroup-v2.html.
///
/// A host's root group has no `memory.max` and no `cpu.max`. Where they exist at the root of what we see, that root is
/// a container's own group; a limit that systemd sets on the agent's service is further down and is not the host's.
struct ControlGroup: Equatable {
    /// Bytes; nil without a limit.
    var memoryMax: UInt64?
    /// Bytes that cannot be taken back: what is charged, without file pages that nobody used of late.
    var memoryUsed: UInt64?
    var swapMax: UInt64?
    var swapUsed: UInt64?
    /// CPUs; nil without a limit.
    var cpuMax: Double?
    /// Microseconds since the container's start.
    var userTime: UInt64?
    var systemTime: UInt64?

    /// nil outside a limited container, and in a captured tree.
    static func read(_ root: ProcRoot) -> ControlGroup? {
        guard let sys = root.sys else { return nil }
        func text(_ file: String) -> Text? {
            (try? bytes(of: "\(sys)/fs/cgroup/\(file)", as: file, limit: 64 << 10)).map { Text(file: file, bytes: $0) }
        }
        var group = ControlGroup()
        group.memoryMax = text("memory.max").flatMap(number)
        group.cpuMax = text("cpu.max").flatMap(cpus)
        guard group.memoryMax != nil || group.cpuMax != nil else { return nil }
        if let current = text("memory.current").flatMap(number), let stat = text("memory.stat") {
            let idle = value("inactive_file", in: stat) ?? 0
            group.memoryUsed = current > idle ? current - idle : 0
        }
        group.swapMax = text("memory.swap.max").flatMap(number)
        group.swapUsed = text("memory.swap.current").flatMap(number)
        if let stat = text("cpu.stat") {
            group.userTime = value("user_usec", in: stat)
            group.systemTime = value("system_usec", in: stat)
        }
        return group
    }

    /// A file of one number; "max" is none.
    static func number(_ text: Text) -> UInt64? { text.first.fields.text(0).flatMap { UInt64($0) } }

    /// `cpu.max`: a quota and a period in microseconds, or "max" and a period.
    static func cpus(_ text: Text) -> Double? {
        let fields = text.first.fields
        guard let quota = fields.text(0).flatMap({ Double($0) }), let period = fields.text(1).flatMap({ Double($0) }),
            period > 0
        else { return nil }
        return quota / period
    }

    /// A line "key value" of a flat-keyed file.
    static func value(_ key: StaticString, in text: Text) -> UInt64? {
        for line in text.lines where line.hasPrefix(key) {
            let fields = line.fields
            if fields.text(0) == "\(key)" { return fields.text(1).flatMap { UInt64($0) } }
        }
        return nil
    }

    /// Whether /proc/stat shows the host's CPUs and not this container's. LXCFS shows the limit, rounded up.
    func limits(_ cpu: CPUReading) -> Bool { cpuMax.map { $0.rounded(.up) < Double(cpu.count) } ?? false }

    /// Whether /proc/meminfo shows the host's memory and not this container's.
    func limits(_ memory: MemoryReading) -> Bool {
        guard let memoryMax, let total = memory.total else { return false }
        return memoryMax < total &* 1024
    }

    /// What the container did with the CPU time that it may have. Waiting for disks is not counted by group.
    static func shares(
        from old: ControlGroup?, to new: ControlGroup, overSeconds seconds: Double
    ) throws(ReadError) -> CPUShares {
        guard let cpus = new.cpuMax, let user = new.userTime, let system = new.systemTime,
            let oldUser = old?.userTime, let oldSystem = old?.systemTime
        else { throw .noValue("the container's cpu.stat gives no times") }
        guard seconds > 0, user >= oldUser, system >= oldSystem else { throw .noValue("CPU time went backwards") }
        let allowed = cpus * seconds * 1e6
        let (userShare, systemShare) = (Double(user - oldUser) / allowed, Double(system - oldSystem) / allowed)
        // A burst may spend what an earlier period left.
        let scale = 100 / max(1, userShare + systemShare)
        return CPUShares(
            user: userShare * scale, system: systemShare * scale, ioWait: nil,
            idle: max(0, 100 - (userShare + systemShare) * scale), ticks: cpus * seconds * ticksPerSecond)
    }
}
