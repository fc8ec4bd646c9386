import Telemetry

/// The 14 metrics of two readings: pure, so that captured trees and live hosts go the same way.
struct HostMetrics {
    private(set) var values = MetricVector()
    private(set) var missing: [Metric: String] = [:]
    private(set) var cpus: Int?
    /// Which of a container's limits stand in for the host's, and who shows them: `cpu memory` are the control group's,
    /// `cpu/lxcfs memory/lxcfs` those that LXCFS shows in /proc. nil when none does.
    private(set) var limits: String?

    /// - Parameter seconds: what passed between the two.
    init(from old: HostReading?, to new: HostReading, overSeconds seconds: Double) {
        let cpu = try? new.cpu.get()
        let group = new.group
        // What LXCFS shows is within the limits already; to apply them to it would count them twice.
        let hasOwnCPU = new.lxcfs.contains("stat")
        let isCPULimited = !hasOwnCPU && cpu.map { group?.limits($0) ?? false } ?? false
        cpus = isCPULimited ? group?.cpuMax.map { max(1, Int($0.rounded(.up))) } : cpu?.count
        addCPU(from: old, to: new, overSeconds: seconds, limit: isCPULimited ? group : nil)
        let isMemoryLimited = addMemory(new)
        add(.diskUsage) { () throws(ReadError) in try new.disk.get() }
        addNetwork(from: old, to: new, overSeconds: seconds)
        add(.backCloseWait) { () throws(ReadError) in Double(try new.closeWait.get().back) }
        add(.frontCloseWait) { () throws(ReadError) in Double(try new.closeWait.get().front) }
        add(.loadAverage) { () throws(ReadError) in
            if isCPULimited, !new.lxcfs.contains("loadavg") {
                throw .noValue("a container sees the load of its host, not its own")
            }
            return try new.load.get()
        }
        add(.uptime) { () throws(ReadError) in try new.uptime.get() / 86_400 }
        let names = [
            isCPULimited ? "cpu" : hasOwnCPU ? "cpu/lxcfs" : nil,
            isMemoryLimited ? "memory" : new.lxcfs.contains("meminfo") ? "memory/lxcfs" : nil,
        ].compactMap(\.self)
        limits = names.isEmpty ? nil : names.joined(separator: " ")
    }

    private mutating func addCPU(
        from old: HostReading?, to new: HostReading, overSeconds seconds: Double, limit: ControlGroup?
    ) {
        let shares = Self.outcome { () throws(ReadError) in
            let now = try new.cpu.get()
            guard let old else { throw Self.needsTwo }
            if let limit { return try ControlGroup.shares(from: old.group, to: limit, overSeconds: seconds) }
            return try CPUShares.between(try old.cpu.get(), now)
        }
        add(.cpuUser) { () throws(ReadError) in try shares.get().user }
        add(.cpuSystem) { () throws(ReadError) in try shares.get().system }
        add(.cpuIOWait) { () throws(ReadError) in
            guard let ioWait = try shares.get().ioWait else {
                throw .noValue(
                    limit == nil ? "this kernel does not count iowait" : "iowait is not counted by container")
            }
            return ioWait
        }
        add(.cpuIdle) { () throws(ReadError) in try shares.get().idle }
        add(.javaCPU) { () throws(ReadError) in
            let now = try new.java.get()
            guard let old else { throw Self.needsTwo }
            return JavaReading.share(from: try old.java.get(), to: now, allTicks: try shares.get().ticks)
        }
    }

    /// Returns whether a container's limit stood in for the host's memory.
    private mutating func addMemory(_ new: HostReading) -> Bool {
        let memory = try? new.memory.get()
        guard !new.lxcfs.contains("meminfo"), let group = new.group, let memory, group.limits(memory),
            let limit = group.memoryMax
        else {
            add(.memoryUsed) { () throws(ReadError) in try new.memory.get().usedPercent() }
            add(.swapUsed) { () throws(ReadError) in try new.memory.get().swapUsedPercent() }
            return false
        }
        add(.memoryUsed) { () throws(ReadError) in
            guard let used = group.memoryUsed, limit > 0 else {
                throw .noValue("the container's memory.current cannot be read")
            }
            return min(100, 100 * Double(used) / Double(limit))
        }
        add(.swapUsed) { () throws(ReadError) in
            guard let swapMax = group.swapMax, let used = group.swapUsed else { return try memory.swapUsedPercent() }
            return swapMax == 0 ? 0 : min(100, 100 * Double(used) / Double(swapMax))
        }
        return true
    }

    private mutating func addNetwork(from old: HostReading?, to new: HostReading, overSeconds seconds: Double) {
        let rates = Self.outcome { () throws(ReadError) in
            let now = try new.network.get()
            guard let old else { throw Self.needsTwo }
            // Clock ticks always pass on a living host. A tree in which they did not is a picture, without rates.
            if let before = try? old.cpu.get(), let after = try? new.cpu.get(), before == after {
                throw .noValue("nothing changed between the two readings")
            }
            return try NetworkReading.rates(from: try old.network.get(), to: now, overSeconds: seconds)
        }
        add(.networkIn) { () throws(ReadError) in try rates.get().received }
        add(.networkOut) { () throws(ReadError) in try rates.get().sent }
    }

    private mutating func add(_ metric: Metric, _ value: () throws(ReadError) -> Double) {
        do throws(ReadError) {
            values[metric] = Self.rounded(try value(), metric)
        } catch {
            missing[metric] = error.description
        }
    }

    /// As fine as anyone can use, and short on the wire: a thousandth of a percent, a byte a second, a tenth of a
    /// second of uptime.
    private static func rounded(_ value: Double, _ metric: Metric) -> Double {
        let scale =
            switch metric.unit {
            case .megabytesPerSecond, .days: 1e6
            default: 1e3
            }
        return (value * scale).rounded() / scale
    }

    private static func outcome<Value>(_ body: () throws(ReadError) -> Value) -> Result<Value, ReadError> {
        Result(catching: body)
    }

    private static let needsTwo = ReadError.noValue("a rate needs two readings")
}
