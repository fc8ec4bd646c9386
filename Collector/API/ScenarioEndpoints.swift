import Access
import Daemon
import HTTPServer
import Telemetry

/// What the demonstration fleet goes through, seen and changed through the collector that it plays for.
struct ScenarioEndpoints: Sendable {
    let services: Services
    private static let path = "/api/v1/scenario"

    var all: [Endpoint] {
        let answers: [Endpoint.Answer] = [
            .init(status: 200, about: "What it goes through now.", schema: .reference("Scenario")), .problem(404),
            .problem(503),
        ]
        return [
            Endpoint(
                method: "GET", path: Self.path, id: "getScenario",
                summary: "What the demonstration fleet goes through.",
                answers: answers, handle: { _, answer in ask(nil, answer) }),
            Endpoint(
                method: "POST", path: Self.path, id: "setScenario",
                summary: "Makes the demonstration fleet ill, or well.",
                body: .init(
                    type: "application/json", schema: .object([.required("scenario", .string())]),
                    about: #"{"scenario":"critical"}"#), answers: answers + [.problem(400)], needs: .operator,
                handle: { request, answer in
                    do throws(Problem) {
                        let wanted = try Self.wanted(request)
                        ask(wanted, answer)
                    } catch {
                        answer.send(error.response)
                    }
                }),
        ]
    }

    private func ask(_ wanted: String?, _ answer: HTTPAnswer) {
        guard let scenario = services.dashboard.scenario else {
            return answer.send(
                .problem(
                    404, "no demonstration fleet is attached",
                    hint: "start the collector with --scenario-control and the address that simulate --control shows"))
        }
        scenario(wanted) { outcome in
            switch outcome {
            case .state(let json):
                answer.send(HTTPResponse(status: 200, headers: [("Content-Type", "application/json")], body: json))
            case .refused(let why):
                answer.send(.problem(400, why, hint: "GET \(Self.path) lists the scenarios", field: "scenario"))
            case .silent(let why):
                answer.send(
                    .problem(503, "the demonstration fleet does not answer: \(why)", hint: "start it, and try again"))
            }
        }
    }

    private static func wanted(_ request: HTTPRequest) throws(Problem) -> String {
        let name = Locked<String?>(nil)
        _ = try JSONQuestion.read(request) { (_, question) throws(Problem) in
            try question.refuseOthers(than: ["scenario"])
            let given = try question.required(
                "scenario", question.text("scenario", characters: 1...50), "a scenario's name")
            name.withLock { $0 = given }
            return HTTPResponse(status: 200)
        }
        return name.withLock { $0 } ?? ""
    }
}

/// What the demonstration fleet's control said.
package enum ScenarioOutcome: Sendable {
    /// Its state, as JSON.
    case state([UInt8])
    /// It knows no such scenario.
    case refused(String)
    case silent(String)
}
