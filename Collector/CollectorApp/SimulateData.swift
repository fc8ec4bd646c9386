import Configuration
import Daemon
import Glibc
import Identity
import Simulator
import Telemetry

/// `forewarn-collector simulate --out DIR`: the demonstration fleet as a data set, `steps.csv` for `train` and
/// `labels.csv` with what truly happened.
enum SimulateData {
    static let incidentsPerHostMonth = 3.0
    /// Ends on this Monday, so that the same words give the same file on any day.
    private static let end = 1_760_313_600

    /// - Parameters:
    ///   - incidents: that chance brings to a host in a month; 0: a healthy fleet.
    ///   - isVaried: every host's metrics times numbers of its own, and no word on its state: hosts unlike the
    ///   demonstration fleet's, for a model that is to serve strangers.
    static func write(
        folder: String, days: Int, size: Fleet.Size, seed: UInt64, incidents: Double = incidentsPerHostMonth,
        isVaried: Bool = false
    ) throws {
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw SimulateError(description: "\(folder): \(String(cString: strerror(errno)))")
        }
        let fleet = Fleet(size: size, seed: seed)
        let start = Double(end - days * 86_400)
        var simulation = Simulation(
            fleet: fleet, start: start, seed: seed, cadenceSeconds: Double(Step.seconds),
            incidentsPerHostMonth: incidents)
        let profiles = Dictionary(uniqueKeysWithValues: fleet.hosts.map { ($0.name, $0.profile.rawValue) })
        let steps = try CSVFile("\(folder)/steps.csv")
        steps.add("host,profile,state,time," + Metric.allCases.map(\.name).joined(separator: ","))
        var variety = isVaried ? HostVariety(fleet, seed: seed) : nil
        for day in 0..<days {
            for record in simulation.advance(to: start + Double(day + 1) * 86_400 - 1) {
                let state = isVaried ? "" : record.state?.rawValue ?? ""
                var line = "\(record.host),\(profiles[record.host] ?? ""),\(state),\(Int(record.time))"
                let values = variety?.applied(to: record) ?? record.values
                for raw in 0..<Metric.count {
                    let value = values[raw: raw]
                    line += value.isNaN ? "," : ",\((value * 1000).rounded() / 1000)"
                }
                steps.add(line)
            }
            try steps.flush()
        }
        let labels = try CSVFile("\(folder)/labels.csv")
        labels.add("host,kind,start,first_breach,end,caused_by")
        for label in simulation.labels {
            let breach = label.firstBreach.map { "\(Int($0))" } ?? ""
            let end = label.end.map { "\(Int($0))" } ?? ""
            labels.add(
                "\(label.host),\(label.kind.rawValue),\(Int(label.start)),\(breach),\(end),\(label.causedBy ?? "")")
        }
        try steps.close()
        try labels.close()
        let count = simulation.labels.count
        Commands.print("\(folder)/steps.csv: \(days) days of \(size.rawValue) hosts; labels.csv: \(count) incidents")
    }
}

/// Lines to a file beside its name, which it takes when it is whole.
private final class CSVFile {
    private let path: String
    private let file: CInt
    private var bytes: [UInt8] = []

    init(_ path: String) throws {
        self.path = path
        file = open("\(path).new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw SimulateError(description: "\(path): \(String(cString: strerror(errno)))") }
    }

    func add(_ line: String) {
        bytes += Array(line.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    func flush() throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress.map { $0 + sent }, bytes.count - sent) }
            guard count > 0 else { throw SimulateError(description: "\(path): \(String(cString: strerror(errno)))") }
            sent += count
        }
        bytes.removeAll(keepingCapacity: true)
    }

    func close() throws {
        try flush()
        guard Glibc.close(file) == 0, rename("\(path).new", path) == 0 else {
            throw SimulateError(description: "\(path): \(String(cString: strerror(errno)))")
        }
    }
}
