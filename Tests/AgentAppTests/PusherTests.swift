import Compression
import Daemon
import Foundation
import HTTPClient
import Spool
import TestSupport
import Testing

@testable import AgentApp

/// One push after another against a collector that behaves as told. Every case ends with: records made are records the
/// collector has, plus records that wait, plus records set aside.
struct PusherTests {
    /// A pusher, its spool and what it logged.
    final class Bench {
        let folder: Folder
        let shared: Locked<Shared>
        let logged = Locked<[String]>([])
        var pusher: Pusher

        init(_ server: StubServer, token: String? = nil) throws {
            folder = try Folder()
            var config = AgentConfig()
            config.collector = server.url
            config.state = folder.path
            let spool = try Spool(directory: "\(folder.path)/spool", now: 0)
            shared = Locked(Shared(spool: spool, token: token.map { Secret($0) }))
            let logged = logged
            let log = Log { level, line in logged.withLock { $0.append("\(level.rawValue) \(line)") } }
            pusher = try Pusher(
                config: config, host: "h", shared: shared, deadline: StopDeadline(), log: log, clock: .system)
        }

        func add(_ count: Int) {
            shared.withLock { shared in
                for _ in 0..<count { shared.spool.append(now: 0) { Array("{\"sequence\":\($0)}".utf8) } }
            }
        }

        var waiting: Int { shared.withLock { $0.spool.waiting } }
        var lines: [String] { logged.withLock { $0 } }
    }

    /// The sequences of a request's records.
    static func sequences(_ request: StubServer.Request) throws -> [Int] {
        #expect(request.headers["content-encoding"] == "gzip" && request.path == "/api/v1/samples")
        let body = try gunzip(request.body, limitBytes: 1 << 20)
        let json = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        return (json?["records"] as? [[String: Int]])?.compactMap { $0["sequence"] } ?? []
    }

    @Test func aBacklogGoesBatchAfterBatchOnOneConnection() throws {
        let server = try StubServer { _ in .status(200, body: #"{"status":"ok","refused":[]}"#) }
        defer { server.stop() }
        let bench = try Bench(server, token: "s3cret")
        bench.add(750)
        let delay = bench.pusher.pushAll()
        #expect(delay == nil && bench.waiting == 0)
        #expect(try server.requests.map { try Self.sequences($0).count } == [300, 300, 150])
        #expect(try server.requests.flatMap(Self.sequences) == Array(1...750))
        #expect(Set(server.requests.map(\.connection)) == [1])
        #expect(server.requests.first?.headers["authorization"] == "Bearer s3cret")
        #expect(bench.lines == ["info the collector takes our records collector=\(server.url)"])
        bench.add(3)
        let again = bench.pusher.pushAll()
        #expect(again == nil)
        // Success is nothing to talk about twice.
        #expect(bench.lines.count == 1 && !bench.lines.joined().contains("s3cret"))
    }

    @Test(
        arguments: [
            .status(503), .status(429, headers: ["Retry-After": "30"]), .status(408), .close, .raw("garbage"),
            .raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut"), .status(302, headers: ["Location": "http://x/"]),
            .status(200, headers: ["Content-Type": "text/html"], body: "<html>login</html>"),
            .raw("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 10 << 20)),
        ] as [StubServer.Answer])
    func whatMayPassIsKeptAndSentAgain(answer: StubServer.Answer) throws {
        let isHealed = Locked(false)
        let server = try StubServer { _ in isHealed.withLock { $0 } ? .status(200) : answer }
        defer { server.stop() }
        let bench = try Bench(server)
        bench.add(5)
        for _ in 0..<3 {
            let failed = bench.pusher.pushAll()
            let delay = try #require(failed)
            #expect((0.1...40).contains(delay) && bench.waiting == 5)
        }
        if case .status(429, _, _) = answer {
            let delay = bench.pusher.pushAll() ?? 0
            #expect(delay >= 30)
        }
        isHealed.withLock { $0 = true }
        let delay = bench.pusher.pushAll()
        #expect(delay == nil && bench.waiting == 0)
        #expect(bench.lines.count == 2)
        #expect(bench.lines[0].hasPrefix("warning lost contact") && bench.lines[1].hasPrefix("info regained contact"))
        #expect(bench.lines[1].hasSuffix("waiting=5"))
    }

    @Test func whatIsNeverTakenIsSetAsideAndDoesNotBlock() throws {
        let server = try StubServer { request in
            let sequences = (try? Self.sequences(request)) ?? []
            return sequences.contains(1) ? .status(400, body: #"{"rule":"no such host"}"#) : .status(200)
        }
        defer { server.stop() }
        let bench = try Bench(server)
        bench.add(400)
        let delay = bench.pusher.pushAll()
        #expect(delay == nil && bench.waiting == 0)
        #expect(try server.requests.flatMap(Self.sequences) == Array(1...400))
        let kept = try FileManager.default.contentsOfDirectory(atPath: "\(bench.folder.path)/rejected")
        #expect(kept == ["0000000000000001.json"])
        #expect(bench.lines[0].hasPrefix("error the collector will not take a batch"))
        #expect(bench.lines[0].contains("no such host") && bench.lines[0].contains("records=300"))
    }

    @Test func refusedRecordsAreLoggedAndNotRetried() throws {
        let server = try StubServer { _ in
            .status(200, body: #"{"status":"ok","accepted":4,"refused":[{"index":2,"rule":"range"}]}"#)
        }
        defer { server.stop() }
        let bench = try Bench(server)
        bench.add(5)
        let delay = bench.pusher.pushAll()
        #expect(delay == nil && bench.waiting == 0 && server.requests.count == 1)
        #expect(bench.lines.contains { $0.contains("refused records") && $0.contains("range") })
    }

    @Test func nobodyThereIsNoLoss() throws {
        let server = try StubServer { _ in .status(200) }
        let bench = try Bench(server)
        server.stop()
        usleep(50_000)
        bench.add(5)
        let delay = bench.pusher.pushAll()
        #expect(delay != nil && bench.waiting == 5)
    }
}
