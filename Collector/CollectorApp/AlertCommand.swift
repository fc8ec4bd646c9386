import Configuration
import Daemon
import HTTPClient
import JSON
import Telemetry

/// `forewarn-collector alert`: a test of a route, and the outbox, asked of the running collector.
enum AlertCommand {
    static func run(_ words: [String]) throws -> CInt {
        let options = ["--collector": 1, "--channel": 1, "--limit": 1]
        let arguments = try Arguments(Array(words.dropFirst()), options: options, restMax: 1)
        let desk = try DeliveryDesk(url: arguments.value("--collector") ?? "http://127.0.0.1:8000")
        switch words.first {
        case "test":
            guard let route = arguments.rest.first else { throw UsageError("alert test needs the name of a route") }
            return try desk.test(route)
        case "outbox", "dead":
            guard arguments.rest.isEmpty else { throw UsageError("unexpected word \(arguments.rest[0])") }
            guard let limit = Int(arguments.value("--limit") ?? "50"), (1...1000).contains(limit) else {
                throw UsageError("--limit is a whole number from 1 to 1000")
            }
            let state = words.first == "dead" ? "dead" : nil
            return try desk.list(state: state, channel: arguments.value("--channel"), limit: limit)
        case "replay":
            guard let text = arguments.rest.first, let id = Int64(text), id > 0 else {
                throw UsageError("alert replay needs the number of a delivery; alert dead lists them")
            }
            return try desk.replay(id)
        case nil: throw UsageError("alert needs one of test, outbox, dead, replay")
        case let other?: throw UsageError("alert \(other) is no command")
        }
    }
}

/// Asks the collector, as anybody could.
private final class DeliveryDesk {
    private let client: HTTPClient
    private let token: Secret?
    private let url: String

    init(url: String) throws {
        guard HTTPAddress(url: url) != nil else { throw UsageError("--collector is no http:// or https:// address") }
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        token = try Client.token()
        client = try Client.make("forewarn-collector")
    }

    private func ask<Result>(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, _ read: (JSONValue) -> Result
    ) throws -> Result {
        var request = HTTPRequest(method, "\(url)\(path)")
        request.token = token
        // A test takes as long as the receivers do.
        request.timeoutSeconds = Deliveries.testSeconds + 10
        request.answerBytesMax = 8 << 20
        if let body {
            request.headers = [("Content-Type", "application/json")]
            request.body = Array(body.utf8)
        }
        let response = try client.send(request)
        guard response.isSuccess else {
            let problem = try? JSONParser().parse(response.body) { json -> String? in
                guard let detail = json["detail"]?.string else { return nil }
                return ([detail] + [json["hint"]?.string].compactMap { $0 }).joined(separator: "; ")
            }
            throw Refusal(description: "\(url): \(response.status) \((problem ?? nil) ?? response.text)")
        }
        return try JSONParser().parse(response.body, read)
    }

    struct Refusal: Error, CustomStringConvertible { let description: String }

    func test(_ route: String) throws -> CInt {
        var body = JSONWriter()
        body.object { $0.member("route", route) }
        let (lines, isGood) = try ask(.post, "/api/v1/deliveries/test", body.text) { json in
            let answers = (json["answers"]?.elements).map { Array($0) } ?? []
            let lines = answers.map { answer in
                [answer["channel"]?.string, answer["outcome"]?.string, answer["said"]?.string].map { $0 ?? "" }
            }
            return (TextTable.text(lines), json["ok"]?.bool ?? false)
        }
        Commands.print(lines)
        return isGood ? 0 : 1
    }

    func list(state: String?, channel: String?, limit: Int) throws -> CInt {
        var path = "/api/v1/deliveries?limit=\(limit)"
        if let state { path += "&state=\(state)" }
        if let channel {
            guard channel.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !"&#?%+".utf8.contains($0) }) else {
                throw UsageError("--channel is the name of a channel")
            }
            path += "&channel=\(channel)"
        }
        let text = try ask(.get, path) { json in
            let rows = (json["deliveries"]?.elements).map { Array($0) } ?? []
            let head = ["ID", "CREATED", "CHANNEL", "STATE", "ACTION", "INCIDENT", "TRIES", "SAID"]
            return TextTable.text(
                [head]
                    + rows.map { row in
                        [
                            row["id"]?.int64.map(String.init) ?? "",
                            row["created_at"]?.double.map { Timestamp.text($0.rounded(.down)) } ?? "",
                            row["channel"]?.string ?? "", row["state"]?.string ?? "", row["action"]?.string ?? "",
                            row["incident"]?.string ?? "", row["attempts"]?.int64.map(String.init) ?? "",
                            row["said"]?.string ?? "",
                        ]
                    })
        }
        Commands.print(text)
        return 0
    }

    func replay(_ id: Int64) throws -> CInt {
        let count = try ask(.post, "/api/v1/deliveries/\(id)/replay", "{}") { $0["waiting"]?.int64 ?? 0 }
        Commands.print("delivery \(id) waits again\(count > 1 ? ", with \(count - 1) more of its incident" : "")")
        return 0
    }
}
