import Daemon
import Identity
import Testing

@testable import Delivery

struct IncomingPagerDutyTests {
    let incoming = IncomingPagerDuty(secrets: [Secret("new secret"), Secret("old secret")])

    static func body(_ type: String, key: String = "risk:db01") -> String {
        """
        {"event":{"id":"01BXQ7","event_type":"\(type)","resource_type":"incident","occurred_at":"2026-11-23T16:00:00Z",
        "agent":{"id":"PLH1HKV","type":"user_reference","summary":"Tenex Engineer"},
        "data":{"id":"PGR0VU2","type":"incident","status":"acknowledged","incident_key":"\(key)","title":"x"}}}
        """
    }

    static func sign(_ body: String, _ secret: String) -> String {
        "v1=\(Hex.text(Signature.hmac(key: Array(secret.utf8), Array(body.utf8))))"
    }

    @Test(
        arguments: [
            ("incident.acknowledged", .acknowledge), ("incident.unacknowledged", .unacknowledge),
            ("incident.resolved", .resolve), ("incident.reopened", .reopen),
        ] as [(String, IncomingPagerDuty.Event.Action)])
    func events(type: String, action: IncomingPagerDuty.Event.Action) {
        let body = Self.body(type)
        let reading = incoming.read(Array(body.utf8), signature: Self.sign(body, "new secret"))
        #expect(reading == .event(.init(action: action, incident: "risk:db01", by: "Tenex Engineer", id: "01BXQ7")))
    }

    /// While secrets are changed over PagerDuty sends one signature for each.
    @Test func oneOfSeveralSignaturesIsEnough() {
        let body = Self.body("incident.acknowledged")
        let strange = Self.sign(body, "somebody else's")
        for signature in [
            "\(strange),\(Self.sign(body, "old secret"))", "\(Self.sign(body, "new secret")), \(strange)",
            "v2=00,\(Self.sign(body, "old secret"))",
        ] {
            guard case .event = incoming.read(Array(body.utf8), signature: signature) else {
                #expect(Bool(false), "\(signature)")
                continue
            }
        }
    }

    @Test(arguments: [nil, "", "v1=", "v1=zz", "v0=00", "v1=" + String(repeating: "0", count: 64)])
    func forged(signature: String?) {
        let body = Self.body("incident.acknowledged")
        #expect(incoming.read(Array(body.utf8), signature: signature) == .forged)
    }

    @Test func aChangedBodyIsForged() {
        let body = Self.body("incident.acknowledged")
        let signature = Self.sign(body, "new secret")
        #expect(incoming.read(Array((body + " ").utf8), signature: signature) == .forged)
        #expect(IncomingPagerDuty(secrets: []).read(Array(body.utf8), signature: signature) == .forged)
    }

    @Test func whatIsNoEventOfOurs() {
        for (body, wanted) in [
            (Self.body("pagey.ping"), IncomingPagerDuty.Reading.other("pagey.ping")),
            ("{}", .malformed("event.event_type is missing")),
            (
                Self.body("incident.resolved", key: ""),
                .malformed("event.data.incident_key is missing or longer than 255 bytes")
            ),
        ] { #expect(incoming.read(Array(body.utf8), signature: Self.sign(body, "new secret")) == wanted) }
        let rubbish = "no json"
        guard case .malformed = incoming.read(Array(rubbish.utf8), signature: Self.sign(rubbish, "new secret")) else {
            return #expect(Bool(false))
        }
    }
}
