import Foundation
import TestSupport
import Testing

/// What no client of ours would send, byte for byte, to the real collector.
struct HardEdgeTests {
    private func status(_ answer: String) -> Int? { Int(answer.split(separator: " ").dropFirst().first ?? "") }

    @Test func pathsLeadNowhereElse() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        for path in [
            "/../../etc/passwd", "/vendor/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd",
            "/%252e%252e%252fetc%252fpasswd", "/vendor/dygraph.js%00.css", "/..\\..\\etc\\passwd",
            "/vendor/..%5c..%5cetc%5cpasswd", "//etc/passwd", "/vendor//dygraph.js", "/vendor/./dygraph.js",
            "/%c0%ae%c0%ae/etc/passwd", "/vendor/%2e/dygraph.js", "http://elsewhere/etc/passwd",
        ] {
            let answer = try collector.raw("GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect([400, 404].contains(status(answer)), "\(path): \(answer.prefix(200))")
            #expect(!answer.contains("root:"), "\(path)")
            #expect(answer.contains("application/problem+json"), "\(path): \(answer.prefix(200))")
        }
        #expect(collector.program.end() == 0)
    }

    @Test func aRequestHasOneEnd() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
        for headers in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5\r\nContent-Length: 5", "Content-Length: +5",
            "Content-Length: -1", "Content-Length: 5, 5", "Content-Length: 99999999999999999999999",
            "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            "Transfer-Encoding: \u{b}chunked",
        ] {
            let answer = try collector.raw(
                "POST /api/v1/samples HTTP/1.1\r\nHost: a\r\n\(headers)\r\n\r\n0\r\n\r\n\(hidden)")
            #expect([400, 413].contains(status(answer)), "\(headers): \(answer.prefix(200))")
            // The second request is not answered, whichever end one sees.
            #expect(!answer.contains("hidden") && !answer.contains(" 404 "), "\(headers): \(answer)")
        }
        #expect(collector.program.end() == 0)
    }

    @Test func hostsAndHeadersThatAreNone() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let long = String(repeating: "a", count: 9000)
        let many = (0..<120).map { "X-\($0): a\r\n" }.joined()
        let cases: [(String, Int)] = [
            ("GET /healthz HTTP/1.1\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nHost: a b/<script>\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400),
            ("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET /healthz?\(long) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: \(long)\r\nX-B: \(long)\r\n\r\n", 431),
            ("GET /healthz HTTP/1.1\r\nHost: a\r\n\(many)\r\n", 431),
            ("GET /nowhere%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        ]
        for (request, expected) in cases {
            let answer = try collector.raw(request, quietSeconds: 1)
            #expect(status(answer) == expected, "\(request.prefix(80)): \(answer.prefix(200))")
            #expect(!answer.contains("\r\nSet-Cookie"), "\(answer)")
        }
        #expect(try await collector.get("/healthz").status == 200)
        #expect(collector.program.end() == 0)
    }
}
