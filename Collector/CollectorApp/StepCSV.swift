import Daemon
import Glibc
import Store
import Telemetry

/// Steps as CSV (RFC 4180), one a line: `host,profile,state,time` and the 14 metrics, whose names hold their units.
/// Times are RFC 3339, numbers the shortest that read back the same, an empty cell is a missing value. `train` and
/// `evaluate` read it, too.
enum StepCSV {
    static let columns = ["host", "profile", "state", "time"] + Metric.allCases.map(\.name)
    static var header: String { columns.joined(separator: ",") + "\n" }

    static func write(_ step: MovedStep, to bytes: inout [UInt8]) {
        bytes += step.host.utf8
        bytes.append(UInt8(ascii: ","))
        if let profile = step.profile { bytes += profile.rawValue.utf8 }
        bytes.append(UInt8(ascii: ","))
        if let state = step.state { bytes += state.rawValue.utf8 }
        bytes.append(UInt8(ascii: ","))
        bytes += Timestamp.text(Double(step.start)).utf8
        for raw in 0..<Metric.count {
            bytes.append(UInt8(ascii: ","))
            let value = step.means[raw: raw]
            if !value.isNaN { bytes += value.description.utf8 }
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// What is wrong with a line, without its place.
    struct Fault: Error {
        let column: String
        let rule: String
    }

    /// Which cell of a line is which column.
    struct Layout {
        private var host = -1
        private var time = -1
        private var profile: Int?
        private var state: Int?
        private var metrics: [(metric: Metric, cell: Int)] = []
        private let count: Int

        init(header: String) throws(Fault) {
            let names = header.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            count = names.count
            guard Set(names).count == names.count else { throw Fault(column: "header", rule: "names a column twice") }
            for (cell, name) in names.enumerated() {
                switch name {
                case "host": host = cell
                case "time": time = cell
                case "profile": profile = cell
                case "state": state = cell
                default:
                    guard let metric = Metric(name: name) else {
                        throw Fault(
                            column: String(name.prefix(40)), rule: "is no metric, and not host, profile, state or time")
                    }
                    metrics.append((metric, cell))
                }
            }
            guard host >= 0, time >= 0, !metrics.isEmpty else {
                throw Fault(column: "header", rule: "must name host, time and metrics such as cpu_user_pct")
            }
        }

        /// - Parameter latest: Unix seconds; no step begins later.
        func step(_ line: String, latest: Double) throws(Fault) -> MovedStep {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count == count else {
                throw Fault(column: "line", rule: "has \(cells.count) cells, the header \(count)")
            }
            let name = String(cells[host])
            guard HostName.isValid(name.replacing("~", with: "-")) else {
                throw Fault(column: "host", rule: "must be \(HostName.rule)")
            }
            var step = MovedStep(host: name, profile: nil, start: 0, state: nil, means: MetricVector())
            if let cell = profile, !cells[cell].isEmpty {
                step.profile = Profile(rawValue: String(cells[cell]))
                guard step.profile != nil else { throw Fault(column: "profile", rule: "is none that there is") }
            }
            if let cell = state, !cells[cell].isEmpty {
                step.state = HostState(rawValue: String(cells[cell]))
                guard step.state != nil else { throw Fault(column: "state", rule: "is none that there is") }
            }
            step.start = try Self.start(String(cells[time]), latest)
            for (metric, cell) in metrics where !cells[cell].isEmpty {
                step.means[metric] = try Self.value(cells[cell], metric)
            }
            guard step.means.missingCount < Metric.count else {
                throw Fault(column: "line", rule: "has no value at all")
            }
            return step
        }

        private static func start(_ text: String, _ latest: Double) throws(Fault) -> Int {
            guard let seconds = Int(text).map(Double.init) ?? Timestamp.parse(text), seconds >= 0 else {
                throw Fault(column: "time", rule: "must be Unix seconds or RFC 3339 with a zone, 2026-11-23T10:00:00Z")
            }
            guard seconds <= latest else { throw Fault(column: "time", rule: "is more than a day ahead of now") }
            guard Double(Step.start(of: seconds)) == seconds else {
                throw Fault(column: "time", rule: "must be the start of a \(Step.seconds) s step")
            }
            return Int(seconds)
        }

        private static func value(_ text: Substring, _ metric: Metric) throws(Fault) -> Double {
            guard let value = Double(text), value.isFinite else {
                throw Fault(column: metric.name, rule: "must be a number, or empty where it is missing")
            }
            guard value >= 0, value <= metric.plausibleMaximum else {
                throw Fault(column: metric.name, rule: "must be between 0 and \(Int(metric.plausibleMaximum))")
            }
            return value
        }
    }
}
