import HTTPServer
import Insight
import Telemetry

/// How good the forecasts were: the public score that every forecast gets when its truth has come.
struct AccuracyEndpoints: Sendable {
    let services: Services
    static let days = [1, 7, 30]

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/accuracy", "getAccuracy",
                "Pinball loss, coverage, and skill over simple forecasts, by profile, metric and horizon.",
                parameters: [
                    .query("days", .integer(), "1, 7 or 30; 7 unless given"),
                    .query("profile", .string(choices: Profile.allCases.map(\.rawValue)), "one profile"), .metric,
                    .query("horizon", .integer(), "minutes ahead: 30, 60, 120, 240 or 480"),
                    .query("model", .string(), "one model; all that spoke unless given"),
                ], answer: .reference("Accuracy"), others: [400], accuracy)
        ]
    }

    private func accuracy(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let days = try request.choice("days", Self.days) { "\($0)" } ?? 7
        let profile = try request.choice("profile", Profile.allCases, named: \.rawValue)
        let metric = try request.metric()
        let horizon = try request.choice("horizon", KeptForecast.horizons) { "\(Self.minutes($0))" }
        let model = request.query("model")
        let board = services.accuracy(days)
        let cells = board.sums.filter { key, sums in
            sums.count > 0 && (profile ?? key.profile) == key.profile && (metric ?? key.metric) == key.metric
                && (horizon ?? key.horizon) == key.horizon && (model ?? key.model) == key.model
        }
        return .json { json in
            json.member("days", days)
            json.member("from", board.from)
            json.member("to", board.to)
            json.member("scored_up_to", board.scoredUpTo)
            json.member("quantiles") { json in
                json.array { json in for quantile in Forecast.quantiles { json.value(quantile) } }
            }
            json.member("overall") { json in
                json.array { json in
                    for horizon in KeptForecast.horizons {
                        Self.writeOverall(cells.filter { $0.key.horizon == horizon }, horizon, to: &json)
                    }
                }
            }
            json.member("cells") { json in
                json.array { json in
                    for (key, sums) in cells.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
                        Self.write(key, sums, to: &json)
                    }
                }
            }
        }
    }

    static func minutes(_ horizon: Int) -> Int { horizon * Step.seconds / 60 }

    private static func order(_ key: AccuracyKey) -> (String, String, Int, Int) {
        (key.model, key.profile.rawValue, key.metric.rawValue, key.horizon)
    }

    private static func write(_ key: AccuracyKey, _ sums: AccuracySums, to json: inout JSONWriter) {
        json.object { json in
            json.member("model", key.model)
            json.member("profile", key.profile.rawValue)
            json.member("metric", key.metric.name)
            json.member("horizon_minutes", minutes(key.horizon))
            json.member("pairs", sums.count)
            json.member("pinball", sums.meanPinball)
            json.member("coverage", sums.coverage)
            json.member("skill") { json in
                json.object { json in
                    for simple in SimpleForecast.allCases { json.member(simple.name, sums.skill(over: simple)) }
                }
            }
        }
    }

    private static func writeOverall(
        _ cells: [AccuracyKey: AccuracySums], _ horizon: Int, to json: inout JSONWriter
    ) {
        let pairs = cells.values.reduce(0) { $0 + $1.count }
        guard pairs > 0 else { return }
        json.object { json in
            json.member("horizon_minutes", minutes(horizon))
            json.member("pairs", pairs)
            json.member("coverage", Double(cells.values.reduce(0) { $0 + $1.within }) / Double(pairs))
            json.member("skill") { json in
                json.object { json in
                    for simple in SimpleForecast.allCases {
                        json.member(simple.name, cells.values.skill(over: simple))
                    }
                }
            }
        }
    }
}

/// The same scores for Prometheus.
struct AccuracyMetrics {
    struct Table {
        var name: String
        var help: String
        var values: [(labels: String, value: Double)] = []
    }

    let services: Services

    /// Models are added up: a series must not end when a model is replaced.
    var tables: [Table] {
        var pinball = Table(
            name: "forewarn_forecast_pinball", help: "Pinball loss of the forecasts, in the metric's unit.")
        var coverage = Table(name: "forewarn_forecast_coverage", help: "Share of truths within P10-P90 (aim 0.8).")
        var skill = Table(name: "forewarn_forecast_skill", help: "1 - loss / loss of a simple forecast, same pairs.")
        for days in AccuracyEndpoints.days {
            var cells: [AccuracyKey: AccuracySums] = [:]
            for (key, sums) in services.accuracy(days).sums {
                var key = key
                key.model = ""
                cells[key, default: AccuracySums()].add(sums)
            }
            for (key, sums) in cells.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
                let labels =
                    "days=\"\(days)\",profile=\"\(key.profile.rawValue)\",metric=\"\(key.metric.name)\","
                    + "horizon_minutes=\"\(AccuracyEndpoints.minutes(key.horizon))\""
                if let loss = sums.meanPinball { pinball.values.append((labels, loss)) }
                if let share = sums.coverage { coverage.values.append((labels, share)) }
                for simple in SimpleForecast.allCases {
                    guard let value = sums.skill(over: simple) else { continue }
                    skill.values.append(("\(labels),over=\"\(simple.name)\"", value))
                }
            }
        }
        return [pinball, coverage, skill]
    }

    private static func order(_ key: AccuracyKey) -> (String, Int, Int) {
        (key.profile.rawValue, key.metric.rawValue, key.horizon)
    }
}
