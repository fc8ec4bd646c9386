import HTTPServer
import Insight
import Store
import Telemetry

/// What a host's metrics will be, and what that means.
struct ForecastEndpoints: Sendable {
    let services: Services

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/hosts/{name}/forecast", "getForecast",
                "The next 8 hours: 96 five-minute steps × 7 quantiles for each metric, made once at each step's end.",
                parameters: [
                    .hostName, .metric,
                    .query(
                        "made_at", .string(),
                        "the newest forecast that was made by then, beside what came: Unix seconds or RFC 3339"),
                ], answer: .reference("Forecast"), others: [400, 404, 503], forecast),
            .get(
                "/api/v1/hosts/{name}/risk", "getRisk",
                "The score 0–100, its level and the parts that add up to it.",
                parameters: [.hostName], answer: .reference("Risk"), others: [404], risk),
        ]
    }

    private func forecast(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let host = try services.host(of: request)
        let only = try request.metric()
        if let madeAt = try request.time("made_at") {
            return try PastForecastEndpoints(services: services).forecast(of: host, madeAt: madeAt, only: only)
        }
        let view = services.board.view(of: host.name)
        return .json { json in
            json.member("host", host.name)
            guard case .ready(let forecast) = view?.forecast else {
                json.member("forecast") { HostJSON.writeReadiness(view?.forecast, to: &$0) }
                json.member("status", Self.word(for: view?.forecast))
                return
            }
            json.member("status", "ready")
            json.member("model", forecast.model)
            json.member("first_step", forecast.firstStep)
            json.member("step_seconds", Step.seconds)
            json.member("steps", Forecast.horizon)
            json.member("history_steps", forecast.historySteps)
            json.member("quantiles") { json in
                json.array { json in for quantile in Forecast.quantiles { json.value(quantile) } }
            }
            json.member("metrics") { json in
                json.object { json in
                    for metric in Metric.allCases where only == nil || metric == only {
                        json.member(metric.name) { Self.write(forecast, metric, to: &$0) }
                    }
                }
            }
        }
    }

    static func word(for status: ForecastStatus?) -> String {
        switch status {
        case .ready: "ready"
        case .withheld: "withheld"
        case .warmingUp, nil: "warming_up"
        }
    }

    /// `{"unit": …, "values": [[seven quantiles] × 96]}`; a withheld metric's values are null.
    private static func write(_ forecast: Forecast, _ metric: Metric, to json: inout JSONWriter) {
        json.object { json in
            json.member("unit", metric.unit.rawValue)
            let known = !forecast.median(metric, step: 0).isNaN
            json.member("status", known ? "ready" : "withheld")
            if let voice = forecast.voices.first(where: { $0.metric == metric }) {
                json.member("spoken_by") { json in
                    json.object { json in
                        json.member("simple", voice.simple.name)
                        json.member("model_share") { json in
                            json.array { json in for share in voice.shares { json.value(HostJSON.rounded(share)) } }
                        }
                    }
                }
            }
            json.member("values") { Self.writeValues(forecast, metric, to: &$0) }
        }
    }

    /// `[[seven quantiles] × 96]`, null for a metric without a forecast.
    static func writeValues(_ forecast: Forecast, _ metric: Metric, to json: inout JSONWriter) {
        guard !forecast.median(metric, step: 0).isNaN else { return json.value(String?.none) }
        json.array { json in
            for step in 0..<Forecast.horizon {
                json.array { json in
                    for quantile in Forecast.quantiles.indices {
                        json.value(HostJSON.rounded(forecast.value(metric, step: step, quantile: quantile)))
                    }
                }
            }
        }
    }

    private func risk(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let host = try services.host(of: request)
        let view = services.board.view(of: host.name)
        let explanation = services.explain(host.name)
        return .json { json in
            json.member("host", host.name)
            json.member("profile", host.profile.rawValue)
            json.member("state", view?.state.rawValue)
            if let view, let risk = view.risk {
                RiskJSON.members(of: risk, to: &json)
                json.member("scored_at", view.scoredAt)
                json.member("level_since", view.levelSince)
                if let explanation { RiskJSON.members(of: explanation, to: &json) }
            } else {
                json.member("score", Double?.none)
                json.member("level", String?.none)
                json.member("parts") { $0.array { _ in } }
                json.member("notes") { json in
                    json.array {
                        $0.value(view == nil ? "not scored yet" : "no fresh samples: an old score is no score")
                    }
                }
                json.member("last_score", view?.lastRisk.map { RiskJSON.hundredths($0.value) })
                json.member("last_level", view?.lastRisk?.level.name)
            }
        }
    }
}

/// A score as JSON.
enum RiskJSON {
    static func members(of risk: RiskScore, to json: inout JSONWriter) {
        json.member("score", risk.value)
        json.member("level", risk.level.name)
        json.member("current", hundredths(risk.current))
        json.member("predicted", hundredths(risk.predicted))
        json.member("parts") { json in
            json.array { json in
                for part in risk.parts {
                    json.object { json in
                        json.member("metric", part.metric.name)
                        json.member("factor", part.factor.rawValue)
                        json.member("points", part.points)
                        json.member("sentence", part.sentence)
                    }
                }
            }
        }
        json.member("notes") { json in json.array { json in for note in risk.notes { json.value(note) } } }
    }

    static func members(of explanation: RiskExplanation, to json: inout JSONWriter) {
        json.member("counterfactuals") { json in
            json.array { json in
                for other in explanation.counterfactuals {
                    json.object { json in
                        json.member("signal", other.signal.name)
                        json.member("below", hundredths(other.below))
                        json.member("level", other.level.name)
                        json.member("score", hundredths(other.score))
                        json.member("sentence", other.sentence)
                    }
                }
            }
        }
        json.member("time_to_breach") { json in
            json.array { json in
                for breach in explanation.timesToBreach { write(breach, to: &json) }
            }
        }
        json.member("advice") { json in
            json.array { json in for given in explanation.advice { write(given, to: &json) } }
        }
    }

    static func write(_ given: GivenAdvice, to json: inout JSONWriter) {
        json.object { json in
            json.member("cause", given.advice.cause)
            json.member("points", hundredths(given.points))
            json.member("because") { json in json.array { json in for text in given.because { json.value(text) } } }
            json.member("text", given.advice.text)
            json.member("link", given.advice.link)
            json.member("approval", given.advice.approval)
        }
    }

    static func write(_ breach: TimeToBreach, to json: inout JSONWriter) {
        json.object { json in
            json.member("signal", breach.signal.name)
            json.member("metric", breach.signal.metric.name)
            json.member("limit", breach.limit)
            json.member("median_minutes", breach.medianMinutes)
            json.member("earliest_minutes", breach.earliestMinutes)
            json.member("latest_minutes", breach.latestMinutes)
        }
    }

    static func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
