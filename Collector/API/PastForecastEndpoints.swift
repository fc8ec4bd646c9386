import Daemon
import HTTPServer
import Insight
import Store
import Telemetry

/// What was forecast then, and what came.
struct PastForecastEndpoints: Sendable {
    let services: Services
    /// Two days of five-minute steps unless the configuration keeps more; a list longer than this helps nobody.
    static let momentsMax = 2016

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/hosts/{name}/forecasts", "listForecasts",
                "When the host's forecasts were made that are kept, newest first.",
                parameters: [.hostName], answer: .reference("ForecastMoments"), others: [404, 503], moments)
        ]
    }

    private var keptSeconds: Int { Int(services.dashboard.forecastsKeptSeconds) }

    private func moments(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let host = try services.host(of: request)
        let now = Int(services.clock.now())
        let oldest = now - min(keptSeconds, Self.momentsMax * Step.seconds)
        let moments = try services.reading { () throws(StoreError) in
            try services.store.forecastMoments(of: host, from: oldest, to: now)
        }
        return .json { json in
            json.member("host", host.name)
            json.member("kept_seconds", keptSeconds)
            json.member("step_seconds", Step.seconds)
            json.member("moments") { json in json.array { json in for moment in moments { json.value(moment) } } }
        }
    }

    /// The forecast that was the newest at a moment, beside the means of the steps that it spoke of.
    func forecast(of host: Host, madeAt: Double, only: Metric?) throws(Problem) -> HTTPResponse {
        let now = services.clock.now()
        let oldest = Int(now) - keptSeconds
        let kept = try services.reading { () throws(StoreError) in
            try services.store.keptForecast(of: host, at: Int(min(madeAt, now)), oldest: oldest)
        }
        guard let kept else {
            throw Problem(
                404, "no forecast of \(host.name) is kept that was made at \(Timestamp.text(madeAt)) or before",
                hint: "forecasts are kept for \(keptSeconds / 3600) hours; GET /api/v1/hosts/\(host.name)/forecasts "
                    + "lists them")
        }
        let end = kept.firstStep + Forecast.horizon * Step.seconds
        let came = try services.reading { () throws(StoreError) in
            try services.store.steps(of: host, from: kept.firstStep, to: min(end, Step.start(of: now)))
        }
        let means = Dictionary(came.map { ($0.start, $0.means) }, uniquingKeysWith: { $1 })
        return .json { json in
            json.member("host", host.name)
            json.member("made_at", kept.firstStep)
            json.member("model", kept.model)
            json.member("step_seconds", Step.seconds)
            json.member("kept_seconds", keptSeconds)
            json.member("horizons_minutes") { json in
                json.array { json in for steps in KeptForecast.horizons { json.value(steps * Step.seconds / 60) } }
            }
            json.member("quantiles") { json in
                json.array { json in for quantile in Forecast.quantiles { json.value(quantile) } }
            }
            json.member("metrics") { json in
                json.object { json in
                    for metric in Metric.allCases where only == nil || metric == only {
                        json.member(metric.name) { Self.write(kept, means, metric, to: &$0) }
                    }
                }
            }
        }
    }

    private static func write(
        _ kept: KeptForecast, _ means: [Int: MetricVector], _ metric: Metric, to json: inout JSONWriter
    ) {
        let quantiles = Forecast.quantiles.count
        let place = metric.rawValue * KeptForecast.horizons.count * quantiles
        json.object { json in
            json.member("unit", metric.unit.rawValue)
            json.member("values") { json in
                guard !kept.values[place].isNaN else { return json.value(String?.none) }
                json.array { json in
                    for horizon in KeptForecast.horizons.indices {
                        json.array { json in
                            for value in kept.values[place + horizon * quantiles..<place + (horizon + 1) * quantiles] {
                                json.value(HostJSON.rounded(Double(value)))
                            }
                        }
                    }
                }
            }
            json.member("came") { json in
                json.array { json in
                    for step in 0..<Forecast.horizon {
                        let start = kept.firstStep + step * Step.seconds
                        json.value(means[start]?[metric].map(HostJSON.rounded))
                    }
                }
            }
        }
    }
}
