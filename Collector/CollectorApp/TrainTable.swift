import Identity
import Insight
import Telemetry
import Training

/// Hosts' steps as a table that a network can be trained on, and how it is to be shown.
struct TrainTable {
    let table: SeriesTable
    let spec: WindowSpec
    private(set) var findings: [String] = []

    /// Larger shares of missing values are refused: what is left would be invented.
    static let missingMax = 0.3

    /// The least spread that a window of each metric is taken to have, in its unit: a flat line is not blown up.
    private static func floor(_ metric: Metric) -> Float {
        switch metric {
        case .cpuIOWait, .cpuSystem, .swapUsed, .diskUsage, .networkIn, .networkOut: 0.5
        case .loadAverage: 0.2
        case .uptime: 0.25
        default: 1
        }
    }

    init(_ data: TrainData, hosts wanted: Set<String>?, days: Int?) throws {
        let names = data.hosts.keys.filter { wanted?.contains($0) ?? true }.sorted()
        for name in (wanted ?? []).subtracting(names).sorted() { throw TrainError("--hosts: \(name) has no data") }
        guard !names.isEmpty else { throw TrainError("there is no host with a step to learn from") }
        let newest = names.compactMap { data.hosts[$0]?.rows.keys.max() }.max() ?? 0
        let oldest = days.map { newest - $0 * 86_400 } ?? 0
        let metrics = try Self.metrics(data, names, since: oldest, &findings)
        var table = try SeriesTable(columns: metrics.map(\.name), stepSeconds: Step.seconds)
        let rules = ProfileRules()
        for name in names {
            guard let host = data.hosts[name] else { continue }
            let starts = host.rows.keys.filter { $0 >= oldest }
            guard let first = starts.min(), let last = starts.max() else { continue }
            let steps = (last - first) / Step.seconds + 1
            guard steps <= 105_120 * 10 else {
                throw TrainError("host \(name): its steps span more than ten years; is a time in milliseconds?")
            }
            let share = 1 - Double(starts.count) / Double(steps)
            guard share <= Self.missingMax else {
                findings.append("host \(name): \(Self.percent(share)) of its steps are missing; left out")
                continue
            }
            var values = [Float](repeating: .nan, count: steps * metrics.count)
            var codes = [UInt8](repeating: 0, count: steps)
            for start in starts {
                guard let row = host.rows[start] else { continue }
                let step = (start - first) / Step.seconds
                for (column, metric) in metrics.enumerated() {
                    values[column * steps + step] = Float(row.means[raw: metric.rawValue])
                }
                codes[step] = UInt8(1 + (Self.states.firstIndex(of: row.state?.rawValue ?? "") ?? -1))
            }
            let profile = rules.profile(ofHost: name, explicit: host.profile).rawValue
            try table.add(
                name, start: first, steps: steps, values: values,
                category: Int32(1 + (Self.profiles.firstIndex(of: profile) ?? -1)), codes: codes)
        }
        guard !table.series.isEmpty else {
            throw TrainError("every host has more than \(Self.percent(Self.missingMax)) of its steps missing: refused")
        }
        for (column, metric) in metrics.enumerated() where table.isConstant(column: column) {
            findings.append("\(metric.name) never changes; it is kept, and there is nothing to learn from it")
        }
        if table.series.count == 1 { findings.append("there is one host: nothing says how a stranger is served") }
        self.table = table
        spec = WindowSpec(
            targets: Array(metrics.indices), floors: metrics.map(Self.floor),
            seriesClasses: .init(name: "profile", words: Self.profiles),
            stepClasses: .init(name: "status", words: Self.states), context: 288, horizon: Forecast.horizon,
            quantiles: Forecast.quantiles.map { Float($0) })
    }

    private static var profiles: [String] { Profile.allCases.map(\.rawValue).sorted() }
    private static var states: [String] { HostState.allCases.map(\.rawValue).sorted() }

    /// The metrics that are there often enough.
    private static func metrics(
        _ data: TrainData, _ names: [String], since oldest: Int, _ findings: inout [String]
    ) throws -> [Metric] {
        var (known, rows) = ([Int](repeating: 0, count: Metric.count), 0)
        for name in names {
            for (start, row) in data.hosts[name]?.rows ?? [:] where start >= oldest {
                rows += 1
                for raw in 0..<Metric.count where !row.means[raw: raw].isNaN { known[raw] += 1 }
            }
        }
        let kept = Metric.allCases.filter { metric in
            let share = 1 - Double(known[metric.rawValue]) / Double(max(1, rows))
            if share == 0 { return true }
            findings.append(
                "\(metric.name): \(percent(share)) missing; "
                    + (share <= missingMax ? "gaps are not learnt from" : "left out"))
            return share <= missingMax
        }
        guard !kept.isEmpty else {
            throw TrainError("every metric has more than \(percent(missingMax)) of its values missing: refused")
        }
        return kept
    }

    private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}
