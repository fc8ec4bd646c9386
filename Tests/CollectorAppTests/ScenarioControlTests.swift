import Foundation
import FoundationNetworking
import Simulator
import Testing

@testable import CollectorApp

struct ScenarioControlTests {
    private let control: ScenarioControl

    init() throws {
        control = try ScenarioControl(
            "127.0.0.1:0", ScenarioControl.View(scenario: .healthy, since: 1, hosts: 20, speed: 1))
    }

    private func send(_ method: String, _ path: String = "/scenario", _ body: String? = nil) async throws
        -> (status: Int, object: [String: Any])
    {
        var request = URLRequest(url: try #require(URL(string: "http://\(control.address)\(path)")))
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, object ?? [:])
    }

    @Test func itIsSeenAndChanged() async throws {
        defer { control.stop() }
        #expect(try await send("GET").object["scenario"] as? String == "healthy")
        let answer = try await send("PUT", "/scenario", #"{"scenario": "cascade"}"#)
        #expect(answer.status == 200 && answer.object["scenario"] as? String == "cascade")
        #expect(answer.object["since"] as? Double ?? 0 > 1_700_000_000)
        #expect(control.wanted == .cascade)
        var view = ScenarioControl.View(scenario: .cascade, since: 2, hosts: 20, speed: 10)
        let simulation = Simulation(fleet: Fleet(size: .twenty), start: 1_760_313_600, scenario: .cascade)
        var live = SimulateLive(simulation, speed: 60)
        _ = live.records(until: live.start + 1)
        view.incidents = live.incidents
        control.show(view)
        let incidents = try await send("GET").object["incidents"] as? [[String: Any]]
        #expect(incidents?.count == 1 && incidents?.first?["caused_by"] as? String == "ppdb001")
        #expect(
            incidents?.first?["kind"] as? String == "cascade" && incidents?.first?["start"] as? Double == live.start)
        #expect(incidents?.first?["end"] is NSNull)
    }

    @Test(arguments: ["", "{", "[]", #"{"scenario": 3}"#, #"{"scenario": "doom"}"#, #"{"other": "healthy"}"#])
    func whatIsNoScenarioIsRefused(body: String) async throws {
        defer { control.stop() }
        let answer = try await send("PUT", "/scenario", body)
        #expect(answer.status == 400 && answer.object["field"] as? String == "scenario")
        #expect((answer.object["hint"] as? String)?.contains("critical") == true)
        #expect(control.wanted == .healthy)
    }

    @Test func nothingElseIsThere() async throws {
        defer { control.stop() }
        #expect(try await send("GET", "/").status == 404)
        #expect(try await send("DELETE").status == 405)
        #expect(throws: (any Error).self) {
            try ScenarioControl("localhost", ScenarioControl.View(scenario: .healthy, since: 0, hosts: 0, speed: 1))
        }
    }
}
