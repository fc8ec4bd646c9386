import Configuration
import Daemon
import Evaluation
import Forecasting
import Identity
import Numerics
import TFT
import Training

/// `forewarn-collector evaluate --from STATE|FILE.csv`: how good a model's forecasts of hosts would have been, beside
/// the simple ones.
enum EvaluateHosts {
    private static let options = [
        "--from": 1, "--model": 1, "--hosts": 1, "--days": 1, "--every": 1, "--json": 0, "--svg": 1,
    ]
    private static let (days, every) = (7, 12)

    static func run(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(words, options: options, restMax: 64)
        let sources = (arguments.value("--from").map { [$0] } ?? []) + arguments.rest
        guard !sources.isEmpty else { throw UsageError("--from needs a collector's state folder or CSV files") }
        let days = try arguments.wholeNumber("--days", in: 1...HostEvaluation.daysMax) ?? days
        let every = try arguments.wholeNumber("--every", in: 1...HostEvaluation.everyMax) ?? every
        let folder = arguments.value("--model") ?? ModelFolder.inUse(configured: nil, state: sources[0])
        var data = HostTable()
        let now = Int(Clock.system.now())
        try data.add(sources: sources, from: now - (days + 9) * 86_400, to: now)
        let wanted = arguments.value("--hosts").map { Set($0.split(separator: ",").map(String.init)) }
        let hosts = try data.series().filter { wanted?.contains($0.name) ?? true }
        for finding in data.findings { Commands.complain(finding) }
        for name in (wanted ?? []).subtracting(hosts.map(\.name)).sorted() {
            throw TrainError("--hosts: \(name) has no data")
        }
        let rules = ProfileRules()
        let evaluation = try HostEvaluation(
            hosts: hosts.map { .init($0, profile: rules.profile(ofHost: $0.name, explicit: $0.profile)) },
            days: days, every: every)
        useOneThreadPerProduct()
        let scores = try Interruptible.run("evaluate") { isStopping in
            try evaluation.run(ForecastModel(folder: folder), isStopping: isStopping)
        }
        if let path = arguments.value("--svg") {
            do throws(FileWriteError) { try writeFile(Array(HostPicture(scores).svg.utf8), to: path) } catch {
                throw TrainError("\(path): \(error.reason)")
            }
        }
        let report = HostReport(scores)
        Commands.print(arguments.has("--json") ? report.json : report.text)
        return 0
    }
}
