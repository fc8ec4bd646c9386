import Daemon
import Foundation
import HTTPClient
import Insight
import TestSupport
import Testing

@testable import Delivery

struct AlertmanagerChannelTests {
    let channel = AlertmanagerChannel(
        name: "am", url: "http://127.0.0.1:9093/", labels: [.init("site", "fra1"), .init("alertname", "Mine")])

    func alert(_ message: DeliveryMessage, now: Double) throws -> [String: Any] {
        let request = try #require(channel.parcel(Messages.letter(message, now: now))?.request)
        #expect(request.url == "http://127.0.0.1:9093/api/v2/alerts")
        let list = try JSONSerialization.jsonObject(with: Data(request.body)) as? [[String: Any]]
        return try #require(list?.first)
    }

    @Test func firing() throws {
        let message = Messages.one(labels: [.init("team", "payments"), .init("1-bad name", "x"), .init("empty", "")])
        let alert = try alert(message, now: 1_795_000_010)
        #expect(
            alert["labels"] as? [String: String] == [
                "alertname": "ForewarnRisk", "incident": "risk:db01", "instance": "db01", "profile": "database",
                "site": "fra1", "team": "payments", "_1_bad_name": "x",
            ])
        let annotations = try #require(alert["annotations"] as? [String: String])
        #expect(annotations["level"] == "Critical" && annotations["score"] == "84.2")
        #expect(annotations["runbook_url"] == "https://wiki.example/leak")
        #expect(alert["startsAt"] as? String == "2026-11-18T10:56:40Z")
        // Four sendings ahead of this one.
        #expect(alert["endsAt"] as? String == "2026-11-18T11:10:50Z")
        #expect(alert["generatorURL"] as? String == "https://forewarn.example/#/hosts/db01")
    }

    /// An alert is its labels: whatever its level becomes, they stay the same.
    @Test func anUpdateIsTheSameAlert() throws {
        let first = try alert(Messages.one(), now: 1_795_000_010)["labels"] as? [String: String]
        let later = try alert(Messages.one(.update, level: .warning), now: 1_795_000_900)["labels"] as? [String: String]
        #expect(first == later)
    }

    @Test func anEndInThePastResolves() throws {
        let alert = try alert(Messages.one(.resolve), now: 1_795_000_010)
        #expect(alert["endsAt"] as? String == "2026-11-18T11:06:40Z")
        #expect(channel.parcel(Messages.letter(Messages.one(.acknowledge))) == nil)
    }

    @Test(
        arguments: [
            (200, "", .delivered(said: "200")), (400, "bad labels", .dead(reason: "400 bad labels")),
            (500, "", .retry(afterSeconds: nil, reason: "500")), (404, "", .retry(afterSeconds: nil, reason: "404")),
        ] as [(Int, String, DeliveryOutcome)])
    func answers(status: Int, body: String, outcome: DeliveryOutcome) {
        let answer = HTTPResponse(status: status, body: Array(body.utf8))
        #expect(channel.outcome(of: answer, to: Messages.letter(Messages.one())) == outcome)
    }

    /// Debian's own Alertmanager takes them, shows them, and lets them end.
    @Test func theRealOne() async throws {
        let folder = try TemporaryFolder()
        let configuration = "route: {receiver: none}\nreceivers: [{name: none}]\n"
        try configuration.write(toFile: "\(folder.path)/am.yml", atomically: true, encoding: .utf8)
        let port = try StubServer { _ in .close }
        let address = "127.0.0.1:\(port.port)"
        port.stop()
        let program = try Program(
            "/usr/bin/prometheus-alertmanager",
            [
                "--config.file=\(folder.path)/am.yml", "--storage.path=\(folder.path)", "--cluster.listen-address=",
                "--web.listen-address=\(address)",
            ])
        defer { program.end(SIGKILL) }
        let channel = AlertmanagerChannel(name: "am", url: "http://\(address)")
        let client = try HTTPClient(agent: "t", proxy: "")
        let isReady = try await eventually(within: 20) {
            (try? client.send(HTTPRequest(.get, "http://\(address)/-/ready")).status) == 200
        }
        #expect(isReady, "\(program.text)")
        let now = Clock.system.now()
        func tell(_ message: DeliveryMessage) throws -> DeliveryOutcome {
            let letter = Messages.letter(message, now: Clock.system.now())
            guard case .http(let request) = channel.parcel(letter) else { return .dead(reason: "nothing to send") }
            return channel.outcome(of: try client.send(request), to: letter)
        }
        func active() throws -> [String] {
            let answer = try client.send(HTTPRequest(.get, "http://\(address)/api/v2/alerts?active=true"))
            let alerts = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [[String: Any]] ?? []
            return alerts.compactMap { ($0["annotations"] as? [String: String])?["level"] }
        }
        #expect(try tell(Messages.one(at: now)) == .delivered(said: "200"))
        #expect(try active() == ["Critical"])
        #expect(try tell(Messages.one(.update, level: .warning, at: now)) == .delivered(said: "200"))
        #expect(try active() == ["Warning"])
        #expect(try tell(Messages.huge) == .delivered(said: "200"))
        #expect(try active().count == 2)
        #expect(try tell(Messages.one(.resolve, at: now)) == .delivered(said: "200"))
        #expect(try await eventually(within: 10) { try active().count == 1 })
    }
}
