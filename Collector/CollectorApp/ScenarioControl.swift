import Configuration
import Daemon
import HTTPServer
import JSON
import Simulator
import Telemetry

/// What a fleet that plays live is going through, to be seen and changed while it runs: `GET /scenario`, and `PUT
/// /scenario` with `{"scenario": "critical"}`. For the machine it runs on: it asks nobody who they are.
final class ScenarioControl: Sendable {
    static let addressDefault = "127.0.0.1:8009"
    static let path = "/scenario"
    private static let bodyBytesMax = 4096
    private static let incidentsMax = 200

    struct View: Sendable {
        var scenario: Scenario
        var since: Double
        var hosts: Int
        var speed: Double
        /// Times as the collector sees them, newest first.
        var incidents: [IncidentLabel] = []
    }

    private struct State {
        var view: View
        var wanted: Scenario
    }

    private let state: Locked<State>
    private let server: HTTPServer
    private let host: String
    var address: String { "\(host.contains(":") ? "[\(host)]" : host):\(server.port)" }

    init(_ address: String, _ view: View) throws {
        guard let place = CollectorConfiguration.address(of: address) else {
            throw UsageError("--control is a numeric address and a port like \(Self.addressDefault), not \(address)")
        }
        host = place.host
        let state = Locked(State(view: view, wanted: view.scenario))
        self.state = state
        var limits = HTTPLimits()
        (limits.bodyBytesMax, limits.connectionsMax, limits.threads) = (Self.bodyBytesMax, 16, 1)
        server = try HTTPServer(host: place.host, port: place.port, limits: limits, tls: nil) { request, answer in
            answer.send(Self.answer(to: request, state))
        }
    }

    func stop() { server.stop() }

    /// What somebody asked for last.
    var wanted: Scenario { state.withLock { $0.wanted } }

    /// Tells what is now going on.
    func show(_ view: View) { state.withLock { $0.view = view } }

    private static func answer(to request: HTTPRequest, _ state: Locked<State>) -> HTTPResponse {
        guard request.path == path else {
            return .problem(404, "nothing is at \(request.path)", hint: "GET or PUT \(path)")
        }
        switch request.method {
        case "GET", "HEAD": break
        case "PUT":
            guard let scenario = scenario(in: request.body) else {
                let names = Scenario.allCases.map(\.rawValue).joined(separator: ", ")
                return .problem(
                    400, "the body names no scenario", hint: #"send {"scenario": "…"}, one of \#(names)"#,
                    field: "scenario", rule: "one of \(names)")
            }
            state.withLock { state in
                if state.wanted != scenario { state.view.since = Clock.system.now() }
                state.wanted = scenario
                state.view.scenario = scenario
            }
        default:
            return .problem(
                405, "\(request.method) is not taken here", hint: "use GET or PUT", headers: [("Allow", "GET, PUT")])
        }
        return response(state.withLock { $0.view })
    }

    private static func scenario(in body: [UInt8]) -> Scenario? {
        guard let parser = try? JSONParser(bytesMax: bodyBytesMax, depthMax: 4) else { return nil }
        return try? parser.parse(body) { $0["scenario"]?.string.flatMap(Scenario.init(rawValue:)) }
    }

    private static func response(_ view: View) -> HTTPResponse {
        .json { json in
            json.member("scenario", view.scenario.rawValue)
            json.member("since", view.since)
            json.member("hosts", view.hosts)
            json.member("speed", view.speed)
            json.member("scenarios") { json in
                json.array { json in for one in Scenario.allCases { json.value(one.rawValue) } }
            }
            json.member("incidents") { json in
                json.array { json in
                    for label in view.incidents.prefix(incidentsMax) {
                        json.object { json in
                            json.member("host", label.host)
                            json.member("kind", label.kind.rawValue)
                            json.member("start", label.start)
                            json.member("first_breach", label.firstBreach)
                            json.member("end", label.end)
                            json.member("caused_by", label.causedBy)
                        }
                    }
                }
            }
        }
    }
}
