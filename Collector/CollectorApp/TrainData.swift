import Glibc
import Identity
import Insight
import Store
import TFT
import Telemetry
import Training

/// Steps of hosts for training, from a state folder or CSV files, and what was odd about them.
struct TrainData {
    struct HostSteps {
        var profile: Profile?
        /// By start, in Unix seconds.
        var rows: [Int: (means: MetricVector, state: HostState?)] = [:]
    }

    private(set) var hosts: [String: HostSteps] = [:]
    /// What training goes on without, in words.
    private(set) var notes: [String] = []
    private(set) var lines = 0
    private var unreadable = 0
    private var duplicates = 0
    private var offGrid = 0
    private var unknownWords: [String: Int] = [:]
    private var states: [String: HostState?] = [:]

    private static let notedMax = 5
    static let hostsMax = 20_000

    // MARK: From a state folder

    /// The step means that a collector keeps; it may be running.
    mutating func add(state folder: String, from: Int, to: Int) throws {
        guard access("\(folder)/lock", F_OK) == 0 else {
            throw TrainError("\(folder): is no collector's state folder: it holds no lock file")
        }
        let store = try StoreReading(directory: folder)
        for host in store.hosts {
            var steps = HostSteps(profile: host.profile)
            for row in try store.steps(of: host, from: from, to: to) { steps.rows[row.start] = (row.means, row.state) }
            guard !steps.rows.isEmpty else {
                notes.append("host \(host.name): no step in the time asked for; left out")
                continue
            }
            merge(host.name, steps)
        }
    }

    private mutating func merge(_ name: String, _ steps: HostSteps) {
        guard var known = hosts[name] else {
            hosts[name] = steps
            return
        }
        for (start, row) in steps.rows where known.rows.updateValue(row, forKey: start) != nil { duplicates += 1 }
        hosts[name] = known
    }

    // MARK: From a CSV

    /// A header names the columns: `host`, `time` (Unix seconds, a step's start), any of the metrics, and, where there
    /// are such, `profile` and `state`. An empty cell is a missing value.
    mutating func add(csv path: String) throws {
        let bytes = try FileBytes.read(path)
        var columns: CSVColumns?
        var number = 0
        var cells: [Range<Int>] = []
        try bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                number += 1
                let last = end > start && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
                Self.split(bytes, start..<last, into: &cells)
                start = end + 1
                if let columns {
                    if last > cells[0].lowerBound || cells.count > 1 {
                        try add(CSVLine(bytes: bytes, cells: cells), columns, "\(path):\(number)")
                    }
                } else {
                    columns = try CSVColumns(CSVLine(bytes: bytes, cells: cells), path: path)
                }
            }
        }
        guard columns != nil else { throw TrainError("\(path): is empty; its first line must name the columns") }
        guard unreadable * 20 <= lines else {
            throw TrainError("\(path): \(unreadable) of \(lines) lines cannot be read; more than 5 % is refused")
        }
    }

    private static func split(
        _ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, into cells: inout [Range<Int>]
    ) {
        cells.removeAll(keepingCapacity: true)
        var start = line.lowerBound
        for i in line where bytes[i] == UInt8(ascii: ",") {
            cells.append(start..<i)
            start = i + 1
        }
        cells.append(start..<line.upperBound)
    }

    private mutating func add(_ line: CSVLine, _ columns: CSVColumns, _ place: String) throws {
        lines += 1
        do throws(TrainError) {
            guard line.cells.count == columns.count else {
                throw TrainError("has \(line.cells.count) cells, the header \(columns.count)")
            }
            let name = line.text(columns.host)
            guard !name.isEmpty, name.utf8.count <= 253 else { throw TrainError("has no host name of 1 to 253 bytes") }
            guard let time = Int(line.text(columns.time)), time >= 0, time < 1 << 40 else {
                throw TrainError("time \(line.text(columns.time)) is no whole number of Unix seconds")
            }
            var means = MetricVector()
            for (metric, column) in columns.metrics {
                guard let value = line.number(column) else {
                    throw TrainError("\(metric.name) \(line.text(column)) is no number")
                }
                if value.isFinite { means[metric] = value }
            }
            let start = Step.start(of: Double(time))
            if start != time { offGrid += 1 }
            keep(line, columns, name, start, means)
        } catch {
            unreadable += 1
            if unreadable <= Self.notedMax { notes.append("\(place): \(error); the line is left out") }
        }
        guard hosts.count <= Self.hostsMax else { throw TrainError("more than \(Self.hostsMax) hosts") }
    }

    private mutating func keep(
        _ line: CSVLine, _ columns: CSVColumns, _ name: String, _ start: Int, _ means: MetricVector
    ) {
        var state: HostState?
        if let column = columns.state, case let text = line.text(column), !text.isEmpty {
            if let known = states[text] {
                state = known
            } else {
                state = HostState(rawValue: text)
                if states.count < 1000 { states[text] = .some(state) }
            }
            if state == nil { unknownWords["state \(text)", default: 0] += 1 }
        }
        if hosts[name] == nil {
            var steps = HostSteps()
            if let column = columns.profile, case let text = line.text(column), !text.isEmpty {
                steps.profile = Profile(rawValue: text)
                if steps.profile == nil { unknownWords["profile \(text)", default: 0] += 1 }
            }
            hosts[name] = steps
        }
        guard let place = hosts.index(forKey: name) else { return }
        if hosts.values[place].rows.updateValue((means, state), forKey: start) != nil { duplicates += 1 }
    }

    /// Everything odd, after all was read.
    var findings: [String] {
        var all = notes
        if unreadable > Self.notedMax { all.append("\(unreadable) lines in all cannot be read; left out") }
        if duplicates > 0 { all.append("\(duplicates) steps came twice; the later line counts") }
        if offGrid > 0 {
            all.append("\(offGrid) times are not the start of a \(Step.seconds) s step; taken as the step they lie in")
        }
        for (word, count) in unknownWords.sorted(by: { $0.key < $1.key }).prefix(Self.notedMax) {
            all.append("\(word) is not known (\(count) lines); it counts as unknown")
        }
        return all
    }
}

/// Which column is what.
struct CSVColumns {
    let count: Int
    let host: Int
    let time: Int
    var profile: Int?
    var state: Int?
    var metrics: [(metric: Metric, column: Int)] = []

    init(_ line: CSVLine, path: String) throws(TrainError) {
        let names = line.cells.indices.map { line.text($0) }
        guard names.count <= 1000, Set(names).count == names.count else {
            throw TrainError("\(path):1: a column is named twice, or there are more than 1000")
        }
        guard let host = names.firstIndex(of: "host"), let time = names.firstIndex(of: "time") else {
            throw TrainError("\(path):1: the header must name host and time, and metrics such as cpu_user_pct")
        }
        (count, self.host, self.time) = (names.count, host, time)
        for (column, name) in names.enumerated() where column != host && column != time {
            if name == "profile" {
                profile = column
            } else if name == "state" {
                state = column
            } else if let metric = Metric(name: name) {
                metrics.append((metric, column))
            } else {
                throw TrainError("\(path):1: column \(name) is no metric, and not host, time, profile or state")
            }
        }
        guard !metrics.isEmpty else { throw TrainError("\(path):1: no column is a metric") }
    }
}

/// One line, its cells by place.
struct CSVLine {
    let bytes: UnsafeBufferPointer<UInt8>
    let cells: [Range<Int>]

    func text(_ cell: Int) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[cells[cell]]), as: UTF8.self)
    }

    /// NaN for an empty cell, nil for what is no number.
    func number(_ cell: Int) -> Double? {
        if cells[cell].isEmpty { return .nan }
        return plain(cell) ?? Double(text(cell))
    }

    /// Of at most fifteen digits with or without a point: both they and the power of ten are exact, so one division
    /// rounds as it should (Clinger 1990). Nil for anything else.
    private func plain(_ cell: Int) -> Double? {
        var (digits, mantissa, decimals, hasPoint) = (0, 0, 0, false)
        var range = cells[cell]
        let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
        if isNegative { range = range.dropFirst() }
        for i in range {
            let byte = bytes[i]
            if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
                continue
            }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), digits < 15 else { return nil }
            digits += 1
            mantissa = mantissa * 10 + Int(byte - UInt8(ascii: "0"))
            if hasPoint { decimals += 1 }
        }
        guard digits > 0 else { return nil }
        let value = Double(mantissa) / Self.powers[decimals]
        return isNegative ? -value : value
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]
}

struct TrainError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
