import Configuration
import Evaluation
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
                    for baseline in Baseline.allCases {
                        let scores = evaluation.score(baseline)
                        json.member(baseline.rawValue) { json in
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
}
