import Glibc
import HostMetrics
import Telemetry

/// What the agent says of itself: beside its records (the `agent` of a batch) and in `once --format prometheus`.
struct SelfMetrics: Equatable {
    /// Records that wait behind the batch.
    var waiting = 0
    /// Records lost to the spool's bounds or to damage.
    var dropped: UInt64 = 0
    /// Age of the oldest record that the collector does not have, in seconds; nil when it has all.
    var oldestUnsentSeconds: Double?
    var pushes = PushTally()
    /// What each reader cost in the last reading, and how often it failed.
    var readers: [ReaderReport] = []
    var process: OwnProcess?

    /// Flat, so that the collector can keep it as it is: at most 64 members.
    func write(to json: inout JSONWriter) {
        json.member("version", Version.program)
        json.member("spool_records", waiting)
        json.member("dropped", dropped)
        if let oldestUnsentSeconds { json.member("oldest_unsent_seconds", (oldestUnsentSeconds * 10).rounded() / 10) }
        json.member("pushes_stored", pushes.stored)
        json.member("pushes_failed", pushes.failed)
        json.member("pushes_refused", pushes.setAside)
        if let skew = pushes.skewSeconds { json.member("clock_skew_seconds", skew) }
        if let process {
            json.member("resident_bytes", process.residentBytes)
            json.member("cpu_seconds", (process.cpuSeconds * 1000).rounded() / 1000)
        }
        for reader in readers {
            json.member("\(reader.name)_us", Int((reader.seconds * 1e6).rounded()))
            if reader.failures > 0 { json.member("\(reader.name)_failures", reader.failures) }
            if let note = reader.note { json.member("\(reader.name)_note", note) }
        }
    }
}

/// This process, as the kernel sees it.
struct OwnProcess: Equatable {
    /// Pages in memory, shared ones included: proc_pid_statm(5).
    var residentBytes: Int
    /// Of them, those that are ours alone: heap and stacks.
    var privateBytes: Int
    /// User and system time of all threads since the start.
    var cpuSeconds: Double

    init(residentBytes: Int, privateBytes: Int, cpuSeconds: Double) {
        (self.residentBytes, self.privateBytes, self.cpuSeconds) = (residentBytes, privateBytes, cpuSeconds)
    }

    /// nil without /proc.
    static func read() -> OwnProcess? {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let text = withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            let count = Glibc.read(file, buffer.baseAddress, buffer.count)
            return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        }
        // size resident shared text lib data dirty, in pages
        let pages = text.split(separator: " ").prefix(3).compactMap { Int($0) }
        guard pages.count == 3 else { return nil }
        let page = sysconf(Int32(_SC_PAGESIZE))
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return OwnProcess(
            residentBytes: pages[1] * page, privateBytes: max(0, pages[1] - pages[2]) * page,
            cpuSeconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }
}
