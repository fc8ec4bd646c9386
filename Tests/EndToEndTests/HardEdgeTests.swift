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
            "Transfer-Encoding: \u{b}chunked", "Transfer-Encoding : chunked", "Content-Length : 5",
            "X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\nContent-Length: 6",
        ] {
            let answer = try collector.raw(
                "POST /api/v1/samples HTTP/1.1\r\nHost: a\r\n\(headers)\r\n\r\n0\r\n\r\n\(hidden)")
            #expect([400, 413].contains(status(answer)), "\(headers): \(answer.prefix(200))")
            // The second request is not answered, whichever end one sees.
            #expect(!answer.contains("hidden") && !answer.contains(" 404 "), "\(headers): \(answer)")
        }
        #expect(collector.program.end() == 0)
    }

    /// Whoever may not send is told so, whatever the size, and once for each request.
    @Test func strangersBodiesAreNotTaken() async throws {
        let house = try await AccessTests.House()
        let agent = try house.token("create", "agent").token
        #expect(try await house.waits(agent, for: 403))
        let big = String(repeating: "a", count: 2 << 20)
        let length = "Content-Length: \(big.count)\r\n\r\n\(big)"
        let chunked = "Transfer-Encoding: chunked\r\n\r\n\(String(big.count, radix: 16))\r\n\(big)\r\n0\r\n\r\n"
        let bearer = "Authorization: Bearer \(agent)\r\n"
        let signIn = "Content-Length: 65537\r\n\r\n\(big.prefix(65_537))"
        for (request, expected) in [
            ("POST /api/v1/samples", "", length, 401), ("POST /api/v1/samples", "", chunked, 401),
            ("POST /api/v1/samples", bearer, length, 413), ("POST /api/v1/samples", bearer, chunked, 413),
            ("PATCH /api/v1/thresholds", bearer, length, 403), ("POST /api/v1/session", "", signIn, 413),
            ("POST /nowhere", "", "Content-Length: 5\r\n\r\naaaaa", 404), ("POST /nowhere", "", signIn, 413),
        ].map({ ("\($0.0) HTTP/1.1\r\nHost: localhost\r\n\($0.1)\($0.2)", $0.3) }) {
            // What is sent has been read to its end: the next request is answered.
            let next = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let answer = try house.collector.raw(request + next)
            #expect(status(answer) == expected, "\(request.prefix(120)): \(answer.prefix(300))")
            #expect(answer.contains("HTTP/1.1 200 OK"), "\(request.prefix(120)): \(answer)")
            if expected == 401 {
                #expect(answer.contains("WWW-Authenticate: Bearer realm=\"forewarn\"\r\n"), "\(answer)")
            }
        }
        var statuses: [Int] = []
        for _ in 0..<22 { statuses.append(try await house.push("one", "fwk_wrong").status) }
        #expect(statuses == Array(repeating: 401, count: 20) + [429, 429])
        #expect(house.collector.program.end() == 0)
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

    /// What a request says never becomes a header of the answer.
    @Test func noHeaderIsLetIn() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let evil = "a%0d%0aX-Evil:%20yes"
        for request in [
            "GET /\(evil) HTTP/1.1\r\nHost: a\r\n\r\n", "GET /api/v1/hosts/\(evil) HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /api/v1/hosts?filter=\(evil) HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "PUT /api/v1/samples?\(evil) HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /ws/predictions HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: \(evil)\r\nOrigin: http://\(evil)\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: a\rX-Evil: yes\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: a\r\nOrigin: http://b\rX-Evil: yes\r\n\r\n",
        ] {
            let answer = try collector.raw(request, quietSeconds: 0.5)
            let head = answer.split(separator: "\r\n\r\n", maxSplits: 1).first ?? ""
            #expect(status(answer) != nil, "\(request): no answer")
            #expect(!head.lowercased().contains("evil"), "\(request): \(answer)")
        }
        #expect(collector.program.end() == 0)
    }

    @Test func everyAnswerIsSafeInABrowser() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let own = "Content-Security-Policy: default-src 'self'; "
        let none = "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
        for (target, expected, policy) in [
            ("GET /", 200, own), ("GET /assets/act.js", 200, own), ("GET /api/v1/hosts", 200, none),
            ("GET /metrics", 200, none),
            ("GET /nowhere", 404, none), ("PUT /api/v1/samples", 405, none), ("GET /%00", 400, none),
        ] {
            let answer = try collector.raw("\(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(status(answer) == expected, "\(target): \(answer.prefix(200))")
            for header in [
                "X-Content-Type-Options: nosniff\r\n", "X-Frame-Options: DENY\r\n", "Referrer-Policy: no-referrer\r\n",
                policy,
            ] {
                #expect(
                    answer.components(separatedBy: header).count == 2, "\(target) and \(header): \(answer.prefix(900))")
            }
            #expect(answer.components(separatedBy: "Content-Security-Policy").count == 2, "\(target)")
            #expect(!answer.contains("Access-Control-"), "\(target)")
        }
        #expect(collector.program.end() == 0)
    }

    @Test func onlyNamedSitesMayRead() async throws {
        let house = try await AccessTests.House("access: {origins: [\"https://grafana.example\"]}")
        let collector = house.collector
        func ask(_ target: String, _ headers: String, body: String = "") throws -> String {
            try collector.raw("\(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(headers)\r\n\(body)")
        }
        let wish = "Access-Control-Request-Method: POST\r\n"
        let (named, other) = ("Origin: https://grafana.example\r\n", "Origin: https://grafana.example.evil\r\n")

        let read = try ask("GET /api/v1/hosts", named)
        #expect(status(read) == 200 && read.contains("Access-Control-Allow-Origin: https://grafana.example\r\n"))
        #expect(read.contains("Vary: Origin\r\n"))
        let first = try ask("OPTIONS /api/v1/samples", named + wish)
        #expect(status(first) == 204 && first.contains("Access-Control-Allow-Origin: https://grafana.example\r\n"))
        #expect(first.contains("Access-Control-Allow-Methods: POST\r\n"))
        #expect(first.contains("Access-Control-Allow-Headers: Authorization, Content-Type, X-API-Key\r\n"))
        for origin in [other, "Origin: null\r\n", "Origin: http://grafana.example\r\n", ""] {
            let answers = (try ask("GET /api/v1/hosts", origin), try ask("OPTIONS /api/v1/samples", origin + wish))
            #expect(status(answers.0) == 200 && status(answers.1) == 405, "\(origin): \(answers)")
            #expect(answers.0.contains("Vary: Origin\r\n"))
            #expect(!(answers.0 + answers.1).contains("Access-Control-"), "\(origin): \(answers)")
        }
        // Reading is all that being named gives: no cookies, and no change without a token.
        #expect(!read.contains("Allow-Credentials") && !first.contains("Allow-Credentials"))
        let mute = try ask("POST /api/v1/silences", named + "Content-Length: 2\r\n", body: "{}")
        #expect(status(mute) == 403, "\(mute)")
        #expect(collector.program.end() == 0)

        // And nobody is named unless somebody names them.
        let plain = try await RunningCollector(state: "\(house.folder.path)/other")
        let text = try plain.raw("GET /api/v1/hosts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(named)\r\n")
        #expect(status(text) == 200 && !text.contains("Access-Control-") && !text.contains("Vary"), "\(text)")
        #expect(plain.program.end() == 0)
    }
}
