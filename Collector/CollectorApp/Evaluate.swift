import Configuration
import Evaluation
import Insight
import Telemetry
import Training

/// `forewarn-collector evaluate`: how good forecasts are, beside the simple ones.
enum Evaluate {
    private static let minutes = 10.0

    static func run(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(words, options: ["--series": 1, "--spec": 1, "--minutes": 1, "--seed": 1, "--json": 0])
        guard let table = arguments.value("--series") else { throw UsageError("evaluate needs --series FILE") }
        guard let specFile = arguments.value("--spec") else {
            throw UsageError("--series needs --spec FILE, which says what the table's columns are")
        }
        let spec = try SeriesSpec(path: specFile)
        let file = try SeriesFile(path: table, spec: spec)
        for warning in file.warnings { Commands.complain("warning: \(warning)") }
        let evaluation = try SeriesEvaluation(file: file, spec: spec)
        var settings = TrainerSettings()
        settings.minutes = spec.minutes ?? minutes
        if let text = arguments.value("--minutes") {
            guard let minutes = Double(text), minutes > 0 else { throw UsageError("--minutes is a number above 0") }
            settings.minutes = minutes
        }
        let model = try SeriesModel(file: file, spec: spec, settings: settings)
        let result = try model.train { progress in
            if let score = progress.validation {
                Commands.complain(
                    "step \(progress.step)/\(progress.planned) loss \(progress.loss) validation \(score.model) persistence \(score.persistence) yesterday \(score.yesterday ?? 0) \(progress.windowsPerSecond)/s, \(progress.secondsLeft) s left"
                )
            }
            return true
        }
        let windows = evaluation.windows
        let answers = model.forecast(windows)
        var next = 0
        let scores = evaluation.score { _ in
            defer { next += 1 }
            return answers[next]
        }
        var json = JSONWriter()
        json.object { json in
            write(scores, to: &json)
            json.member("baselines") { json in
                json.object { json in
                    for simple in SimpleForecast.allCases {
                        json.member(name(of: simple)) { json in
                            json.object { write(evaluation.score(simple), to: &$0) }
                        }
                    }
                }
            }
            json.member("train_seconds", result.seconds)
        }
        Commands.print(json.text)
        return 0
    }

    private static func write(_ scores: SeriesEvaluation.Scores, to json: inout JSONWriter) {
        json.member("crps", scores.quantiles.crps)
        json.member("mase", scores.scaled.mean)
        json.member("mae", scores.quantiles.meanAbsoluteError)
        json.member("coverage", scores.quantiles.coverage)
    }

    /// By the names that published tables use.
    private static func name(of simple: SimpleForecast) -> String {
        switch simple {
        case .persistence: "naive"
        case .yesterday: "seasonal_naive"
        case .lastWeek: "seasonal_naive_7"
        case .dampedTrend: "damped_trend"
        }
    }
}
