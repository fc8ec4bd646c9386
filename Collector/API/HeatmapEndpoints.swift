import Daemon
import HTTPServer
import Insight
import Store
import Telemetry

/// One quantity of all hosts, now and every half hour of the forecast.
struct HeatmapEndpoints: Sendable {
    let services: Services
    private static let risk = "risk"
    static let names = [risk] + ShownQuantity.all.map(\.name)

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/heatmap", "getHeatmap",
                "All hosts by profile: a metric, or the score, now and as it is forecast to be every half hour.",
                parameters: [.query("metric", .string(choices: Self.names), "risk unless given")],
                answer: .reference("Heatmap"), others: [400], heatmap)
        ]
    }

    private func heatmap(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let name = try request.choice("metric", Self.names, named: \.self) ?? Self.risk
        let quantity = ShownQuantity.all.first { $0.name == name }
        let views = services.board.all()
        let ahead = quantity == nil ? services.dashboard.scoresAhead() : [:]
        let hosts = services.store.hosts().sorted { ($0.profile.rawValue, $0.name) < ($1.profile.rawValue, $1.name) }
        return .json { json in
            json.member("metric", name)
            json.member("unit", quantity?.unit ?? "score")
            json.member("time", services.clock.now())
            json.member("minutes") { json in
                json.array { json in for minutes in [0] + ScoreAhead.minutes { json.value(minutes) } }
            }
            json.member("columns") { json in
                json.array { json in for column in ["host", "profile", "level", "values"] { json.value(column) } }
            }
            json.member("hosts") { json in
                json.array { json in
                    for host in hosts { write(host, views[host.name], quantity, ahead[host.name], &json) }
                }
            }
        }
    }

    private func write(
        _ host: Host, _ view: HostView?, _ quantity: ShownQuantity?, _ scores: [Double]?, _ json: inout JSONWriter
    ) {
        json.array { json in
            json.value(host.name)
            json.value(host.profile.rawValue)
            json.value(view?.risk?.level.name)
            json.array { json in
                // A silent host has no present, and so no future.
                guard let view, let risk = view.risk else { return json.value(Double?.none) }
                if let quantity {
                    Self.write(quantity.value(in: view.now, cpus: host.cpus), &json)
                    guard let forecast = view.forecast.ready else { return }
                    for minutes in ScoreAhead.minutes {
                        let step = ScoreAhead.step(after: minutes)
                        Self.write(quantity.median(of: forecast, step: step, cpus: host.cpus), &json)
                    }
                } else {
                    Self.write(risk.value, &json)
                    if view.isReady { for score in scores ?? [] { Self.write(score, &json) } }
                }
            }
        }
    }

    /// To a tenth: a cell's colour shows no more.
    private static func write(_ value: Double?, _ json: inout JSONWriter) {
        json.value(value.map { ($0 * 10).rounded() / 10 })
    }
}
