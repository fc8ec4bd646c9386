import Foundation
import TestSupport
import Testing

/// A scenario that is changed from another terminal reaches the collector's view, sixty times as fast as by the clock.
struct ScenarioSwitchTests {
    @Test func aSwitchReachesTheCollectorsView() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: "\(folder.path)/collector")
        let fleet = try Program(
            "forewarn-collector",
            [
                "simulate", "--collector", collector.url, "--past", "30m", "--speed", "60", "--control", "127.0.0.1:0",
            ])
        let isOpen = try await eventually(within: 120) { fleet.text.contains("at=127.0.0.1:") || !fleet.isRunning }
        #expect(isOpen)
        let start = try #require(fleet.text.range(of: "at=")?.upperBound, "\(fleet.text)")
        let control = String(fleet.text[start...].prefix { !$0.isWhitespace })
        #expect(try await ill(collector) <= 2)

        let wrong = try Program.run("forewarn-collector", ["simulate", "scenario", "doom", "--control", control])
        #expect(wrong.status == 2 && wrong.text.contains("healthy, degrading, critical, cascade"))
        let set = try Program.run("forewarn-collector", ["simulate", "scenario", "critical", "--control", control])
        #expect(set.status == 0 && set.text.hasPrefix("critical since "), "\(set.text)")
        let isSeen = try await eventually(within: 120) { try await ill(collector) >= 5 }
        #expect(isSeen, "\(fleet.text)")
        let shown = try Program.run("forewarn-collector", ["simulate", "scenario", "--control", control])
        #expect(shown.text.contains("swap_thrash") && shown.text.contains("breach "), "\(shown.text)")
        #expect(fleet.end() == 0, "\(fleet.text)")
        let nobody = try Program.run("forewarn-collector", ["simulate", "scenario", "--control", control])
        #expect(nobody.status == 1 && nobody.text.contains("no fleet plays at \(control)"))
        #expect(collector.program.end() == 0, "\(collector.program.text)")
    }

    /// Hosts at Warning or worse.
    private func ill(_ collector: RunningCollector) async throws -> Int {
        let levels = try await collector.get("/api/v1/fleet").object["levels"] as? [String: Int] ?? [:]
        return ["Imminent Failure", "Critical", "Danger", "Warning"].reduce(0) { $0 + (levels[$1] ?? 0) }
    }
}
