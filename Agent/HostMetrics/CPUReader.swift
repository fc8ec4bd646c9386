/// CPU time since boot, in clock ticks summed over all CPUs: the lines `cpu` and `cpuN` of /proc/stat, proc_stat(5).
struct CPUReading: Equatable {
    var user: UInt64 = 0
    var nice: UInt64 = 0
    var system: UInt64 = 0
    var idle: UInt64 = 0
    /// nil before Linux 2.6, whose lines end after `idle`.
    var ioWait: UInt64?
    var irq: UInt64 = 0
    var softIRQ: UInt64 = 0
    /// Time that another virtual machine had; 0 in lines that end before it (before 2.6.11).
    var steal: UInt64 = 0
    // guest and guest_nice follow; the kernel has already counted them in user and nice.

    /// How many CPUs are online: the `cpuN` lines.
    var count = 0

    static func read(_ root: ProcRoot) throws(ReadError) -> CPUReading { try parse(root.text("stat")) }

    static func parse(_ text: Text) throws(ReadError) -> CPUReading {
        var reading = CPUReading()
        var hasSum = false
        for line in text.lines {
            // The CPU lines come first; what follows can be a hundred kilobytes of interrupt counts.
            guard line.hasPrefix("cpu") else { break }
            if line.hasPrefix("cpu ") {
                reading = try sum(line.fields)
                hasSum = true
            } else {
                reading.count += 1
            }
        }
        guard hasSum else {
            throw text.first.malformed("a line of all CPUs", String(decoding: text.first.bytes, as: UTF8.self))
        }
        guard reading.count > 0 else { throw .noValue("\(text.file) lists no CPU") }
        return reading
    }

    private static func sum(_ fields: Fields) throws(ReadError) -> CPUReading {
        func ticks(_ index: Int) throws(ReadError) -> UInt64 { try fields.value(index, "clock ticks") }
        func later(_ index: Int) throws(ReadError) -> UInt64 { index < fields.count ? try ticks(index) : 0 }
        var reading = CPUReading()
        reading.user = try ticks(1)
        reading.nice = try ticks(2)
        reading.system = try ticks(3)
        reading.idle = try ticks(4)
        reading.ioWait = fields.count > 5 ? try ticks(5) : nil
        reading.irq = try later(6)
        reading.softIRQ = try later(7)
        reading.steal = try later(8)
        return reading
    }
}

/// What the CPUs did between two readings, in percent of all of them. The four and steal add up to 100.
struct CPUShares: Equatable {
    let user: Double
    let system: Double
    let ioWait: Double?
    let idle: Double
    /// All time that passed, in clock ticks, for those who want a share of their own.
    let ticks: Double

    static func between(_ old: CPUReading, _ new: CPUReading) throws(ReadError) -> CPUShares {
        guard old.count == new.count else {
            throw .noValue("the number of CPUs went from \(old.count) to \(new.count)")
        }
        func passed(_ field: KeyPath<CPUReading, UInt64>, slack: UInt64 = 0) throws(ReadError) -> Double {
            let (old, new) = (old[keyPath: field], new[keyPath: field])
            guard new + slack >= old else { throw .noValue("CPU time went backwards") }
            return new > old ? Double(new - old) : 0
        }
        let user = try passed(\.user) + passed(\.nice)
        let system = try passed(\.system) + passed(\.irq) + passed(\.softIRQ)
        let steal = try passed(\.steal)
        // A tickless CPU's idle time is estimated by another CPU that reads it, and may shrink a little.
        let idle = try passed(\.idle, slack: UInt64(new.count) * 100)
        // "The iowait value is not reliable … may decrease in certain conditions": proc_stat(5). No time then, no loss
        // of the whole reading; all shares are of the sum of what did pass, so they still add up.
        let ioWait: Double? =
            if let old = old.ioWait, let new = new.ioWait { new > old ? Double(new - old) : 0 } else { nil }
        let total = user + system + steal + idle + (ioWait ?? 0)
        guard total > 0 else { throw .noValue("no CPU time passed between the two readings") }
        return CPUShares(
            user: 100 * user / total, system: 100 * system / total, ioWait: ioWait.map { 100 * $0 / total },
            idle: 100 * idle / total, ticks: total)
    }
}
