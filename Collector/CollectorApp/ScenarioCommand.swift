import Configuration
import Daemon
import HTTPClient
import JSON
import Simulator
import Telemetry

/// `forewarn-collector simulate scenario [NAME]`: shows or changes what a fleet that plays live is going through.
enum ScenarioCommand {
    static func run(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(words, options: ["--control": 1], restMax: 1)
        let address = arguments.value("--control") ?? ScenarioControl.addressDefault
        let url = (address.hasPrefix("http://") ? address : "http://\(address)") + ScenarioControl.path
        let client = try HTTPClient(agent: "forewarn-simulate/\(Version.program)")
        var request = HTTPRequest(.get, url)
        if let name = arguments.rest.first {
            guard let scenario = Scenario(rawValue: name) else {
                let names = Scenario.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError("\(name) is no scenario: \(names)")
            }
            request = HTTPRequest(.put, url)
            request.headers = [("Content-Type", "application/json")]
            request.body = Array(#"{"scenario": "\#(scenario.rawValue)"}"#.utf8)
        }
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try client.send(request)
        } catch {
            throw SimulateError(
                description:
                    "no fleet plays at \(address) (\(error)); start one with forewarn-collector simulate, or name "
                    + "its address with --control")
        }
        guard response.isSuccess else {
            throw SimulateError(description: "\(url) answered \(response.status): \(response.text)")
        }
        Commands.print(try text(response.body))
        return 0
    }

    /// "critical since 2026-11-23T12:00:00Z, 20 hosts at 1×", and the incidents that go on.
    private static func text(_ body: [UInt8]) throws -> String {
        try JSONParser().parse(body) { value in
            let since = Timestamp.text((value["since"]?.double ?? 0).rounded())
            let speed = value["speed"]?.double ?? 1
            var lines = [
                "\(value["scenario"]?.string ?? "?") since \(since), \(value["hosts"]?.int64 ?? 0) hosts at \(speed)×"
            ]
            for label in value["incidents"]?.elements.map({ $0 }) ?? [] where label["end"]?.isNull ?? true {
                var line = "  \(label["host"]?.string ?? "")  \(label["kind"]?.string ?? "")"
                line += "  since \(Timestamp.text((label["start"]?.double ?? 0).rounded()))"
                if let breach = label["first_breach"]?.double { line += ", breach \(Timestamp.text(breach.rounded()))" }
                if let cause = label["caused_by"]?.string { line += ", caused by \(cause)" }
                lines.append(line)
            }
            return lines.joined(separator: "\n")
        }
    }
}
