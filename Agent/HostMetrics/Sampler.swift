package import Daemon
import Glibc
package import Telemetry

/// Makes records of a host. The first has no rates; `prime` takes the reading they are counted from.
package struct Sampler {
    /// Wears the limits of a container on its records: `{"limits": "cpu memory"}`.
    package static let limitsLabel = "limits"

    private var readers: HostReaders
    private var previous: HostReading?
    private let host: String
    private let clock: Clock

    package init(root: ProcRoot = .live, host: String, clock: Clock = .system, disk: DiskReader = DiskReader()) {
        readers = HostReaders(root: root, disk: disk, clock: Clock.monotonicSeconds)
        self.host = host
        self.clock = clock
    }

    /// What each reader cost in the last reading, and its failures since the start.
    package var reports: [ReaderReport] { readers.reports }

    package mutating func prime() { previous = readers.read() }

    /// Rates are over the time since the last reading.
    package mutating func sample() -> Record {
        let reading = readers.read()
        defer { previous = reading }
        let seconds = reading.moment - (previous?.moment ?? reading.moment)
        return Self.record(
            HostMetrics(from: previous, to: reading, overSeconds: seconds), host: host, time: clock.now())
    }

    /// The record of two captured trees, as if `seconds` had passed between them.
    package static func replay(
        from old: ProcRoot, to new: ProcRoot, seconds: Double, host: String, time: Double
    ) -> Record {
        let disk = DiskReader()
        var (before, after) = (HostReaders.still(old, disk), HostReaders.still(new, disk))
        let metrics = HostMetrics(from: before.read(), to: after.read(), overSeconds: seconds)
        return record(metrics, host: host, time: time)
    }

    private static func record(_ metrics: HostMetrics, host: String, time: Double) -> Record {
        var record = Record(host: host, time: (time * 1000).rounded() / 1000, values: metrics.values)
        record.missing = metrics.missing
        record.cpus = metrics.cpus
        if let limits = metrics.limits { record.labels[limitsLabel] = limits }
        return record
    }
}

extension HostReaders {
    fileprivate static func still(_ root: ProcRoot, _ disk: DiskReader) -> HostReaders {
        HostReaders(root: root, disk: disk, clock: { 0 })
    }
}

extension ProcRoot {
    /// The host's name: the tree's own, else the live host's, with what the contract does not allow replaced by "-".
    package var hostName: String {
        let name = kernelHostName.split { $0 == " " || $0 == "\t" }.first.map(String.init) ?? Self.liveName
        let allowed = name.unicodeScalars.map { scalar in
            HostName.isValid(String(scalar)) ? String(scalar) : "-"
        }
        let fitting = allowed.prefix(HostName.lengthMax).joined()
        return HostName.isValid(fitting) ? fitting : "localhost"
    }

    /// What the kernel says, unchanged: the tree's own, else the live host's.
    package var kernelHostName: String {
        let line = (try? text("sys/kernel/hostname"))?.first.bytes ?? []
        return line.isEmpty ? Self.liveName : String(decoding: line, as: UTF8.self)
    }

    private static var liveName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
