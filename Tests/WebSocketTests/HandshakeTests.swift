import HTTPServer
import Testing

@testable import WebSocket

struct HandshakeTests {
    static let good = [
        ("Host", "fleet.example:8000"), ("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"),
        ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]

    private func status(_ changed: [String: String], method: String = "GET") -> Int {
        var headers = Self.good.filter { changed[$0.0] == nil }.map { (name: $0.0, value: $0.1) }
        for (name, value) in changed where !value.isEmpty { headers.append((name, value)) }
        let request = HTTPRequest(method: method, path: "/ws/predictions", headers: headers)
        switch Handshake.accept(request) {
        case .success: return 101
        case .failure(let refusal): return refusal.response.status
        }
    }

    /// The example of RFC 6455 §1.3.
    @Test func theAnswerIsTheStandardsOwn() throws {
        let request = HTTPRequest(
            method: "GET", path: "/", headers: Self.good.map { (name: $0.0, value: $0.1) })
        #expect(try Handshake.accept(request).get() == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(arguments: [
        (["Upgrade": ""], 426), (["Upgrade": "h2c"], 426), (["Connection": "keep-alive"], 426),
        (["Connection": "UPGRADE"], 101), (["Sec-WebSocket-Version": "8"], 426), (["Sec-WebSocket-Version": ""], 426),
        (["Sec-WebSocket-Key": ""], 400), (["Sec-WebSocket-Key": "c2hvcnQ="], 400),
        (["Sec-WebSocket-Key": "not base64 at all"], 400), (["Host": ""], 400),
        (["Origin": "http://fleet.example:8000"], 101), (["Origin": "http://FLEET.example:8000"], 101),
        (["Origin": "http://fleet.example"], 403), (["Origin": "http://evil.example:8000"], 403),
        (["Origin": "null"], 403), (["Origin": "file://"], 403), (["Origin": "http://fleet.example:8000.evil"], 403),
    ])
    func eachRuleIsKept(changed: [String: String], expected: Int) { #expect(status(changed) == expected) }

    @Test func headIsNoOpening() { #expect(status([:], method: "HEAD") == 426) }

    @Test(arguments: [
        ("https://fleet.example", "fleet.example", true), ("https://fleet.example", "fleet.example:443", true),
        ("https://fleet.example", "fleet.example:8443", false), ("http://[::1]:8000", "[::1]:8000", true),
        ("http://[::1]", "[::1]", true), ("http://[::2]", "[::1]", false), ("http://", "", false),
    ])
    func originsAndHosts(origin: String, host: String, same: Bool) {
        #expect(Handshake.isSame(origin, host) == same)
    }
}
