/// Everything read of a host at one moment, raw: counters, not rates. What a reader could not give is its error.
struct HostReading {
    typealias Outcome<Value> = Result<Value, ReadError>

    /// Seconds that never step back; only differences mean something.
    var moment = 0.0
    var cpu: Outcome<CPUReading>
    var java: Outcome<JavaReading>
    var memory: Outcome<MemoryReading>
    var disk: Outcome<Double>
    var network: Outcome<NetworkReading>
    var closeWait: Outcome<CloseWaitReader.Counts>
    var load: Outcome<Double>
    var uptime: Outcome<Double>
    var group: ControlGroup?
    /// The files of /proc that are a container's own already.
    var lxcfs: Set<String> = []
}

/// What a reader cost and how often it failed.
package struct ReaderReport: Sendable, Equatable {
    package let name: String
    /// Of the last reading.
    package var seconds = 0.0
    /// Since the start.
    package var failures = 0
    /// What the reading is not sure of; nil when all is well.
    package var note: String?
}

/// The readers and what they remember from one reading to the next.
struct HostReaders {
    let root: ProcRoot
    private let disk: DiskReader
    private let clock: @Sendable () -> Double
    private var java = JavaReader()
    private var closeWait = CloseWaitReader()
    private var lxcfs: Set<String>?
    private(set) var reports = ["cpu", "java", "memory", "disk", "network", "sockets", "load", "uptime"].map {
        ReaderReport(name: $0)
    }

    init(root: ProcRoot, disk: DiskReader, clock: @escaping @Sendable () -> Double) {
        self.root = root
        self.disk = disk
        self.clock = clock
    }

    /// CPU, Java and network are read next to each other, for their rates are compared.
    mutating func read() -> HostReading {
        let moment = clock()
        let lxcfs = shownByLXCFS()
        let root = root
        let disk = disk
        let uptime = time(7) { _ throws(ReadError) in try UptimeReader.read(root) }
        let cpu = time(0) { _ throws(ReadError) in try CPUReading.read(root) }
        let java = time(1) { readers throws(ReadError) in try readers.java.read(root, uptime: try? uptime.get()) }
        reports[1].note = (try? java.get())?.note
        let network = time(4) { _ throws(ReadError) in try NetworkReading.read(root) }
        return HostReading(
            moment: moment, cpu: cpu, java: java,
            memory: time(2) { _ throws(ReadError) in try MemoryReading.read(root) },
            disk: time(3) { _ throws(ReadError) in try disk.read(root) },
            network: network,
            closeWait: time(5) { readers throws(ReadError) in try readers.closeWait.read(root, at: moment) },
            load: time(6) { _ throws(ReadError) in try LoadReader.read(root) },
            uptime: uptime, group: ControlGroup.read(root), lxcfs: lxcfs)
    }

    /// Mounted when a container starts, so looked up once.
    private mutating func shownByLXCFS() -> Set<String> {
        if let lxcfs { return lxcfs }
        let found = root.sys == nil ? [] : (try? MountTable.read(root))?.lxcfs ?? []
        lxcfs = found
        return found
    }

    /// A failing reader costs only its own metrics.
    private mutating func time<Value>(
        _ reader: Int, _ read: (inout Self) throws(ReadError) -> Value
    ) -> HostReading.Outcome<Value> {
        let start = clock()
        defer { reports[reader].seconds = clock() - start }
        do throws(ReadError) {
            return .success(try read(&self))
        } catch {
            reports[reader].failures += 1
            return .failure(error)
        }
    }
}
