import Configuration
import Daemon
import Glibc
import HTTPClient
import JSON
import Telemetry

/// `forewarn-collector watch`: a host and the fleet, in the terminal.
enum Watch {
    static func run(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(
            words, options: ["--collector": 1, "--host": 1, "--wait": 1, "--once": 0, "--note": 1])
        let url = arguments.value("--collector") ?? "http://127.0.0.1:8000"
        guard let wait = Double(arguments.value("--wait") ?? "60"), wait >= 0 else {
            throw UsageError("--wait is a number of seconds")
        }
        let source = try WatchSource(url: url)
        let host = arguments.value("--host") ?? thisHost()
        if arguments.has("--once") { return try once(source, host, waitSeconds: wait) }
        return try live(source, host, note: arguments.value("--note"))
    }

    private static func live(_ source: WatchSource, _ host: String, note: String?) throws -> CInt {
        let isTerminal = isatty(1) == 1
        while true {
            let screen = try WatchScreen.text(host: host, note: note, source: source)
            // Home, the text with each line's rest cleared, then everything below cleared: no flicker.
            let isSeen = Commands.print(
                isTerminal
                    ? "\u{1B}[H"
                        + screen.split(separator: "\n", omittingEmptySubsequences: false)
                        .joined(separator: "\u{1B}[K\n") + "\u{1B}[J"
                    : screen)
            if !isSeen || Signals.next(withinSeconds: 5) == .terminate { return 0 }
        }
    }

    /// Prints when the host has a sample and any host has a forecast; status 1 when that does not come in time.
    private static func once(_ source: WatchSource, _ host: String, waitSeconds: Double) throws -> CInt {
        let end = Clock.monotonicSeconds() + waitSeconds
        repeat {
            if let sample = try source.host(host), let other = try source.hostWithForecast() {
                Commands.print(WatchScreen.sample(sample))
                Commands.print(WatchScreen.forecast(of: other, try source.forecast(other)))
                return 0
            }
        } while Signals.next(withinSeconds: 1) == nil && Clock.monotonicSeconds() < end
        Commands.complain(
            "after \(Int(waitSeconds)) s there is no sample of \(host) together with a forecast of any host")
        return 1
    }

    private static func thisHost() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Asks the collector, as anybody could.
final class WatchSource {
    let url: String
    private let client: HTTPClient
    private let parser: JSONParser
    private let token: Secret?

    init(url: String) throws {
        self.url = url
        client = try Client.make("forewarn-watch")
        parser = try JSONParser()
        token = try Client.token()
    }

    struct Host {
        var name: String
        var profile: String
        var code: Int
        var lastSeen: Double
        var score: Double?
        var level: String?
        var readiness: String
        var progress: (steps: Int, needed: Int)
        var now: MetricVector
        var missing: [Metric: String]
    }

    struct Forecast {
        /// Median and the 80 % interval's ends at a step, by metric.
        var values: [Metric: [(low: Double, median: Double, high: Double)]]
    }

    struct Fleet {
        var hosts: Int
        var ready: Int
        var status: String
        var levels: [(name: String, count: Int)]
        var worst: [(host: String, score: Double, level: String, why: String)]
    }

    /// Nil while the collector does not know the host.
    func host(_ name: String) throws -> Host? {
        try get("/api/v1/hosts/\(name)") { value in
            guard value["host"]?.string != nil else { return nil }
            return Self.host(value)
        }
    }

    func hostWithForecast() throws -> String? {
        try get("/api/v1/hosts?limit=1000") { value in
            value["hosts"]?.elements.first { $0["forecast"]?["status"]?.string == "ready" }?["host"]?
                .string
        }
    }

    func fleet() throws -> Fleet? {
        try get("/api/v1/fleet") { value in
            let levels = value["levels"]?.members.map { ($0.key.string, Int($0.value.int64 ?? 0)) } ?? []
            let worst = value["worst"]?.elements.map {
                (
                    $0["host"]?.string ?? "", $0["score"]?.double ?? 0, $0["level"]?.string ?? "",
                    $0["why"]?.string ?? ""
                )
            }
            return Fleet(
                hosts: Int(value["hosts"]?.int64 ?? 0),
                ready: Int(value["warmup"]?["ready"]?.int64 ?? 0),
                status: value["status"]?.string ?? "", levels: levels, worst: worst ?? [])
        }
    }

    func forecast(_ name: String) throws -> Forecast? {
        try get("/api/v1/hosts/\(name)/forecast") { value in
            guard let metrics = value["metrics"] else { return nil }
            var forecast = Forecast(values: [:])
            for member in metrics.members {
                guard let metric = Metric(name: member.key.string), let rows = member.value["values"] else { continue }
                forecast.values[metric] = rows.elements.map { row in
                    let quantiles = row.elements.map { $0.double ?? .nan }
                    return quantiles.count == 7 ? (quantiles[1], quantiles[3], quantiles[5]) : (.nan, .nan, .nan)
                }
            }
            return forecast
        }
    }

    /// What the forecast was made from, in a sentence; nil without one.
    func explanation(_ name: String) throws -> String? {
        try get("/api/v1/hosts/\(name)/explanation") { $0["sentence"]?.string }
    }

    private static func host(_ value: JSONValue) -> Host {
        let readiness = value["forecast"]
        var now = MetricVector()
        var missing: [Metric: String] = [:]
        let latest = value["latest"]
        for metric in Metric.allCases {
            now[metric] = latest?[key: metric.name]?.double
            missing[metric] = latest?["missing"]?[key: metric.name]?.string
        }
        return Host(
            name: value["host"]?.string ?? "", profile: value["profile"]?.string ?? "",
            code: Int(value["code"]?.int64 ?? 0), lastSeen: value["last_seen"]?.double ?? 0,
            score: value["score"]?.double, level: value["level"]?.string,
            readiness: readiness?["status"]?.string ?? "",
            progress: (Int(readiness?["steps"]?.int64 ?? 0), Int(readiness?["needed"]?.int64 ?? 12)), now: now,
            missing: missing)
    }

    private func get<Value>(_ path: String, _ read: (JSONValue) -> Value?) throws -> Value? {
        var request = HTTPRequest(.get, url + path)
        request.token = token
        request.answerBytesMax = 32 << 20
        let response = try client.send(request)
        guard response.status != 401, response.status != 403 else {
            throw UsageError(
                "\(url) answers \(response.status): name the file of a key with the role viewer by "
                    + Client.tokenVariable)
        }
        guard response.status == 200 else { return nil }
        return try parser.parse(response.body, read)
    }
}
