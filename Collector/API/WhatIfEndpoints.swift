import Access
import HTTPServer
import Insight
import Store
import Telemetry

/// What would be, had the recent past been another one: asked of the model itself.
struct WhatIfEndpoints: Sendable {
    let services: Services

    var all: [Endpoint] {
        [
            .change(
                "POST", "/api/v1/hosts/{name}/whatif", "askWhatIf",
                "Runs the model again on a changed recent past: its forecast and score beside those of now.",
                needs: .viewer, parameters: [.hostName], body: .reference("WhatIfQuestion"),
                about: "Metrics set, moved or scaled over the time up to now; the other metrics stay as measured.",
                answer: .reference("WhatIf"), others: [404, 409, 429, 503], ask)
        ]
    }

    private func ask(_ request: HTTPRequest, _ body: JSONQuestion) throws(Problem) -> HTTPResponse {
        let host = try services.host(of: request)
        let question = try WhatIfQuestion(body)
        switch services.whatIf(host, question.changes) {
        case .answer(let answer): return response(host, question, answer)
        case .busy(let seconds):
            var problem = Problem(429, "the model is asked too often", hint: "ask again in \(seconds) s")
            problem.headers["Retry-After"] = "\(seconds)"
            throw problem
        case .nothing(let reason):
            throw Problem(409, reason, hint: "GET /api/v1/hosts/\(host.name) says when there is a forecast")
        case .failed(let reason): throw Problem(503, reason, hint: "try again; see the collector's log")
        }
    }

    private func response(_ host: Host, _ question: WhatIfQuestion, _ answer: WhatIfAnswer) -> HTTPResponse {
        .json { json in
            json.member("host", host.name)
            json.member("model", answer.changed.model)
            json.member("first_step", answer.changed.firstStep)
            json.member("step_seconds", Step.seconds)
            json.member("sentence", Self.sentence(question.changes, answer))
            json.member("changes") { json in
                json.array { json in
                    for (change, steps) in zip(question.changes, answer.steps) {
                        json.object { json in
                            json.member("metric", change.metric.name)
                            json.member("over_seconds", change.overSeconds)
                            json.member("steps", steps)
                            json.member("now_was", answer.now[change.metric].map(HostJSON.rounded))
                            json.member("now_is", answer.changedNow[change.metric].map(HostJSON.rounded))
                        }
                    }
                }
            }
            json.member("base") { Self.write(answer.baseRisk, to: &$0) }
            json.member("changed") { Self.write(answer.changedRisk, to: &$0) }
            json.member("quantiles") { json in
                json.array { json in for quantile in Forecast.quantiles { json.value(quantile) } }
            }
            json.member("metrics") { json in
                json.object { json in
                    for metric in question.metrics {
                        json.member(metric.name) { json in
                            json.object { json in
                                json.member("unit", metric.unit.rawValue)
                                json.member("base") { ForecastEndpoints.writeValues(answer.base, metric, to: &$0) }
                                json.member("changed") {
                                    ForecastEndpoints.writeValues(answer.changed, metric, to: &$0)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private static func write(_ risk: RiskScore, to json: inout JSONWriter) {
        json.object { RiskJSON.members(of: risk, to: &$0) }
    }

    /// "With memory at 80 % instead of 91 %: memory in 8 hours 77 % instead of 90 %; risk 35 (Watch) instead of 62
    /// (Warning)."
    static func sentence(_ changes: [WhatIfChange], _ answer: WhatIfAnswer) -> String {
        func text(_ value: Double?, _ metric: Metric) -> String {
            guard let value, value.isFinite else { return "unknown" }
            let number = JSONNumber.text((value * 10).rounded() / 10)
            return metric.unit == .count || metric.unit == .tasks ? number : "\(number) \(metric.unit.rawValue)"
        }
        let last = Forecast.horizon - 1
        let with = changes.map {
            "\($0.metric.words) at \(text(answer.changedNow[$0.metric], $0.metric)) instead of "
                + text(answer.now[$0.metric], $0.metric)
        }
        let then = changes.map { change in
            let (base, changed) = (
                answer.base.median(change.metric, step: last), answer.changed.median(change.metric, step: last)
            )
            return "\(change.metric.words) in 8 hours \(text(changed, change.metric)) instead of "
                + text(base, change.metric)
        }
        func risk(_ score: RiskScore) -> String {
            "\(JSONNumber.text((score.value * 10).rounded() / 10)) (\(score.level.name))"
        }
        return "With \(with.joined(separator: ", ")): \(then.joined(separator: ", ")); "
            + "risk \(risk(answer.changedRisk)) instead of \(risk(answer.baseRisk))."
    }
}
