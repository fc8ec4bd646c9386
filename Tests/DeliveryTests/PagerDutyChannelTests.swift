import Daemon
import Foundation
import HTTPClient
import Insight
import Testing

@testable import Delivery

struct PagerDutyChannelTests {
    static let key = "0123456789abcdef0123456789abcdef"
    let channel = PagerDutyChannel(name: "pagerduty", key: Secret(key), clientURL: "https://forewarn.example/")

    func body(_ message: DeliveryMessage) throws -> [String: Any] {
        try Messages.object(#require(channel.parcel(Messages.letter(message))?.request).body)
    }

    @Test func aTrigger() throws {
        let request = try #require(channel.parcel(Messages.letter(Messages.one()))?.request)
        #expect(request.url == "https://events.pagerduty.com/v2/enqueue")
        #expect(request.header("Content-Type") == "application/json")
        let body = try Messages.object(request.body)
        let payload = try #require(body["payload"] as? [String: Any])
        #expect(body["routing_key"] as? String == Self.key && body["event_action"] as? String == "trigger")
        #expect(body["dedup_key"] as? String == "risk:db01" && body["client"] as? String == "Forewarn")
        #expect(body["client_url"] as? String == "https://forewarn.example/")
        #expect(payload["summary"] as? String == "Critical: db01 is at Critical (84)")
        #expect(payload["source"] as? String == "db01" && payload["group"] as? String == "database")
        #expect(payload["severity"] as? String == "critical")
        #expect(payload["timestamp"] as? String == "2026-11-18T11:06:40Z")
        let details = try #require(payload["custom_details"] as? [String: Any])
        #expect(details["reason 1"] as? String == "Memory 92 % and rising 5 %/h <soon> & full")
        #expect(details["forecast mem_used_pct"] as? String == "mem_used_pct 92 % now, 96 % in 30 min (94–99)")
        let links = try #require(body["links"] as? [[String: String]])
        #expect(links.map { $0["href"] } == ["https://forewarn.example/#/hosts/db01", "https://wiki.example/leak"])
    }

    @Test(
        arguments: [
            (.imminentFailure, "critical"), (.critical, "critical"), (.danger, "error"), (.warning, "warning"),
            (.degrading, "info"),
        ] as [(RiskLevel, String)])
    func severities(level: RiskLevel, severity: String) throws {
        let payload = try body(Messages.one(level: level))["payload"] as? [String: Any]
        #expect(payload?["severity"] as? String == severity)
    }

    /// The key of an incident holds neither level nor time: an update is a trigger with the same key.
    @Test(
        arguments: [
            (.update, "trigger", true), (.acknowledge, "acknowledge", false), (.resolve, "resolve", false),
        ] as [(DeliveryMessage.Event, String, Bool)])
    func laterEvents(event: DeliveryMessage.Event, action: String, hasPayload: Bool) throws {
        let body = try body(Messages.one(event, level: .warning, at: 1_795_009_999))
        #expect(body["event_action"] as? String == action && body["dedup_key"] as? String == "risk:db01")
        #expect((body["payload"] != nil) == hasPayload)
    }

    @Test func heartbeatsAreNotForPeople() { #expect(channel.parcel(Messages.letter(Messages.one(.heartbeat))) == nil) }

    @Test func limits() throws {
        let request = try #require(channel.parcel(Messages.letter(Messages.huge))?.request)
        let body = try Messages.object(request.body)
        let payload = try #require(body["payload"] as? [String: Any])
        #expect((body["dedup_key"] as? String)?.utf8.count ?? 999 <= 255)
        let summary = try #require(payload["summary"] as? String)
        #expect(summary.utf16.count <= 1024 && summary.hasSuffix("…"))
        #expect(request.body.count <= PagerDutyChannel.bodyBytesMax)
        // Nothing is cut inside a character.
        #expect(!String(decoding: request.body, as: UTF8.self).contains("\u{fffd}"))
    }

    @Test(
        arguments: [
            (202, "{\"status\":\"success\",\"message\":\"Event processed\"}", .delivered(said: "202 Event processed")),
            (
                400,
                "{\"message\":\"Event object is invalid\",\"errors\":[\"'payload.source' is missing\"]}",
                .dead(reason: "400 Event object is invalid; 'payload.source' is missing")
            ),
            (403, "no", .dead(reason: "403 no")), (413, "", .dead(reason: "413 ")),
            (500, "oops", .retry(afterSeconds: nil, reason: "500 oops")),
            (302, "", .retry(afterSeconds: nil, reason: "302 ")),
        ] as [(Int, String, DeliveryOutcome)])
    func answers(status: Int, body: String, outcome: DeliveryOutcome) {
        let answer = HTTPResponse(status: status, body: Array(body.utf8))
        #expect(channel.outcome(of: answer, to: Messages.letter(Messages.one())) == outcome)
    }

    @Test func tooManyEvents() {
        let letter = Messages.letter(Messages.one())
        let asked = HTTPResponse(status: 429, headers: [("retry-after", "42")])
        #expect(channel.outcome(of: asked, to: letter) == .throttled(afterSeconds: 42, reason: "429 too many events"))
        let bare = HTTPResponse(status: 429)
        #expect(channel.outcome(of: bare, to: letter) == .throttled(afterSeconds: nil, reason: "429 too many events"))
        let endless = HTTPResponse(status: 503, headers: [("retry-after", "99999999")])
        #expect(channel.outcome(of: endless, to: letter) == .retry(afterSeconds: 86_400, reason: "503 "))
    }

    @Test func leaksNoSecret() {
        let answer = HTTPResponse(status: 400, body: Array("{\"message\":\"key \(Self.key) is bad\"}".utf8))
        let outcome = channel.outcome(of: answer, to: Messages.letter(Messages.one()))
        for text in ["\(outcome)", "\(channel)", String(reflecting: channel)] { #expect(!text.contains(Self.key)) }
        #expect(outcome == .dead(reason: "400 key ‹secret› is bad"))
    }
}
