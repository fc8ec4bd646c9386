import Configuration
import Evaluation
import Insight
import Telemetry

/// `forewarn-collector evaluate`: how good forecasts are, beside the simple ones.
enum Evaluate {
    static func run(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(words, options: ["--series": 1, "--spec": 1, "--json": 0])
        guard let table = arguments.value("--series") else { throw UsageError("evaluate needs --series FILE") }
        guard let specFile = arguments.value("--spec") else {
            throw UsageError("--series needs --spec FILE, which says what the table's columns are")
        }
        let spec = try SeriesSpec(path: specFile)
        let file = try SeriesFile(path: table, spec: spec)
        for warning in file.warnings { Commands.complain("warning: \(warning)") }
        let evaluation = try SeriesEvaluation(file: file, spec: spec)
        var json = JSONWriter()
        json.object { json in
            json.member("baselines") { json in
                json.object { json in
                    for simple in SimpleForecast.allCases {
                        let scores = evaluation.score(simple)
                        json.member(name(of: simple)) { json in
                            json.object { json in
                                json.member("crps", scores.quantiles.crps)
                                json.member("mase", scores.scaled.mean)
                                json.member("mae", scores.quantiles.meanAbsoluteError)
                            }
                        }
                    }
                }
            }
        }
        Commands.print(json.text)
        return 0
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
