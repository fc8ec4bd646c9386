import HTTPServer
import Insight
import Store
import Telemetry

/// What a host's forecast was made from.
struct ExplainEndpoints: Sendable {
    let services: Services

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/hosts/{name}/explanation", "getExplanation",
                "What the forecast was made from: the weight of each input and the attention to each hour of the past.",
                parameters: [.hostName], answer: .reference("Explanation"), others: [404], explanation)
        ]
    }

    private func explanation(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let host = try services.host(of: request)
        let status = services.board.view(of: host.name)?.forecast
        return .json { json in
            json.member("host", host.name)
            json.member("status", ForecastEndpoints.word(for: status))
            guard case .ready(let forecast) = status else {
                json.member("forecast") { HostJSON.writeReadiness(status, to: &$0) }
                return
            }
            json.member("model", forecast.model)
            json.member("first_step", forecast.firstStep)
            json.member("history_steps", forecast.historySteps)
            if let explanation = forecast.explanation { Self.members(of: explanation, to: &json) }
            json.member("notes") { json in
                json.array { json in for note in Self.notes(forecast) { json.value(note) } }
            }
        }
    }

    /// Where not the model alone speaks, its reasons are not the whole reason.
    private static func notes(_ forecast: Forecast) -> [String] {
        if forecast.explanation == nil { return ["explained at the next step's end: an older version made this one"] }
        let others = forecast.voices.map { "\($0.metric.words) (\($0.simple.name))" }
        return others.isEmpty ? [] : ["a simple forecast speaks too for \(others.joined(separator: ", "))"]
    }

    private static func members(of explanation: Explanation, to json: inout JSONWriter) {
        json.member("sentence", explanation.sentence)
        json.member("looks_most_at", explanation.looksMostAt?.stretch.words)
        for (name, shares) in [
            ("past", explanation.past), ("ahead", explanation.ahead), ("host_inputs", explanation.host),
        ] {
            json.member(name) { json in
                json.array { json in
                    for one in shares.sorted(by: { $0.share > $1.share }) {
                        json.object { json in
                            json.member("input", one.input)
                            json.member("words", one.words)
                            json.member("share", rounded(one.share))
                        }
                    }
                }
            }
        }
        json.member("attention") { json in
            json.object { json in
                json.member("hours") { json in
                    json.array { json in for share in explanation.hours { json.value(rounded(share)) } }
                }
                json.member("coming", rounded(explanation.coming))
            }
        }
    }

    /// To a hundred-thousandth, as the database keeps it.
    private static func rounded(_ share: Float) -> Double { (Double(share) * 100_000).rounded() / 100_000 }
}
