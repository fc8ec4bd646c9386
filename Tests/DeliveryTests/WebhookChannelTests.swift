import Daemon
import Foundation
import HTTPClient
import Identity
import Insight
import Testing

@testable import Delivery

struct WebhookChannelTests {
    /// The example of the Standard Webhooks specification and its libraries' tests.
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    func channel(_ secrets: [String]) throws -> WebhookChannel {
        WebhookChannel(
            name: "hook", url: "https://hook.example/in",
            secrets: try secrets.map { try #require(WebhookSecret(Secret($0))) })
    }

    @Test func theSpecificationsSignature() throws {
        let secret = try #require(WebhookSecret(Secret(Self.secret)))
        let signed = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}"
        #expect(secret.signature(of: Array(signed.utf8)) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func anEventIsSignedByEverySecret() throws {
        let old = "whsec_" + Base64.text([UInt8](repeating: 7, count: 32))
        let letter = Messages.letter(Messages.one(), id: "f00-12", now: 1_795_000_123.9)
        let request = try #require(try channel([Self.secret, old]).parcel(letter)?.request)
        #expect(request.header("Content-Type") == "application/cloudevents+json; charset=utf-8")
        #expect(request.header("webhook-id") == "f00-12" && request.header("webhook-timestamp") == "1795000123")
        let signatures = try #require(request.header("webhook-signature")).split(separator: " ")
        #expect(signatures.count == 2)
        let signed = Array("f00-12.1795000123.".utf8) + request.body
        for (signature, key) in zip(signatures, [Self.secret, old]) {
            let bytes = try #require(Base64.bytes(String(key.dropFirst(6))))
            #expect(signature == "v1,\(Base64.text(Signature.hmac(key: bytes, signed)))")
        }
        let event = try Messages.object(request.body)
        #expect(event["specversion"] as? String == "1.0" && event["id"] as? String == "f00-12")
        #expect(event["type"] as? String == "forewarn.alert.trigger" && event["source"] as? String == "/forewarn")
        #expect(event["time"] as? String == "2026-11-18T11:06:40Z" && event["subject"] as? String == "risk:db01")
        let data = try #require(event["data"] as? [String: Any])
        #expect(data["host"] as? String == "db01" && data["score"] as? Double == 84.2)
        #expect(data["labels"] as? [String: String] == ["team": "payments"])
    }

    /// The identifier and the body stay over retries; the time, and with it the signature, does not.
    @Test func retriesHaveTheSameIdentifier() throws {
        let channel = try channel([Self.secret])
        let first = try #require(channel.parcel(Messages.letter(Messages.one(), now: 100))?.request)
        let second = try #require(channel.parcel(Messages.letter(Messages.one(), now: 400))?.request)
        #expect(first.body == second.body && first.header("webhook-id") == second.header("webhook-id"))
        #expect(first.header("webhook-signature") != second.header("webhook-signature"))
    }

    @Test func unsignedWithoutASecret() throws {
        let request = try #require(try channel([]).parcel(Messages.letter(Messages.one()))?.request)
        #expect(request.header("webhook-signature") == nil)
    }

    @Test(arguments: ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_***"])
    func noSecret(text: String) { #expect(WebhookSecret(Secret(text)) == nil) }

    @Test(
        arguments: [
            (200, .delivered(said: "200")), (204, .delivered(said: "204")),
            (301, .retry(afterSeconds: nil, reason: "301")),
            (307, .retry(afterSeconds: nil, reason: "307")), (400, .retry(afterSeconds: nil, reason: "400")),
            (410, .disable(reason: "410")), (429, .throttled(afterSeconds: nil, reason: "429")),
            (502, .throttled(afterSeconds: nil, reason: "502")), (504, .throttled(afterSeconds: nil, reason: "504")),
            (500, .retry(afterSeconds: nil, reason: "500")),
        ] as [(Int, DeliveryOutcome)])
    func answers(status: Int, outcome: DeliveryOutcome) throws {
        #expect(
            try channel([]).outcome(of: HTTPResponse(status: status), to: Messages.letter(Messages.one())) == outcome)
    }

    @Test func leaksNoSecret() throws {
        let token = "t0ken-of-mine"
        let channel = WebhookChannel(
            name: "hook", url: "https://hook.example/in", secrets: [try #require(WebhookSecret(Secret(Self.secret)))],
            token: Secret(token))
        let answer = HTTPResponse(status: 500, body: Array("you sent \(token)".utf8))
        let outcome = channel.outcome(of: answer, to: Messages.letter(Messages.one()))
        for text in ["\(outcome)", "\(channel)", String(reflecting: channel)] {
            #expect(!text.contains(token) && !text.contains("MfKQ9r8G"))
        }
    }
}
