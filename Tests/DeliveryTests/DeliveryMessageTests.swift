import Daemon
import Insight
import JSON
import Testing

@testable import Delivery

struct DeliveryMessageTests {
    /// The outbox keeps messages as JSON; what comes back is what went in.
    @Test func survivesTheOutbox() {
        for event in DeliveryMessage.Event.allCases {
            let message = Messages.one(event).late("it could not go out for 5 minutes")
            #expect(DeliveryMessage(json: message.json) == message)
        }
        #expect(DeliveryMessage(json: Messages.huge.json) == Messages.huge)
    }

    @Test(arguments: ["", "{}", "[]", "{\"incident\":\"x\"}", "not json"])
    func rubbishIsNoMessage(text: String) { #expect(DeliveryMessage(json: Array(text.utf8)) == nil) }

    @Test func limits() {
        let huge = Messages.huge
        #expect(huge.incident.utf8.count <= 255 && huge.host.utf16.count <= 255 && huge.summary.utf16.count <= 1024)
        #expect(huge.sentences.count == 14 && huge.sentences.allSatisfy { $0.utf16.count <= 500 })
        #expect(huge.labels.count == 32 && huge.advice.count == 10 && huge.links.count == 10)
        let longLink = DeliveryMessage.Link("x", "https://\(String(repeating: "a", count: 3000))")
        let message = DeliveryMessage(
            incident: "i", event: .trigger, level: .danger, host: "h", summary: "s", links: [longLink], since: 0, at: 0)
        #expect(message.links == [.init("x")], "half an address leads nowhere")
    }

    @Test(arguments: [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("👩‍👩‍👧‍👦x", 5, "…"), ("äöü", 2, "ä…"), ("abc", 0, ""),
    ])
    func shortening(text: String, limit: Int, expected: String) { #expect(text.shortened(to: limit) == expected) }

    @Test(arguments: [
        (0.01234, "0.012"), (4.567, "4.57"), (87.25, "87.3"), (1234.5, "1235"), (3, "3"), (.infinity, "?"),
    ])
    func numbers(value: Double, text: String) { #expect(Words.number(value) == text) }

    @Test(arguments: [(1, "1 second"), (40, "40 seconds"), (300, "5 minutes"), (7200, "2 hours")])
    func durations(seconds: Double, text: String) { #expect(Words.duration(seconds) == text) }
}
