import Evaluation
import Forecasting
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
    /// Larger ones are worth a word.
    private static let missingNoted = 0.05
    /// Of a window's centre and spread, in deviations among those learnt from.
    private static let staticLimit: Float = 4
    private static let dayOfSteps = 86_400 / Step.seconds

    /// The least spread that a window of each metric is taken to have, in its unit: a flat line is not blown up.
    private static func floor(_ metric: Metric) -> Float {
        switch metric {
        case .cpuUser, .cpuSystem, .cpuIOWait, .cpuIdle, .javaCPU, .memoryUsed, .swapUsed: 0.2
        case .diskUsage: 0.1
        case .networkIn, .networkOut: 0.002
        case .backCloseWait, .frontCloseWait: 0.5
        case .loadAverage: 0.05
        case .uptime: 0.25
        }
    }

    /// - Parameter hosts: the names wanted; nil takes all.
    init(_ data: inout HostTable, hosts wanted: Set<String>?, days: Int?) throws {
        let hosts = try data.series(days: days).filter { wanted?.contains($0.name) ?? true }
        for name in (wanted ?? []).subtracting(hosts.map(\.name)).sorted() {
            throw TrainError("--hosts: \(name) has no data")
        }
        guard !hosts.isEmpty else { throw TrainError("there is no host with a step to learn from") }
        let metrics = try Self.metrics(hosts, &findings)
        var table = try SeriesTable(columns: metrics.map(\.name), stepSeconds: Step.seconds)
        for host in hosts where Self.isWhole(host, &findings) { try Self.add(host, metrics, to: &table) }
        guard !table.series.isEmpty else {
            throw TrainError("every host has more than \(Self.percent(Self.missingMax)) of its steps missing: refused")
        }
        for (column, metric) in metrics.enumerated() where table.isConstant(column: column) {
            findings.append("\(metric.name) never changes; it is kept, and there is nothing to learn from it")
        }
        if table.series.count == 1 { findings.append("there is one host: nothing says how a stranger is served") }
        self.table = table
        spec = Self.spec(metrics)
    }

    /// How a host is shown. The time of year is not: no data of weeks can say what another month does.
    private static func spec(_ metrics: [Metric]) -> WindowSpec {
        var spec = WindowSpec(
            targets: Array(metrics.indices), calendar: [.hour, .hourSine, .hourCosine, .dayOfWeek, .isWeekend],
            floors: metrics.map(floor), isAsinh: true,
            seriesClasses: .init(name: "profile", words: profiles),
            stepClasses: .init(name: "status", words: states), context: 288, horizon: Forecast.horizon,
            quantiles: Forecast.quantiles.map { Float($0) })
        spec.staticLimit = staticLimit
        spec.maskedCode = code(of: .maintenance)
        return spec
    }

    /// Whether enough of a host is there, which is said where it is not.
    private static func isWhole(_ host: HostSeries, _ findings: inout [String]) -> Bool {
        let share = host.missingShare
        guard share <= missingMax else {
            findings.append("host \(host.name): \(percent(share)) of its steps are missing; left out")
            return false
        }
        if share > missingNoted {
            findings.append("host \(host.name): \(percent(share)) of its steps are missing; kept, with its gaps")
        }
        if host.steps < dayOfSteps {
            findings.append("host \(host.name): less than a day of steps (\(host.steps)); kept, but little to learn")
        }
        return true
    }

    private static func add(_ host: HostSeries, _ metrics: [Metric], to table: inout SeriesTable) throws {
        var values: [Float] = []
        values.reserveCapacity(metrics.count * host.steps)
        for metric in metrics {
            values += host.values[metric.rawValue * host.steps..<(metric.rawValue + 1) * host.steps]
        }
        // A state that nobody told is what serving would take it for.
        let codes = (0..<host.steps).map { step in
            code(of: host.states[step] ?? History.state(of: host.means(step)))
        }
        let profile = ProfileRules().profile(ofHost: host.name, explicit: host.profile).rawValue
        try table.add(
            host.name, start: host.start, steps: host.steps, values: values,
            category: Int32(1 + (profiles.firstIndex(of: profile) ?? -1)), codes: codes)
    }

    private static var profiles: [String] { Profile.allCases.map(\.rawValue).sorted() }
    private static var states: [String] { HostState.allCases.map(\.rawValue).sorted() }

    private static func code(of state: HostState) -> UInt8 {
        UInt8(1 + (states.firstIndex(of: state.rawValue) ?? -1))
    }

    /// The metrics that are there often enough.
    private static func metrics(_ hosts: [HostSeries], _ findings: inout [String]) throws -> [Metric] {
        let rows = hosts.reduce(0) { $0 + $1.known }
        let kept = Metric.allCases.filter { metric in
            let known = hosts.reduce(0) { sum, host in
                sum + host.values[metric.rawValue * host.steps..<(metric.rawValue + 1) * host.steps].count { !$0.isNaN }
            }
            let share = 1 - Double(known) / Double(max(1, rows))
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
