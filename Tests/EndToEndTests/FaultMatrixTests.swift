import Daemon
import Foundation
import TestSupport
import Testing

/// Everything that goes wrong between a sample and the collector's disk, through the real programs and real sockets.
/// Every case ends with: samples made = samples stored + samples declared lost, and none is stored twice.
/// One after the other: a dozen programs at once are enough for any machine.
@Suite(.serialized)
struct FaultMatrixTests {
    /// What may happen on the way. Nothing of it loses a sample.
    enum Way: String, CaseIterable {
        case down, slow, tooMany, unavailable, resets, answersLost, answersCut, garbage, notFollowed, tenMegabytes

        var fault: Relay.Fault {
            switch self {
            case .down: .answer(.close)
            case .slow: .slow(seconds: 0.7)
            case .tooMany: .answer(.status(429, headers: ["Retry-After": "1"]))
            case .unavailable: .answer(.status(503, body: "full"))
            case .resets: .answer(.close)
            case .answersLost: .answerLost
            case .answersCut: .answerCut
            case .garbage: .answer(.raw("\u{0}\u{1}garbage\r\n\r\n"))
            case .notFollowed: .answer(.status(307, headers: ["Location": "http://127.0.0.1:1/"]))
            case .tenMegabytes: .answer(.raw("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 10 << 20)))
            }
        }
    }

    @Test func nothingOnTheWayLosesASample() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for way in Way.allCases { group.addTask { try await Self.go(way, collector, folder) } }
            try await group.waitForAll()
        }
        collector.program.end()
    }

    private static func go(_ way: Way, _ collector: RunningCollector, _ folder: TemporaryFolder) async throws {
        let relay = try Relay(to: collector.url)
        defer { relay.close() }
        let ledger = try Ledger("way-\(way.rawValue.lowercased())", database: "\(folder.path)/forewarn.sqlite")
        let agent = try ledger.start(relay.url)
        #expect(try await eventually(within: 20) { relay.times.count >= 3 }, "\(agent.text)")

        let before = relay.times.count
        if way == .down { relay.close() } else { relay.fault = way.fault }
        try await Task.sleep(for: .seconds(2.5))
        let during = Array(relay.times.dropFirst(before))
        if way == .down { try relay.open() } else { relay.fault = nil }
        if way == .tooMany {
            for (one, next) in zip(during, during.dropFirst()) { #expect(next - one >= 0.99, "asked to wait a second") }
        }
        #expect(way == .down || !during.isEmpty, "\(way)")

        let account = try ledger.check(try await ledger.settle(agent, relay.url))
        #expect(account.lostCount == 0 && account.stored.count > 20, "\(way): \(agent.text)")
    }

    /// A collector that is killed and comes back, with everything it answered.
    @Test func aCollectorThatIsKilledLosesNothing() async throws {
        let folder = try TemporaryFolder()
        var collector = try await RunningCollector(state: folder.path)
        let port = String(collector.url.drop { $0 != ":" }.dropFirst().drop { $0 != ":" }.dropFirst())
        let ledger = try Ledger("killed-collector", database: "\(folder.path)/forewarn.sqlite")
        let agent = try ledger.start(collector.url)
        for _ in 0..<3 {
            try await Task.sleep(for: .seconds(1))
            collector.program.end(SIGKILL)
            try await Task.sleep(for: .milliseconds(500))
            collector = try await RunningCollector(state: folder.path, port: port)
        }
        let account = try ledger.check(try await ledger.settle(agent, collector.url))
        #expect(account.lostCount == 0 && account.stored.count > 20)
        collector.program.end()
    }

    /// What the collector will never take is kept aside, declared, and blocks nothing.
    @Test func whatIsRejectedIsDeclared() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let relay = try Relay(to: collector.url)
        defer { relay.close() }
        let ledger = try Ledger("rejected", database: "\(folder.path)/forewarn.sqlite")
        let agent = try ledger.start(relay.url)
        #expect(try await eventually(within: 20) { relay.times.count >= 3 })
        relay.fault = .answer(.status(403, body: #"{"detail":"not here"}"#))
        try await Task.sleep(for: .seconds(1))
        relay.fault = nil
        let account = try ledger.check(try await ledger.settle(agent, relay.url))
        #expect(account.lostCount > 0 && account.reasons == ["rejected"])
        let shown = try await collector.get("/api/v1/hosts/rejected").object
        let boot = try #require((shown["sequences"] as? [[String: Any]])?.first)
        #expect(boot["declared_lost"] as? Int == Int(account.lostCount) && boot["unexplained"] as? Int == 0)
        #expect((shown["gaps"] as? [[String: Any]])?.count == account.lost.count)
        collector.program.end()
    }

    /// Fifty kills at random moments, ten of each of five agents, each going on with what the one before left.
    @Test func aKillLosesNoMoreThanItsLastSecond() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let ledgers = try (0..<5).map { try Ledger("kill-\($0)", database: "\(folder.path)/forewarn.sqlite") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for ledger in ledgers {
                group.addTask { try await Self.kill(ledger, tenTimes: collector.url) }
            }
            try await group.waitForAll()
        }
        collector.program.end()
    }

    private static func kill(_ ledger: Ledger, tenTimes url: String) async throws {
        var kills: [(start: Double, end: Double)] = []
        for _ in 0..<10 {
            let start = Date().timeIntervalSince1970
            let agent = try ledger.start(url)
            try await Task.sleep(for: .milliseconds(Int.random(in: 100...1500)))
            agent.end(SIGKILL)
            kills.append((start, Date().timeIntervalSince1970))
        }
        let account = try ledger.check(try await ledger.settle(nil, url))
        #expect(account.lostCount == 0, "a kill leaves every record that had its sequence: \(account.lost)")
        #expect(account.stored.count > 20)
        // A machine that stood still for seconds let the agent sample no more than it let this test kill.
        let prompt = kills.filter { $0.end - $0.start < 2.5 }
        #expect(prompt.count >= 5, "the machine stood still at \(kills.count - prompt.count) of 10 kills")
        for kill in prompt {
            // Where it was sampling at all, it was until a second before its end.
            let made = account.times.filter { $0 > kill.start && $0 < kill.end }
            if let first = made.first, let last = made.last, first < kill.end - 1 { #expect(last > kill.end - 1.1) }
        }
    }
}
