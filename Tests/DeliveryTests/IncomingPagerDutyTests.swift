import Daemon
import Identity
import Testing

@testable import Delivery

struct IncomingPagerDutyTests {
    let incoming = IncomingPagerDuty(secrets: [Secret("new secret"), Secret("old secret")])

    /// An hour after what `body` tells of.
    static let now = occurred + 3600
    static let occurred = 1_795_449_600.0

    static func body(_ type: String, key: String = "risk:db01", at time: String = "2026-11-23T16:00:00Z") -> String {
        """
        {"event":{"id":"01BXQ7","event_type":"\(type)","resource_type":"incident","occurred_at":"\(time)",
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
        let reading = incoming.read(Array(body.utf8), signature: Self.sign(body, "new secret"), now: Self.now)
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
            guard case .event = incoming.read(Array(body.utf8), signature: signature, now: Self.now) else {
                #expect(Bool(false), "\(signature)")
                continue
            }
        }
    }

    @Test(arguments: [nil, "", "v1=", "v1=zz", "v0=00", "v1=" + String(repeating: "0", count: 64)])
    func forged(signature: String?) {
        let body = Self.body("incident.acknowledged")
        #expect(incoming.read(Array(body.utf8), signature: signature, now: Self.now) == .forged)
    }

    @Test func aChangedBodyIsForged() {
        let body = Self.body("incident.acknowledged")
        let signature = Self.sign(body, "new secret")
        #expect(incoming.read(Array((body + " ").utf8), signature: signature, now: Self.now) == .forged)
        #expect(IncomingPagerDuty(secrets: []).read(Array(body.utf8), signature: signature, now: Self.now) == .forged)
    }

    /// What is signed can be sent again for ever; it is acted upon for a week.
    @Test(
        arguments: [
            (0, true), (7 * 86_400, true), (7 * 86_400 + 1, false), (365 * 86_400, false), (-7 * 86_400, true),
            (-7 * 86_400 - 1, false),
        ] as [(Double, Bool)])
    func onlyWhatHasJustHappened(age: Double, isTaken: Bool) {
        let body = Self.body("incident.resolved")
        let reading = incoming.read(
            Array(body.utf8), signature: Self.sign(body, "new secret"), now: Self.occurred + age)
        if isTaken {
            guard case .event = reading else { return #expect(Bool(false), "\(reading)") }
        } else {
            #expect(reading == .untimely(Self.occurred))
        }
    }

    @Test func whatIsNoEventOfOurs() {
        for (body, wanted) in [
            (Self.body("pagey.ping"), IncomingPagerDuty.Reading.other("pagey.ping")),
            ("{}", .malformed("event.event_type is missing")),
            (
                Self.body("incident.resolved", key: ""),
                .malformed("event.data.incident_key is missing or longer than 255 bytes")
            ),
            (
                Self.body("incident.resolved", at: "yesterday"),
                .malformed("event.occurred_at is missing or no RFC 3339 time")
            ),
        ] {
            #expect(incoming.read(Array(body.utf8), signature: Self.sign(body, "new secret"), now: Self.now) == wanted)
        }
        let rubbish = "no json"
        guard
            case .malformed = incoming.read(
                Array(rubbish.utf8), signature: Self.sign(rubbish, "new secret"), now: Self.now)
        else {
            return #expect(Bool(false))
        }
    }
}
