/// Memory and swap in use, in percent: /proc/meminfo, proc_meminfo(5).
struct MemoryReading: Equatable {
    /// KiB; nil where the kernel does not say. MemAvailable came with Linux 3.14: before it, what is "used" is anyone's
    /// guess (caches, shared memory, slabs), so it is missing and not estimated.
    var total: UInt64?
    var available: UInt64?
    var swapTotal: UInt64?
    var swapFree: UInt64?

    static func read(_ root: ProcRoot) throws(ReadError) -> MemoryReading { try parse(root.text("meminfo")) }

    static func parse(_ text: Text) throws(ReadError) -> MemoryReading {
        var reading = MemoryReading()
        for line in text.lines {
            if line.hasPrefix("MemTotal:") {
                reading.total = try line.fields.value(1, "KiB")
            } else if line.hasPrefix("MemAvailable:") {
                reading.available = try line.fields.value(1, "KiB")
            } else if line.hasPrefix("SwapTotal:") {
                reading.swapTotal = try line.fields.value(1, "KiB")
            } else if line.hasPrefix("SwapFree:") {
                reading.swapFree = try line.fields.value(1, "KiB")
            }
        }
        return reading
    }

    func usedPercent() throws(ReadError) -> Double {
        guard let total, total > 0 else { throw .noValue("meminfo has no MemTotal") }
        guard let available else { throw .noValue("meminfo has no MemAvailable (Linux before 3.14)") }
        // A container manager's meminfo may mix two sources, and then more is available than there is.
        return 100 * (1 - Double(min(available, total)) / Double(total))
    }

    /// 0 when the host has no swap.
    func swapUsedPercent() throws(ReadError) -> Double {
        guard let swapTotal else { throw .noValue("meminfo has no SwapTotal") }
        if swapTotal == 0 { return 0 }
        guard let swapFree else { throw .noValue("meminfo has no SwapFree") }
        return 100 * (1 - Double(min(swapFree, swapTotal)) / Double(swapTotal))
    }
}
