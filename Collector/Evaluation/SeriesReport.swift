import Insight
import Telemetry

/// What an evaluation of a table of series found: the model beside the simple forecasts.
package struct SeriesReport: Sendable {
    private let model: SeriesEvaluation.Scores
    private let simple: [(name: String, scores: SeriesEvaluation.Scores)]
    private let windows: Int
    private let result: SeriesResult

    /// `forecasts`: `[step][level]` for each of the evaluation's windows.
    package init(_ evaluation: SeriesEvaluation, forecasts: [[Float]], _ result: SeriesResult) {
        model = evaluation.score(forecasts: forecasts)
        simple = SimpleForecast.allCases.map { (Self.name(of: $0), evaluation.score($0)) }
        windows = forecasts.count
        self.result = result
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

    package var json: String {
        var json = JSONWriter()
        json.object { json in
            Self.write(model, to: &json)
            json.member("windows", windows)
            json.member("baselines") { json in
                json.object { json in
                    for (name, scores) in simple {
                        json.member(name) { json in json.object { Self.write(scores, to: &$0) } }
                    }
                }
            }
            json.member("train_seconds", result.seconds)
            json.member("members") { json in
                json.object { json in
                    for member in result.members where member.fault == nil {
                        json.member(member.name) { json in
                            json.object { json in
                                json.member("weight", (member.weight * 1e4).rounded() / 1e4)
                                if member.steps > 0 {
                                    json.member("steps", member.steps)
                                    json.member("seconds", (member.seconds * 10).rounded() / 10)
                                }
                            }
                        }
                    }
                }
            }
        }
        return json.text
    }

    private static func write(_ scores: SeriesEvaluation.Scores, to json: inout JSONWriter) {
        json.member("crps", scores.quantiles.crps)
        json.member("mase", scores.scaled.mean)
        json.member("mae", scores.quantiles.meanAbsoluteError)
        json.member("coverage", scores.quantiles.coverage)
    }

    package var text: String {
        var lines = ["                      CRPS     MASE      MAE   P10–P90"]
        for (name, scores) in [("model", model)] + simple {
            let cells = [
                scores.quantiles.crps, scores.scaled.mean, scores.quantiles.meanAbsoluteError,
            ].map { Self.padded($0.map { "\(($0 * 1000).rounded() / 1000)" } ?? "–", 9) }
            let share = name == "model" ? scores.quantiles.coverage.map { "\(Int(($0 * 100).rounded())) %" } : nil
            let title = name + String(repeating: " ", count: 17 - name.count)
            lines.append(title + cells.joined() + Self.padded(share ?? "", 10))
        }
        let shares = result.members.filter { $0.fault == nil && $0.weight >= 0.005 }.map {
            "\($0.name) \(Int(($0.weight * 100).rounded())) %\($0.steps > 0 ? " (\($0.steps) steps)" : "")"
        }
        lines.append("blend of \(shares.joined(separator: ", "))")
        lines.append("\(windows) windows; trained for \(Int(result.seconds.rounded())) s")
        return lines.joined(separator: "\n")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
