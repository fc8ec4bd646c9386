import Daemon
import Foundation
import FoundationNetworking
import Testing

@testable import HTTPServer

struct HTTPServerTests {
    private func url(_ server: HTTPServer, _ path: String) throws -> URL {
        try #require(URL(string: "http://127.0.0.1:\(server.port)\(path)"))
    }

    private func start(
        limits: HTTPLimits = HTTPLimits(), _ handler: @escaping HTTPHandler
    ) throws -> HTTPServer {
        try HTTPServer(host: "127.0.0.1", port: 0, limits: limits, handler: handler)
    }

    @Test func handsOverTheWholeRequest() async throws {
        let server = try start { request, answer in
            let text =
                "\(request.method) \(request.path) \(request.query("a") ?? "-") \(request.header("x-one") ?? "-")"
            answer.send(.text(text + " " + String(decoding: request.body, as: UTF8.self)))
        }
        var request = URLRequest(url: try url(server, "/some%20path?a=b%26c&d"))
        request.httpMethod = "POST"
        request.setValue("1", forHTTPHeaderField: "X-One")
        request.httpBody = Data("hello".utf8)
        let (data, _) = try await URLSession.shared.data(for: request)
        #expect(String(decoding: data, as: UTF8.self) == "POST /some path b&c 1 hello")
    }

    @Test func answersLaterFromAnotherThread() async throws {
        let server = try start { _, answer in
            _ = OwnThread("late") {
                usleep(50_000)
                answer.send(.text("late"))
            }
        }
        try await withThrowingTaskGroup(of: String.self) { group in
            let address = try url(server, "/")
            for _ in 0..<20 {
                group.addTask {
                    String(decoding: try await URLSession.shared.data(from: address).0, as: UTF8.self)
                }
            }
            for try await text in group { #expect(text == "late") }
        }
    }

    @Test func aHandlerThatHangsIsSeen() async throws {
        let gate = DispatchSemaphore(value: 0)
        let server = try start { request, answer in
            if request.path == "/hang" { gate.wait() }
            if request.path == "/later" {
                _ = OwnThread("late") {
                    gate.wait()
                    answer.send(.text("late"))
                }
            } else {
                answer.send(.text("done"))
            }
        }
        #expect(server.busySince == nil)
        let hangs = Task { [address = try url(server, "/hang")] in try await URLSession.shared.data(from: address) }
        for _ in 0..<500 where server.busySince == nil { try await Task.sleep(for: .milliseconds(10)) }
        let since = try #require(server.busySince)
        #expect(since <= Clock.monotonicSeconds())
        gate.signal()
        _ = try await hangs.value
        // An answer that is owed from elsewhere holds up no thread of the server's.
        let later = Task { [address = try url(server, "/later")] in try await URLSession.shared.data(from: address) }
        try await Task.sleep(for: .milliseconds(200))
        #expect(server.busySince == nil)
        gate.signal()
        _ = try await later.value
    }

    @Test func refusesATooLargeBodyAndGoesOn() async throws {
        var limits = HTTPLimits()
        limits.bodyBytesMax = 1000
        let server = try start(limits: limits) { request, answer in answer.send(.text("\(request.body.count)")) }
        var request = URLRequest(url: try url(server, "/"))
        request.httpMethod = "POST"
        request.httpBody = Data(repeating: 65, count: 2 << 20)
        let (body, response) = try await URLSession.shared.data(for: request)
        #expect((response as? HTTPURLResponse)?.statusCode == 413)
        #expect(String(decoding: body, as: UTF8.self).contains("the body is larger than 1000 bytes"))
        request.httpBody = Data(repeating: 65, count: 1000)
        let (count, _) = try await URLSession.shared.data(for: request)
        #expect(String(decoding: count, as: UTF8.self) == "1000")
    }

    @Test func theHeadAloneSaysHowMuchOfABodyIsTaken() async throws {
        var limits = HTTPLimits()
        limits.bodyBytesMax = 100
        let (asked, handled) = (Locked<[String]>([]), Locked<[String]>([]))
        let server = try HTTPServer(
            host: "127.0.0.1", port: 0, limits: limits,
            admit: { request in
                asked.withLock { $0.append("\(request.method) \(request.path) \(request.body.count) \(request.peer)") }
                switch request.path {
                case "/refused": return .refused(.problem(401, "no"))
                case "/small": return .takenUpTo(bytes: 10)
                default: return .taken
                }
            },
            handler: { request, answer in
                handled.withLock { $0.append("\(request.path) \(request.body.count)") }
                answer.send(.text("taken"))
            })
        var statuses: [Int] = []
        for (path, bytes) in [
            ("/refused", 1), ("/refused", 2 << 20), ("/small", 10), ("/small", 11), ("/", 100), ("/", 101), ("/", 0),
        ] {
            var request = URLRequest(url: try url(server, path))
            request.httpMethod = bytes > 0 ? "POST" : "GET"
            if bytes > 0 { request.httpBody = Data(repeating: 65, count: bytes) }
            let (_, response) = try await URLSession.shared.data(for: request)
            statuses.append((response as? HTTPURLResponse)?.statusCode ?? 0)
        }
        #expect(statuses == [401, 401, 200, 413, 200, 413, 200])
        #expect(handled.withLock { $0 } == ["/small 10", "/ 100", "/ 0"])
        // Whoever sends no body is not asked about one.
        let paths = ["/refused", "/refused", "/small", "/small", "/", "/"]
        #expect(asked.withLock { $0 } == paths.map { "POST \($0) 0 127.0.0.1" })
    }

    @Test func aDroppedAnswerIsA500() async throws {
        let server = try start { _, _ in }
        let (_, response) = try await URLSession.shared.data(from: try url(server, "/"))
        #expect((response as? HTTPURLResponse)?.statusCode == 500)
    }

    @Test func stopsWithSleepingRequests() async throws {
        let held = Locked<[HTTPAnswer]>([])
        let server = try start { _, answer in held.withLock { $0.append(answer) } }
        let address = try url(server, "/")
        async let waiting = URLSession.shared.data(from: address)
        while held.withLock({ $0.isEmpty }) { usleep(1000) }
        _ = OwnThread("finish") {
            usleep(100_000)
            held.withLock { $0.first }?.send(.text("done"))
        }
        server.stop()
        let (data, _) = try await waiting
        #expect(String(decoding: data, as: UTF8.self) == "done")
    }

    /// Keep-alive connections that go on asking must not keep a sleeping request alive past the stop.
    @Test func stopsUnderLoad() async throws {
        for _ in 0..<5 {
            let server = try start { _, answer in
                _ = OwnThread("late") {
                    usleep(2000)
                    answer.send(.text("late"))
                }
            }
            let port = server.port
            let clients = (0..<4).compactMap { _ in OwnThread("client") { askUntilClosed(port) } }
            try await Task.sleep(for: .milliseconds(60))
            server.stop()
            for client in clients { client.join() }
        }
    }

    @Test func saysWhyItCannotListen() throws {
        let first = try start { _, answer in answer.send(.text("")) }
        let error = #expect(throws: HTTPServerError.self) {
            _ = try HTTPServer(host: "127.0.0.1", port: first.port, limits: HTTPLimits()) { _, _ in }
        }
        #expect(error?.description.contains("another program does") == true)
        #expect(throws: HTTPServerError.self) {
            _ = try HTTPServer(host: "no such host", port: 1, limits: HTTPLimits()) { _, _ in }
        }
        first.stop()
    }
}

/// Eight keep-alive connections that ask again as soon as they are answered, until the server hangs up.
private func askUntilClosed(_ port: Int) {
    var sockets: [Int32] = []
    for _ in 0..<8 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if connected == 0 { sockets.append(descriptor) } else { close(descriptor) }
    }
    let request = Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
    var answer = [UInt8](repeating: 0, count: 4096)
    while !sockets.isEmpty {
        for descriptor in sockets { _ = send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) }
        sockets.removeAll { descriptor in
            guard read(descriptor, &answer, answer.count) <= 0 else { return false }
            close(descriptor)
            return true
        }
    }
}
