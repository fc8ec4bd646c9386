import Daemon
import Foundation
import HTTPClient
import Insight
import Testing

@testable import Delivery

struct SlackChannelTests {
    static let url = "https://hooks.slack.example/services/T0/B0/s3cret"
    let channel = SlackChannel(name: "slack", url: Secret(url))

    func body(_ letter: Letter) throws -> [String: Any] {
        try Messages.object(#require(channel.parcel(letter)?.request).body)
    }

    func texts(_ value: Any) -> [String] {
        switch value {
        case let object as [String: Any]:
            (object["text"] as? String).map { [$0] } ?? object.values.flatMap(texts)
        case let list as [Any]: list.flatMap(texts)
        default: []
        }
    }

    @Test func aMessage() throws {
        let request = try #require(channel.parcel(Messages.letter(Messages.one()))?.request)
        #expect(request.url == Self.url)
        let body = try Messages.object(request.body)
        #expect(body["text"] as? String == "■ Critical: db01 is at Critical (84) (db01)")
        let blocks = try #require(body["blocks"] as? [[String: Any]])
        #expect(
            blocks.map { $0["type"] as? String } == ["header", "section", "section", "section", "section", "section"])
        let texts = texts(blocks)
        #expect(texts.contains("• Memory 92 % and rising 5 %/h &lt;soon&gt; &amp; full\n• I/O wait 25 %"))
        #expect(texts.contains("*What to do*\n<https://wiki.example/leak|Restart the leaking service>"))
        #expect(texts.contains("*team*\npayments"))
    }

    @Test func limits() throws {
        for isPlain in [false, true] {
            let letter = Letter(id: "x", message: Messages.huge, now: 1, isPlain: isPlain)
            let request = try #require(channel.parcel(letter)?.request)
            let size = String(decoding: request.body, as: UTF8.self).utf16.count
            #expect(size <= 12_000, "\(size) characters")
            #expect(!String(decoding: request.body, as: UTF8.self).contains("\u{fffd}"))
            let body = try Messages.object(request.body)
            #expect((body["text"] as? String)?.utf16.count ?? 9999 <= 3000)
            let blocks = body["blocks"] as? [[String: Any]] ?? []
            #expect(blocks.count <= 50 && blocks.isEmpty == isPlain)
            for block in blocks {
                let fields = block["fields"] as? [[String: Any]] ?? []
                #expect(fields.count <= 10 && fields.flatMap(texts).allSatisfy { $0.utf16.count <= 2000 })
                guard let text = (block["text"] as? [String: Any])?["text"] as? String else { continue }
                #expect(text.utf16.count <= (block["type"] as? String == "header" ? 150 : 3000))
                // Every & is the start of one of the three entities, whole.
                for piece in text.components(separatedBy: "&").dropFirst() {
                    #expect(["amp;", "lt;", "gt;"].contains { piece.hasPrefix($0) })
                }
            }
        }
    }

    @Test(arguments: [
        ("a<b", 10, "a&lt;b"), ("<<<", 8, "&lt;…"), ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("&", 5, "&amp;"),
    ])
    func escaping(text: String, limit: Int, expected: String) {
        #expect(SlackChannel.escaped(text, to: limit) == expected)
    }

    @Test(
        arguments: [
            (200, "ok", .delivered(said: "200 ok")),
            (200, "<html>sign in</html>", .retry(afterSeconds: nil, reason: "200 <html>sign in</html>")),
            (400, "invalid_payload", .plain(reason: "400 invalid_payload")),
            (403, "action_prohibited", .disable(reason: "403 action_prohibited")),
            (404, "no_service", .disable(reason: "404 no_service")),
            (410, "channel_is_archived", .disable(reason: "410 channel_is_archived")),
            (500, "rollup_error", .retry(afterSeconds: nil, reason: "500 rollup_error")),
            (302, "", .retry(afterSeconds: nil, reason: "302")),
        ] as [(Int, String, DeliveryOutcome)])
    func answers(status: Int, body: String, outcome: DeliveryOutcome) {
        let answer = HTTPResponse(status: status, body: Array(body.utf8))
        #expect(channel.outcome(of: answer, to: Messages.letter(Messages.one())) == outcome)
    }

    /// Once more as plain text, then no more.
    @Test func aSecondRefusalIsTheLast() throws {
        var letter = Messages.letter(Messages.one())
        letter.isPlain = true
        #expect(try body(letter)["blocks"] == nil)
        let answer = HTTPResponse(status: 400, body: Array("no_text".utf8))
        #expect(channel.outcome(of: answer, to: letter) == .dead(reason: "400 no_text"))
    }

    @Test func patienceIsAskedFor() {
        let answer = HTTPResponse(status: 429, headers: [("retry-after", "30")])
        let outcome = channel.outcome(of: answer, to: Messages.letter(Messages.one()))
        #expect(outcome == .throttled(afterSeconds: 30, reason: "429"))
    }

    @Test func leaksNoSecret() {
        let answer = HTTPResponse(status: 404, body: Array("no route to \(Self.url)".utf8))
        let outcome = channel.outcome(of: answer, to: Messages.letter(Messages.one()))
        for text in ["\(outcome)", "\(channel)", String(reflecting: channel)] { #expect(!text.contains("s3cret")) }
    }
}
