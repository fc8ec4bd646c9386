import Daemon
import Foundation
import Identity
import TestSupport
import Testing

/// The commands and routes of deliveries, on the real program.
struct DeliveryTests {
    struct Scene {
        let folder: TemporaryFolder
        let collector: RunningCollector

        init(_ more: String, channels: (String) -> String) async throws {
            folder = try TemporaryFolder()
            for (name, text) in [("key", "0123456789abcdef0123456789abcdef"), ("secret", "wh-secret")] {
                try text.write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o600], ofItemAtPath: "\(folder.path)/\(name)")
            }
            let text =
                "channels:\n\(channels(folder.path))\n\(more.replacingOccurrences(of: "FOLDER", with: folder.path))\n"
            try text.write(toFile: "\(folder.path)/c.yaml", atomically: true, encoding: .utf8)
            collector = try await RunningCollector(
                state: "\(folder.path)/state", ["--config", "\(folder.path)/c.yaml"])
        }

        func alert(_ words: String...) throws -> (text: String, status: Int32) {
            try Program.run("forewarn-collector", ["alert"] + words + ["--collector", collector.url])
        }
    }

    @Test func aRouteIsTriedOnTheRealPath() async throws {
        let good = try StubServer { _ in .status(202, body: "{\"message\":\"Event processed\"}") }
        let bad = try StubServer { _ in .status(400, body: "{\"message\":\"bad\",\"errors\":[\"'source' is missing\"]}")
        }
        defer {
            good.stop()
            bad.stop()
        }
        let scene = try await Scene("routes: [{name: fine, channels: [a]}, {name: broken, channels: [b, a]}]") {
            folder in
            """
              a: {kind: pagerduty, key_file: \(folder)/key, url: "\(good.url)/v2/enqueue"}
              b: {kind: pagerduty, key_file: \(folder)/key, url: "\(bad.url)/v2/enqueue"}
            """
        }
        let fine = try scene.alert("test", "fine")
        #expect(fine.status == 0 && fine.text == "a  delivered  202 Event processed\n", "\(fine.text)")
        // The page, and its end.
        #expect(try await eventually(within: 5) { good.requests.count == 2 })
        let broken = try scene.alert("test", "broken")
        #expect(
            broken.status == 1 && broken.text.contains("b  dead       400 bad; 'source' is missing"), "\(broken.text)")
        let unknown = try scene.alert("test", "nothing")
        #expect(
            unknown.status == 1 && unknown.text.contains("nothing is no route; there are fine, broken"),
            "\(unknown.text)")
        let dead = try scene.alert("dead")
        #expect(dead.text.contains("400 bad") && dead.text.components(separatedBy: "\n").count == 3, "\(dead.text)")
        let id = try #require(dead.text.split(separator: "\n").last?.split(separator: " ").first)
        #expect(try scene.alert("replay", String(id)).status == 0)
        #expect(try await eventually(within: 5) { bad.requests.count >= 2 })
        #expect(try scene.alert("replay", "9999").text.contains("no delivery has the id 9999"))
        #expect(try scene.alert("replay", "1").text.contains("is sent, not dead"))
        for text in [scene.collector.program.text, try await scene.collector.get("/api/v1/deliveries").text] {
            #expect(!text.contains("0123456789abcdef"), "no secret in logs and answers")
        }
        // Somebody heard that b is broken.
        let notices = good.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(notices.contains { $0.contains("forewarn/channel/b") })
    }

    /// An alert leaves soon after its sample; what people do in PagerDuty is done here, once.
    @Test func thereAndBack() async throws {
        let server = try StubServer { _ in .status(202) }
        defer { server.stop() }
        let scene = try await Scene("deliveries: {pagerduty_webhook_secret_files: [FOLDER/secret]}") { folder in
            "  pagerduty: {kind: pagerduty, key_file: \(folder)/key, url: \"\(server.url)/v2/enqueue\"}"
        }
        let (begin, begun) = (Clock.monotonicSeconds(), Clock.system.now())
        _ = try await scene.collector.post("/api/v1/samples", "{\"records\":[\(DeliveryOrdealTests.record("ppdb1"))]}")
        #expect(try await eventually(within: 10, every: 0.02) { !server.requests.isEmpty })
        print("first byte \(Clock.monotonicSeconds() - begin) s after the sample")
        /// A header that is not signed says nothing: it is another each time.
        var sent = 0
        func send(_ id: String, _ age: Double, _ signature: String? = nil) async throws -> RunningCollector.Answer {
            let body = """
                {"event":{"id":"\(id)","event_type":"incident.acknowledged","agent":{"summary":"Anna"},\
                "occurred_at":"\(Timestamp.text(begun - age))","data":{"incident_key":"risk:ppdb1"}}}
                """
            let own = "v1=\(Hex.text(Signature.hmac(key: Array("wh-secret".utf8), Array(body.utf8))))"
            sent += 1
            return try await scene.collector.send(
                "POST", "/api/v1/integrations/pagerduty", Data(body.utf8),
                headers: ["X-PagerDuty-Signature": signature ?? own, "X-Webhook-Id": "w\(sent)"])
        }
        #expect(try await send("e1", 0, "v1=00").status == 401)
        let old = try await send("e0", 8 * 86_400)
        #expect(old.status == 200 && old.object["outcome"] as? String == "ignored", "\(old.text)")
        #expect(try await send("e1", 0).object["outcome"] as? String == "done")
        #expect(try await send("e1", 0).object["outcome"] as? String == "repeated")
        let alerts = try await scene.collector.get("/api/v1/alerts").text
        #expect(alerts.contains("Anna"), "\(alerts)")
        #expect(try await eventually(within: 5) { server.requests.count == 2 })
        #expect(String(decoding: server.requests[1].body, as: UTF8.self).contains("\"event_action\":\"acknowledge\""))
    }

    @Test func theCommandLineIsChecked() throws {
        for (words, wanted) in [
            (["alert"], "alert needs one of test, outbox, dead, replay"),
            (["alert", "page"], "alert page is no command"),
            (["alert", "test"], "needs the name of a route"),
            (["alert", "replay", "x"], "needs the number of a delivery"),
            (["alert", "outbox", "--limit", "0"], "--limit is a whole number from 1 to 1000"),
            (["alert", "dead", "--collector", "ftp://x"], "--collector is no http:// or https:// address"),
        ] {
            let (text, status) = try Program.run("forewarn-collector", words)
            #expect(status == 2 && text.contains(wanted), "\(words): \(text)")
        }
    }
}
