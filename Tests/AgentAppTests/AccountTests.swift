import Daemon
import Foundation
import HTTPClient
import Spool
import Telemetry
import TestSupport
import Testing

@testable import AgentApp

/// What no test from outside can bring about, against a real collector: samples made = stored + declared lost.
struct AccountTests {
    /// A pusher of a host of its own, whose clock the test sets.
    final class Host {
        let folder: Folder
        let spool: Spool
        let shared: Locked<Shared>
        var pusher: Pusher
        /// What the host's clock is ahead of the collector's.
        var ahead = 0.0
        private(set) var made = 0
        private let start = Date().timeIntervalSince1970 - 600

        init(_ name: String, _ collector: RunningCollector, _ change: (inout Spool.Limits) -> Void = { _ in }) throws {
            folder = try Folder()
            var config = AgentConfig()
            config.collectors = [collector.url]
            config.state = folder.path
            config.interval = 1
            var limits = Spool.Limits()
            limits.newestMax = 16
            change(&limits)
            spool = try Spool(directory: "\(folder.path)/spool", limits: limits, now: 0, timeOf: Batch.time)
            shared = Locked(Shared(spool: SpoolStatus(spool)))
            pusher = try Pusher(
                config: config, token: nil, host: name, spool: spool, shared: shared, deadline: StopDeadline(),
                log: Log { _, _ in }, clock: .system)
        }

        /// Samples of the last ten minutes, never two of one moment: they would be one sample.
        func sample(_ count: Int) {
            for _ in 0..<count {
                let time = start + Double(made) / 100 + ahead
                let record = Record(host: "", time: time, values: [.cpuUser: 5, .loadAverage: 1])
                shared.withLock { $0.intake.add(Batch.payload(of: record), time: record.time) }
                made += 1
            }
        }

        func drain(seconds: Double = 30) throws {
            let end = Clock.monotonicSeconds() + seconds
            repeat {
                pusher.step(isLast: true)
                usleep(20_000)
            } while spool.waiting > 0 && Clock.monotonicSeconds() < end
            // One more, so that what has become a gap with the last is told, too.
            sample(1)
            pusher.step(isLast: true)
            #expect(spool.waiting == 0 && spool.gaps.isEmpty)
            #expect(spool.nextSequence == UInt64(made) + 1)
        }
    }

    struct Shown {
        var received = 0
        var declared = 0
        var unexplained = 0
        var reasons: Set<String> = []
    }

    private func shown(_ name: String, _ collector: RunningCollector) async throws -> Shown {
        let object = try await collector.get("/api/v1/hosts/\(name)").object
        var shown = Shown()
        for boot in try #require(object["sequences"] as? [[String: Any]]) {
            shown.received += boot["received"] as? Int ?? 0
            shown.declared += boot["declared_lost"] as? Int ?? 0
            shown.unexplained += boot["unexplained"] as? Int ?? 0
        }
        for gap in object["gaps"] as? [[String: Any]] ?? [] { shown.reasons.insert(gap["reason"] as? String ?? "") }
        return shown
    }

    /// An hour back: they are late samples. An hour forth: the collector takes none of the future, and says so.
    @Test func aClockThatStepsAnHour() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let host = try Host("steps", collector)
        for ahead in [0, -3600, 0, 3600, 0] as [Double] {
            host.ahead = ahead
            host.sample(10)
            host.pusher.step(isLast: true)
        }
        // In one batch with good ones, too.
        host.sample(3)
        host.ahead = 3600
        host.sample(3)
        host.ahead = 0
        host.sample(3)
        try host.drain()
        let shown = try await shown("steps", collector)
        #expect(shown.received + shown.declared == host.made && shown.unexplained == 0, "\(shown)")
        #expect(shown.declared == 13 && shown.reasons == ["rejected", "refused"], "\(shown)")
        collector.program.end()
    }

    @Test func whatTheSpoolDropsIsDeclared() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let host = try Host("drops", collector) { $0.bytesMax = 64 << 10 }
        host.sample(10)
        host.pusher.step(isLast: true)
        for _ in 0..<4 {
            host.sample(600)
            host.pusher.keep()
        }
        let lost = Int(host.spool.dropped)
        #expect(lost > 500)
        try host.drain()
        let shown = try await shown("drops", collector)
        #expect(shown.received + shown.declared == host.made && shown.unexplained == 0, "\(shown)")
        #expect(shown.declared == lost && shown.reasons == ["spool_bytes"], "\(shown)")
        collector.program.end()
    }

    /// A disk that hangs for hours: the sampling thread goes on, and what it cannot hand over is declared.
    @Test func whatTheIntakeCannotHoldIsDeclared() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let host = try Host("hangs", collector)
        host.sample(40_000)
        let lost = try #require(host.shared.withLock { $0.intake.lost?.count })
        try host.drain(seconds: 60)
        let shown = try await shown("hangs", collector)
        #expect(shown.declared == Int(lost) && shown.received == host.made - Int(lost), "\(shown)")
        #expect(shown.unexplained == 0 && shown.reasons == ["memory"])
        collector.program.end()
    }
}
