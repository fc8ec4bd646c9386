import Foundation
import TestSupport
import Testing

/// What was answered with 2xx is there after kill -9.
struct DurabilityTests {
    @Test func nothingAnsweredIsLost() async throws {
        let folder = try TemporaryFolder()
        let start = Date().timeIntervalSince1970.rounded() - 3000
        var answered: [String: Int] = [:]
        for round in 0..<3 {
            let collector = try await RunningCollector(state: folder.path)
            let counts = await withTaskGroup(of: (String, Int).self) { group in
                for client in 0..<8 {
                    group.addTask {
                        await Self.push("host\(client)", from: start + Double(round) * 1000, to: collector)
                    }
                }
                // Not before there is something to lose, however slow the machine.
                let stored = try? await eventually(within: 60, every: 0.02) {
                    try await collector.get("/status").object["samples_stored"] as? Int ?? 0 > 150
                }
                if stored != true { Issue.record("the collector stores too slowly to be tried") }
                collector.program.end(SIGKILL)
                var counts: [String: Int] = [:]
                for await (host, count) in group { counts[host] = count }
                return counts
            }
            for (host, count) in counts { answered[host, default: 0] += count }
        }
        let collector = try await RunningCollector(state: folder.path)
        var stored = 0
        for (host, count) in answered {
            let answer = try await collector.get(
                "/api/v1/hosts/\(host)/series?metric=cpu_user_pct&resolution=raw&from=\(Int(start))")
            let points = answer.object["points"] as? [[Any]] ?? []
            // A batch may be on disk whose answer was killed on its way; one that was answered must be.
            #expect(points.count >= count, "\(host)")
            stored += points.count
        }
        #expect(answered.values.reduce(0, +) > 100, "the load was too small to show anything")
        #expect(stored >= answered.values.reduce(0, +))
        collector.program.end()
    }

    /// Pushes batches of three, one after the other, until the collector is gone; answers how many records were
    /// answered 2xx.
    private static func push(_ host: String, from start: Double, to collector: RunningCollector) async -> (String, Int)
    {
        var sent = 0
        var answered = 0
        while sent < 900 {
            let records = (0..<3).map { #"{"time":\#(start + Double(sent + $0)),"cpu_user_pct":1}"# }
            sent += 3
            let body = #"{"host":"\#(host)","records":[\#(records.joined(separator: ","))]}"#
            guard let answer = try? await collector.post("/api/v1/samples", body), answer.status == 200 else { break }
            answered += 3
        }
        return (host, answered)
    }
}
