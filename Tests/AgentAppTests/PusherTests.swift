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
        let spool: Spool
        let shared: Locked<Shared>
        let logged = Locked<[String]>([])
        var pusher: Pusher
        private var made = 0.0

        init(_ servers: StubServer..., token: String? = nil) throws {
            folder = try Folder()
            var config = AgentConfig()
            config.collectors = servers.map(\.url)
            config.state = folder.path
            var limits = Spool.Limits()
            limits.newestMax = 10
            spool = try Spool(directory: "\(folder.path)/spool", limits: limits, now: 0, timeOf: Batch.time)
            shared = Locked(Shared(spool: SpoolStatus(spool)))
            let logged = logged
            let log = Log { level, line in logged.withLock { $0.append("\(level.rawValue) \(line)") } }
            pusher = try Pusher(
                config: config, token: token.map { Secret($0) }, host: "h", spool: spool, shared: shared,
                deadline: StopDeadline(), log: log, clock: .system)
        }

        func add(_ count: Int) {
            shared.withLock { shared in
                for _ in 0..<count {
                    made += 1
                    shared.intake.add(Array("[\(made)]".utf8), time: made)
                }
            }
        }

        /// One push of the newest, whatever is due, and of the backlog if its slot is. How long to wait after a
        /// failure.
        @discardableResult
        func push() -> Double? {
            let before = Clock.monotonicSeconds()
            pusher.step(isLast: true)
            let delay = pusher.schedule.newestDue - before
            return pusher.hasContact ? nil : delay
        }

        /// Until nothing waits, as long as it takes.
        func drain(seconds: Double = 10) -> Bool {
            let end = Clock.monotonicSeconds() + seconds
            while waiting > 0, Clock.monotonicSeconds() < end {
                pusher.step(isLast: true)
                usleep(10_000)
            }
            return waiting == 0
        }

        var waiting: Int { shared.withLock { $0.spool.waiting + $0.intake.items.count } }
        var lines: [String] { logged.withLock { $0 } }
    }

    @Test func theNewestGoFirstAndTheBacklogBesideThemOnOneConnection() throws {
        let server = try StubServer { _ in
            .stored(headers: ["Backlog": "records=300, after=0"])
        }
        defer { server.stop() }
        let bench = try Bench(server, token: "s3cret")
        bench.add(750)
        #expect(bench.drain())
        let sent = try server.requests.map(Wire.sequences)
        #expect(sent.map(\.count) == [10, 300, 300, 140] && sent[0] == Array(741...750))
        #expect(sent.flatMap { $0 }.sorted() == Array(1...750))
        #expect(Set(server.requests.map(\.connection)) == [1])
        #expect(server.requests.first?.headers["authorization"] == "Bearer s3cret")
        #expect(bench.lines == ["info the collector takes our records collector=\(server.url)"])
        // It was asked for a slot while something waited, and not once there was nothing.
        let asked = try server.requests.map { try Wire.body($0)["backlog"] as? Int }
        #expect(asked == [740, 440, 140, nil])
        bench.add(3)
        bench.push()
        #expect(try Wire.sequences(#require(server.requests.last)) == [751, 752, 753])
        // Success is nothing to talk about twice.
        #expect(bench.lines.count == 1 && !bench.lines.joined().contains("s3cret"))
    }

    @Test func aSlotThatIsLaterHoldsTheBacklogAndNotTheNewest() throws {
        let server = try StubServer { _ in .status(204, headers: ["Backlog": "records=100, after=0.5"]) }
        defer { server.stop() }
        let bench = try Bench(server)
        bench.add(300)
        for _ in 0..<5 {
            bench.add(1)
            bench.push()
        }
        #expect(try server.requests.flatMap(Wire.sequences) == Array(292...305))
        usleep(600_000)
        bench.push()
        #expect(try Wire.sequences(#require(server.requests.last)) == Array(1...100))
        #expect(bench.waiting == 191)
    }

    @Test func gapsAreToldUntilTheyAreTaken() throws {
        let isUp = Locked(false)
        let server = try StubServer { _ in isUp.withLock { $0 } ? .status(204) : .status(503) }
        defer { server.stop() }
        let bench = try Bench(server)
        bench.spool.skip(4, from: 1, to: 2)
        bench.add(1)
        bench.push()
        isUp.withLock { $0 = true }
        bench.push()
        bench.add(1)
        bench.push()
        let gaps = try server.requests.map { try Wire.body($0)["gaps"] as? [[String: Any]] }
        #expect(gaps.map { $0?.count } == [1, 1, nil])
        #expect(gaps[0]?.first?["first"] as? Int == 1 && gaps[0]?.first?["last"] as? Int == 4)
    }

    @Test func theHeadIsToldOnceAndWhenItChanges() throws {
        let server = try StubServer { _ in .status(204) }
        defer { server.stop() }
        let bench = try Bench(server)
        for cpus in [4, 4, 8, 8] {
            bench.shared.withLock { $0.cpus = cpus }
            bench.add(1)
            bench.push()
        }
        #expect(try server.requests.map { try Wire.body($0)["cpus"] as? Int } == [4, nil, 8, nil])
        // Every header costs with each push.
        let headers = server.requests.map { Set($0.headers.keys) }
        #expect(headers.allSatisfy { $0 == ["host", "content-type", "content-encoding", "content-length"] })
    }

    @Test func anotherCollectorTakesOver() throws {
        let isUp = Locked(false)
        let first = try StubServer { _ in isUp.withLock { $0 } ? .status(204) : .close }
        let second = try StubServer { _ in .status(204) }
        defer { [first, second].forEach { $0.stop() } }
        let bench = try Bench(first, second)
        for _ in 0..<3 {
            bench.add(1)
            #expect(bench.push() == nil && bench.waiting == 0)
        }
        #expect(try second.requests.flatMap(Wire.sequences) == [1, 2, 3])
        // It answers, so the first is left alone.
        #expect(first.requests.count == 1 && bench.lines.contains { $0.contains("another collector") })
        // To it everything was new.
        #expect(try second.requests.map { try Wire.body($0)["agent"] != nil } == [true, true, false])
    }

    @Test func noAnswerEndsWithTheTimeoutAndSamplesAreKeptMeanwhile() throws {
        let server = try StubServer { _ in .hang }
        defer { server.stop() }
        let bench = try Bench(server)
        bench.pusher.timeoutSeconds = 2.5
        bench.add(1)
        let shared = bench.shared
        _ = OwnThread("sampler") {
            usleep(200_000)
            shared.withLock { $0.intake.add(Array("[2]".utf8), time: 2) }
        }
        let start = Clock.monotonicSeconds()
        let delay = bench.push()
        #expect((2.4...4).contains(Clock.monotonicSeconds() - start) && delay != nil)
        // On disk before the request had ended.
        #expect(bench.spool.nextSequence == 3 && shared.withLock { $0.intake.isEmpty })
    }

    @Test(
        arguments: [
            .status(503), .status(429, headers: ["Retry-After": "30"]), .status(408), .close, .raw("garbage"),
            .raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut"), .status(302, headers: ["Location": "http://x/"]),
            .status(200, headers: ["Content-Type": "text/html"], body: "<html>login</html>"),
            .status(200, body: "hello, I am a mail server"), .status(202),
            .raw("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 10 << 20)),
        ] as [StubServer.Answer])
    func whatMayPassIsKeptAndSentAgain(answer: StubServer.Answer) throws {
        let isHealed = Locked(false)
        let server = try StubServer { _ in isHealed.withLock { $0 } ? .status(204) : answer }
        defer { server.stop() }
        let bench = try Bench(server)
        bench.add(5)
        for _ in 0..<3 {
            let failed = bench.push()
            let delay = try #require(failed)
            #expect((0.09...40).contains(delay) && bench.waiting == 5)
        }
        if case .status(429, _, _) = answer {
            // Once asked to wait, it is not asked again before.
            let delay = bench.push() ?? 0
            #expect(delay >= 29 && server.requests.count == 1)
            return
        }
        isHealed.withLock { $0 = true }
        let delay = bench.push()
        #expect(delay == nil && bench.waiting == 0)
        #expect(bench.lines.count == 2)
        #expect(bench.lines[0].hasPrefix("warning lost contact") && bench.lines[1].hasPrefix("info regained contact"))
        #expect(bench.lines[1].hasSuffix("waiting=5"))
    }

    @Test func whatIsNeverTakenIsSetAsideAndDoesNotBlock() throws {
        let server = try StubServer { request in
            let sequences = (try? Wire.sequences(request)) ?? []
            return sequences.contains(1) ? .status(400, body: #"{"rule":"no such host"}"#) : .status(204)
        }
        defer { server.stop() }
        let bench = try Bench(server)
        bench.add(5)
        bench.push()
        bench.add(5)
        bench.push()
        #expect(bench.waiting == 0)
        #expect(try server.requests.flatMap(Wire.sequences) == Array(1...10))
        let kept = try FileManager.default.contentsOfDirectory(atPath: "\(bench.folder.path)/rejected")
        #expect(kept == ["0000000000000001.json"])
        #expect(bench.lines[0].hasPrefix("error the collector will not take a batch"))
        #expect(bench.lines[0].contains("no such host") && bench.lines[0].contains("records=5"))
        let last = try #require(server.requests.last)
        let gap = (try Wire.body(last)["gaps"] as? [[String: Any]])?.first
        #expect(gap?["first"] as? Int == 1 && gap?["last"] as? Int == 5 && gap?["reason"] as? String == "rejected")
        #expect(bench.spool.gaps.isEmpty && bench.spool.dropped == 5)
    }

    @Test func refusedRecordsAreLoggedAndNotRetried() throws {
        let server = try StubServer { _ in
            .stored(refused: #"[{"index":2,"rule":"range"}]"#)
        }
        defer { server.stop() }
        let bench = try Bench(server)
        bench.add(5)
        let delay = bench.push()
        #expect(delay == nil && bench.waiting == 0 && server.requests.count == 1)
        #expect(bench.lines.contains { $0.contains("refused records") && $0.contains("range") })
    }

    @Test func nobodyThereIsNoLoss() throws {
        let server = try StubServer { _ in .status(204) }
        let bench = try Bench(server)
        server.stop()
        usleep(50_000)
        bench.add(5)
        let delay = bench.push()
        #expect(delay != nil && bench.waiting == 5)
    }

    /// Of two collectors one refuses; the other takes it, is away, or refuses too.
    @Test(
        arguments: [
            (404, .status(204), false), (400, .status(204), false), (404, .close, false),
            (404, .status(429, headers: ["Retry-After": "9"]), false), (404, .status(403), true), (400, .close, true),
        ] as [(Int, StubServer.Answer, Bool)])
    func aRefusalIsFinalWhenNobodyElseMayTakeIt(status: Int, other: StubServer.Answer, isSetAside: Bool) throws {
        let (first, second) = (try StubServer { _ in .status(status, body: "no") }, try StubServer { _ in other })
        defer { [first, second].forEach { $0.stop() } }
        let bench = try Bench(first, second)
        bench.add(5)
        bench.push()
        let isTaken = if case .status(204, _, _) = other { true } else { false }
        #expect(first.requests.count == 1 && second.requests.count == 1)
        #expect(bench.waiting == (isSetAside || isTaken ? 0 : 5) && bench.spool.dropped == (isSetAside ? 5 : 0))
        #expect(FileManager.default.fileExists(atPath: "\(bench.folder.path)/rejected") == isSetAside)
    }

    @Test func aBacklogThatIsRefusedIsNoLostContact() throws {
        let server = try StubServer { request in
            let isOld = ((try? Wire.sequences(request)) ?? []).contains(1)
            return isOld ? .status(503, body: "later") : .status(204, headers: ["Backlog": "records=100, after=0"])
        }
        defer { server.stop() }
        let bench = try Bench(server)
        bench.add(300)
        for _ in 0..<3 {
            bench.push()
            bench.add(1)
        }
        #expect(
            bench.pusher.hasContact && bench.lines.count == 2 && bench.lines[1].contains("does not take the backlog"))
        let newest = try server.requests.filter { try !Wire.sequences($0).contains(1) }
        #expect(try newest.map { try Wire.body($0)["agent"] != nil } == [true, false, false])
    }

    @Test func anotherReasonIsToldWhileContactIsLost() throws {
        let present = Locked(StubServer.Answer.status(503))
        let server = try StubServer { _ in present.withLock { $0 } }
        defer { server.stop() }
        let bench = try Bench(server)
        bench.add(1)
        for answer in [.status(503), .status(503), .status(500), .close, .close] as [StubServer.Answer] {
            present.withLock { $0 = answer }
            bench.pusher.reasonSeconds = 0
            bench.push()
        }
        #expect(bench.lines.count == 3 && bench.lines[1].contains("still no contact"), "\(bench.lines)")
        #expect(bench.lines[1].contains("status 500") && !bench.lines[2].contains("status"))
        // Not more often than now and then.
        bench.pusher.reasonSeconds = 60
        present.withLock { $0 = .status(502) }
        bench.push()
        #expect(bench.lines.count == 3)
        #expect(Pusher.kind(of: "no answer for 12 ms") == Pusher.kind(of: "no answer for 7 ms"))
    }

    /// What SIGHUP brings: at once, and with its own token.
    @Test func anotherCollectorIsAskedAtOnceWithItsToken() throws {
        let first = try StubServer { _ in .status(429, headers: ["Retry-After": "60"]) }
        let second = try StubServer { _ in .status(204) }
        defer { [first, second].forEach { $0.stop() } }
        let bench = try Bench(first, token: "old")
        bench.add(3)
        bench.push()
        var config = bench.pusher.config
        config.collectors = [second.url]
        let client = try Pusher.client(config, stopping: StopDeadline())
        bench.shared.withLock { [config] in $0.renewed = (config, client, Secret("new")) }
        bench.pusher.step()
        #expect(first.requests.map { $0.headers["authorization"] } == ["Bearer old"])
        #expect(second.requests.map { $0.headers["authorization"] } == ["Bearer new"] && bench.waiting == 0)
    }
}
