import Configuration
import Evaluation
import Numerics
import Training

/// `forewarn-collector evaluate`: how good forecasts are, beside the simple ones. Of hosts (`EvaluateHosts`), or of any
/// table: `--series FILE --spec FILE`.
enum Evaluate {
    private static let minutes = 10.0

    static func run(_ words: [String]) throws -> CInt {
        if words.contains(where: { $0 == "--from" || $0.hasPrefix("--from=") }) { return try EvaluateHosts.run(words) }
        let arguments = try Arguments(
            words, options: ["--series": 1, "--spec": 1, "--minutes": 1, "--seed": 1, "--schedule": 1, "--json": 0])
        guard let table = arguments.value("--series") else {
            throw UsageError("evaluate needs --from STATE|FILE.csv, or --series FILE")
        }
        guard let specFile = arguments.value("--spec") else {
            throw UsageError("--series needs --spec FILE, which says what the table's columns are")
        }
        let spec = try SeriesSpec(path: specFile)
        let settings = try settings(arguments, spec)
        let file = try SeriesFile(path: table, spec: spec)
        for warning in file.warnings { Commands.complain("warning: \(warning)") }
        if file.linesLeftOut > file.warnings.count {
            Commands.complain("warning: \(file.linesLeftOut) of \(file.linesRead) lines were left out in all")
        }
        let evaluation = try SeriesEvaluation(file: file, spec: spec)
        useOneThreadPerProduct()
        let report = try Interruptible.run("evaluate") { isStopping in
            let model = try SeriesModel(file: file, spec: spec, settings: settings)
            let line = TrainProgressLine(file: 2)
            let result = try model.train { progress in
                line.show(progress.trainer, prefix: "\(progress.member)\(progress.isRefit ? ", refit" : ""): ")
                return !isStopping()
            }
            line.end()
            for member in result.members {
                if let fault = member.fault { Commands.complain("\(member.name) is left out: \(fault)") }
            }
            return SeriesReport(evaluation, forecasts: model.forecast(evaluation.windows), result)
        }
        Commands.print(arguments.has("--json") ? report.json : report.text)
        return 0
    }

    private static func settings(
        _ arguments: Arguments, _ spec: SeriesSpec
    ) throws(UsageError) -> SeriesSettings {
        var settings = SeriesSettings()
        settings.minutes = spec.minutes ?? minutes
        if let text = arguments.value("--minutes") {
            guard let minutes = Double(text), minutes > 0, minutes <= 10_000 else {
                throw UsageError("--minutes is a number above 0, at most 10000, not \(text)")
            }
            settings.minutes = minutes
        }
        if let text = arguments.value("--seed") {
            guard let seed = UInt64(text) else { throw UsageError("--seed is a whole number, not \(text)") }
            settings.seed = seed
        }
        if let text = arguments.value("--schedule") {
            guard let schedule = TrainerSettings.Schedule(rawValue: text) else {
                let known = TrainerSettings.Schedule.allCases.map(\.rawValue).joined(separator: " or ")
                throw UsageError("--schedule is \(known), not \(text)")
            }
            settings.network?.schedule = schedule
        }
        return settings
    }
}
