import Daemon
import Foundation
import TestSupport
import Testing

@testable import HTTPClient

struct HTTPClientTests {
    static func send(
        _ answer: StubServer.Answer, _ change: (inout HTTPRequest) -> Void = { _ in }
    ) throws -> (HTTPResponse, StubServer.Request?) {
        let server = try StubServer { _ in answer }
        defer { server.stop() }
        var request = HTTPRequest(.post, "\(server.url)/api")
        request.body = Array("{}".utf8)
        request.timeoutSeconds = 5
        change(&request)
        let response = try HTTPClient(agent: "forewarn/0").send(request)
        return (response, server.requests.first)
    }

    @Test func postsAndReadsTheAnswer() throws {
        let answer = StubServer.Answer.status(201, headers: ["X-Word": "  yes "], body: "hello")
        let (response, request) = try Self.send(answer) {
            $0.headers = [("Content-Type", "application/json")]
            $0.token = Secret("s3cret")
        }
        #expect(response.status == 201 && response.isSuccess && response.text == "hello")
        #expect(response.header("x-word") == "yes")
        #expect(request?.method == "POST" && request?.path == "/api" && request?.body == Array("{}".utf8))
        #expect(request?.headers["content-type"] == "application/json")
        #expect(request?.headers["authorization"] == "Bearer s3cret")
        #expect(request?.headers["user-agent"] == "forewarn/0")
        #expect(request?.headers["expect"] == nil)
    }

    @Test func oneConnectionServesAll() throws {
        let server = try StubServer { .status(200, body: $0.method) }
        defer { server.stop() }
        let client = try HTTPClient(agent: "t")
        for method in [HTTPRequest.Method.get, .post, .delete, .put, .get] {
            var request = HTTPRequest(method, server.url)
            request.body = method == .post || method == .put ? [1, 2, 3] : []
            #expect(try client.send(request).text == method.rawValue)
        }
        #expect(server.requests.map(\.connection) == [1, 1, 1, 1, 1])
        #expect(server.requests.map(\.body.count) == [0, 3, 0, 3, 0])
    }

    @Test func reconnectsAfterTheServerHungUp() throws {
        let server = try StubServer { _ in .raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
        defer { server.stop() }
        let client = try HTTPClient(agent: "t")
        for _ in 0..<3 { #expect(try client.send(HTTPRequest(.get, server.url)).status == 200) }
        #expect(server.requests.map(\.connection) == [1, 2, 3])
    }

    @Test func redirectsAreNotFollowed() throws {
        let (response, _) = try Self.send(.status(302, headers: ["Location": "http://127.0.0.1:1/"]))
        #expect(response.status == 302)
    }

    @Test(
        arguments: [
            (.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .broken, true),
            (.raw("\u{1}\u{2} garbage"), .broken, true),
            (.close, .broken, true),
            (.hang, .timeout, true),
            (.status(200, body: String(repeating: "x", count: 4096)), .tooLarge, false),
            (.raw("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 10 << 20)), .tooLarge, false),
        ] as [(StubServer.Answer, HTTPError.Kind, Bool)])
    func badAnswers(answer: StubServer.Answer, kind: HTTPError.Kind, isWorthRetrying: Bool) throws {
        let error = #expect(throws: HTTPError.self) {
            try Self.send(answer) {
                $0.timeoutSeconds = answer.isHang ? 0.3 : 5
                $0.answerBytesMax = 1024
                $0.token = Secret("s3cret")
            }
        }
        #expect(error?.kind == kind && error?.isWorthRetrying == isWorthRetrying)
        #expect(error?.reason.contains("s3cret") == false)
    }

    @Test(
        arguments: [
            ("http://127.0.0.1:1/", .unreachable), ("http://no.such.host.invalid/", .unreachable),
            ("file:///etc/passwd", .invalid), ("http://[::", .invalid),
        ] as [(String, HTTPError.Kind)])
    func unreachable(url: String, kind: HTTPError.Kind) throws {
        let client = try HTTPClient(agent: "t")
        let error = #expect(throws: HTTPError.self) { try client.send(HTTPRequest(.get, url)) }
        #expect(error?.kind == kind, "\(String(describing: error))")
    }

    @Test func headersCannotBeForged() {
        #expect(throws: HTTPError.self) {
            try Self.send(.status(200)) { $0.headers = [("X", "a\r\nY: b")] }
        }
    }

    @Test func plainTextOnATLSPortIsATLSError() throws {
        let server = try StubServer { _ in .close }
        defer { server.stop() }
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: 0.2)
            server.stop()
        }
        let client = try HTTPClient(agent: "t")
        var request = HTTPRequest(.get, "https://127.0.0.1:\(server.port)/")
        request.timeoutSeconds = 5
        #expect(throws: HTTPError.self) { try client.send(request) }
    }

    @Test func aProxyIsAskedForTheWholeAddress() throws {
        let proxy = try StubServer { _ in .status(200, body: "through") }
        defer { proxy.stop() }
        let client = try HTTPClient(agent: nil, proxy: proxy.url)
        let answer = try client.send(HTTPRequest(.get, "http://collector.invalid:8000/x"))
        #expect(answer.text == "through")
        #expect(proxy.requests.map(\.path) == ["http://collector.invalid:8000/x"])
        // Neither a name nor a wish that nobody asked for.
        #expect(proxy.requests.first?.headers["user-agent"] == nil && proxy.requests.first?.headers["accept"] == nil)
    }

    @Test func workIsDoneWhileAnAnswerIsWaitedFor() throws {
        let server = try StubServer { _ in .hang }
        defer { server.stop() }
        let client = try HTTPClient(agent: nil)
        var times = 0
        client.whileWaiting = { times += 1 }
        var request = HTTPRequest(.get, server.url)
        request.timeoutSeconds = 2.5
        #expect(throws: HTTPError.self) { try client.send(request) }
        #expect(times >= 2)
    }

    @Test func stopEndsARequestThatWaits() throws {
        let server = try StubServer { _ in .hang }
        defer { server.stop() }
        let stop = StopDeadline()
        let client = try HTTPClient(agent: "t", stopping: stop)
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: 0.1)
            stop.stop(afterSeconds: 0)
        }
        let error = #expect(throws: HTTPError.self) { try client.send(HTTPRequest(.get, server.url)) }
        #expect(error?.kind == .stopped)
    }
}

extension StubServer.Answer {
    var isHang: Bool { if case .hang = self { true } else { false } }
}
