import Alerting
import Configuration
import Daemon
import Evaluation
import Forecasting
import Identity
import Insight
import Numerics
import Rehearsal
import Risk
import Telemetry

/// `forewarn-collector backtest`: what would have been alerted, and when, held against what truly happened.
enum Backtest {
    private static let options = [
        "--from": 1, "--labels": 1, "--model": 1, "--config": 1, "--hosts": 1, "--days": 1, "--every": 1, "--cpus": 1,
        "--calibrate": 0, "--json": 0,
    ]
    /// Steps before the first that is judged: the forecast's day.
    private static let warmUpSteps = 288

    static func run(_ words: [String]) throws -> CInt {
        if words.contains(where: { $0 == "--series" || $0.hasPrefix("--series=") }) {
            return try BacktestSeries.run(words)
        }
        let arguments = try Arguments(words, options: options)
        guard let source = arguments.value("--from"), let labels = arguments.value("--labels") else {
            throw UsageError("--from FILE.csv and --labels FILE.csv, as simulate --out writes them; or --series")
        }
        let days = try arguments.wholeNumber("--days", in: 1...366) ?? 30
        let every = try arguments.wholeNumber("--every", in: 1...96) ?? 1
        let cpus = try arguments.wholeNumber("--cpus", in: 1...4096) ?? 8
        let configuration = try Serve.configuration(arguments)
        let hosts = try hosts(source, arguments, cpus: cpus)
        let incidents = try IncidentFile.read(labels)
        let began = Clock.monotonicSeconds()
        let end = hosts.compactMap { $0.rows.last?.start }.max().map { $0 + Step.seconds } ?? 0
        let oldest = hosts.compactMap { $0.rows.first?.start }.min() ?? 0
        let from = max(oldest + warmUpSteps * Step.seconds, end - days * 86_400)
        guard from < end else {
            throw UsageError("\(source): a backtest needs more than a day of steps, the first being history")
        }
        useOneThreadPerProduct()
        let (replayed, soon, late) = try Interruptible.run("backtest") { isStopping in
            var soon = ChanceLedger(seconds: 1800, incidents, until: Double(end))
            var late = ChanceLedger(seconds: 8 * 3600, incidents, until: Double(end))
            let replayed = try replay(hosts, configuration, source: source, every: every, from..<end, isStopping) {
                moment, readings in
                soon.add(readings, at: Double(moment))
                late.add(readings, at: Double(moment))
            }
            return (replayed, soon, late)
        }
        // Where nothing happened there is nothing to hold a chance against.
        let chance =
            incidents.isEmpty && !arguments.has("--calibrate")
            ? nil
            : try ChanceReport(
                within30Minutes: soon, within8Hours: late, configuration.risk.fleet,
                isFitted: arguments.has("--calibrate"))
        let rows = zip(Rehearsal.Rule.allCases, replayed).map { rule, replayed in
            BacktestReport.Row(
                rule: rule,
                judgements: BacktestReport.levels.map { level in
                    AlertJudgement(
                        AlertSpell.all(of: replayed.transitions, at: level), incidents, level: level,
                        hosts: hosts.count, from: Double(from), until: Double(end))
                })
        }
        let report = BacktestReport(
            rows: rows, hosts: hosts.count, days: Double(end - from) / 86_400,
            seconds: Clock.monotonicSeconds() - began, chance: chance)
        Commands.print(arguments.has("--json") ? report.json : report.text)
        return 0
    }

    /// What each rule would have told.
    /// - Throws: `TrainError` when it is told to stop: half a past would look like a quiet one.
    private static func replay(
        _ hosts: [RehearsedHost], _ configuration: CollectorConfiguration, source: String, every: Int,
        _ range: Range<Int>, _ isStopping: () -> Bool, scored: (_ moment: Int, _ readings: [AlertReading]) -> Void
    ) throws -> [AlertMachine.Replayed] {
        let model = try ForecastModel(folder: ModelFolder.inUse(configured: configuration.model, state: source))
        let engine = RiskEngine(configuration: configuration.risk)
        let rehearsal = Rehearsal(hosts, rules: configuration.alerts, forecastEvery: every)
        let replayed = rehearsal.run(
            Rehearsal.Rule.allCases.map { ($0, engine) }, from: range.lowerBound, until: range.upperBound,
            historySteps: model.historySteps, report: { _ in !isStopping() },
            watch: { moment, contender, readings in
                if Rehearsal.Rule.allCases[contender] == .score { scored(moment, readings) }
            },
            foresee: { moment, requests in
                model.forecast(
                    requests.map {
                        ForecastRequest(profile: hosts[$0.host].profile, steps: Array($0.rows), firstStep: moment)
                    }
                ).map { $0.ready }
            })
        if isStopping() { throw TrainError("the backtest was stopped before its end; nothing is judged") }
        return replayed
    }

    private static func hosts(_ source: String, _ arguments: Arguments, cpus: Int) throws -> [RehearsedHost] {
        var table = HostTable()
        try table.add(sources: [source], from: 0, to: Int(Clock.system.now()))
        let wanted = arguments.value("--hosts").map { Set($0.split(separator: ",").map(String.init)) }
        let series = try table.series().filter { wanted?.contains($0.name) ?? true }
        for finding in table.findings { Commands.complain(finding) }
        let rules = ProfileRules()
        return series.map { host in
            let rows = (0..<host.steps).compactMap { step -> StepRow? in
                let means = host.means(step)
                guard means.missingCount < Metric.count else { return nil }
                return StepRow(
                    start: host.start + step * Step.seconds, means: means, samples: 1, state: host.states[step])
            }
            return RehearsedHost(
                name: host.name, profile: rules.profile(ofHost: host.name, explicit: host.profile), cpus: cpus,
                rows: rows)
        }
    }
}

/// `labels.csv`: host, kind, start, first_breach, end, caused_by; the last may be missing.
enum IncidentFile {
    static func read(_ path: String) throws -> [RehearsedIncident] {
        let text = try CSVText(path: path)
        let (host, kind) = (try text.place(of: "host"), try text.place(of: "kind"))
        let (start, breach) = (try text.place(of: "start"), try text.place(of: "first_breach"))
        let end = try text.place(of: "end")
        let cause = text.columns.firstIndex(of: "caused_by")
        var incidents: [RehearsedIncident] = []
        try text.forEachLine { (line: borrowing CSVLine) throws(TrainError) -> Void in
            guard line.count == text.columns.count, let from = line.time(start) else {
                throw TrainError("\(path):\(line.number): must have \(text.columns.count) cells, and a time as start")
            }
            let crossed: Double? = line.bytesCount(of: breach) == 0 ? nil : line.time(breach)
            let over: Double? = line.bytesCount(of: end) == 0 ? nil : line.time(end)
            let name = line.text(kind)
            incidents.append(
                RehearsedIncident(
                    host: line.text(host), kind: name, start: from, breach: crossed, end: over ?? .infinity,
                    hasPrecursor: name != "sudden_crash",
                    cause: cause.flatMap { line.bytesCount(of: $0) == 0 ? nil : line.text($0) }))
        }
        return incidents
    }
}
