import Daemon
import HTTPServer
import Insight
import Store
import Telemetry

/// What a host's metrics were.
struct SeriesEndpoints: Sendable {
    let services: Services
    static let pointsMax = 100_000

    var all: [Endpoint] {
        [
            .get(
                "/api/v1/hosts/{name}/series", "getSeries",
                "A metric's past: five-minute steps, or raw samples. A gap is a null, never a guess.",
                parameters: [
                    .hostName, .metric,
                    .query("from", .string(), "Unix seconds or RFC 3339; a day before `to` unless given"),
                    .query("to", .string(), "Unix seconds or RFC 3339; now unless given"),
                    .query("resolution", .string(choices: ["step", "raw"]), "step unless given"),
                ], answer: .reference("Series"), others: [400, 404, 503], series)
        ]
    }

    private func series(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let host = try services.host(of: request)
        guard let metric = try request.metric() else {
            throw Problem(400, "no metric was named", hint: "add ?metric=cpu_user_pct or another of the 14")
        }
        let to = try request.time("to") ?? services.clock.now()
        let from = try request.time("from") ?? to - 86_400
        guard from < to else { throw Problem(400, "from is not before to", hint: "swap them") }
        let raw = try request.choice("resolution", ["step", "raw"], named: \.self) == "raw"
        let points = try raw ? rawPoints(host, metric, from, to) : stepPoints(host, metric, from, to)
        return .json { json in
            json.member("host", host.name)
            json.member("metric", metric.name)
            json.member("unit", metric.unit.rawValue)
            json.member("resolution", raw ? "raw" : "step")
            if !raw { json.member("step_seconds", Step.seconds) }
            json.member("from", from)
            json.member("to", to)
            json.member("truncated", points.count >= Self.pointsMax)
            json.member("points") { json in
                json.array { json in
                    for point in points {
                        json.array { json in
                            json.value(point.time)
                            json.value(point.value)
                            if let samples = point.samples { json.value(samples) }
                        }
                    }
                }
            }
        }
    }

    private struct Point {
        var time: Double
        var value: Double?
        var samples: Int?
    }

    private func rawPoints(_ host: Host, _ metric: Metric, _ from: Double, _ to: Double) throws(Problem) -> [Point] {
        let records = try services.reading { () throws(StoreError) in
            try services.store.samples(of: host, from: from, to: to, limit: Self.pointsMax)
        }
        return records.map { Point(time: $0.time, value: $0.values[metric]) }
    }

    /// One point for every step of the range that the host could have, so that a gap is seen as one.
    private func stepPoints(_ host: Host, _ metric: Metric, _ from: Double, _ to: Double) throws(Problem) -> [Point] {
        let first = max(Step.start(of: from), Step.start(of: host.firstSeen))
        let end = min(Step.start(of: to - 0.001), Step.start(of: host.lastSeen)) + Step.seconds
        guard first < end else { return [] }
        guard (end - first) / Step.seconds <= Self.pointsMax else {
            throw Problem(400, "the range holds more than \(Self.pointsMax) steps", hint: "ask for a shorter one")
        }
        let steps = try services.reading { () throws(StoreError) in
            try services.store.steps(of: host, from: first, to: end)
        }
        var points: [Point] = []
        points.reserveCapacity((end - first) / Step.seconds)
        var next = steps.startIndex
        for start in stride(from: first, to: end, by: Step.seconds) {
            while next < steps.endIndex, steps[next].start < start { next += 1 }
            let step = next < steps.endIndex && steps[next].start == start ? steps[next] : nil
            points.append(Point(time: Double(start), value: step?.means[metric], samples: step?.samples ?? 0))
        }
        return points
    }
}
