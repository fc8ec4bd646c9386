import Foundation
import TestSupport
import Testing

/// What a restart must not change, and what must not stop a collector from ending.
struct RestartTests {
    @Test func aSilentHostKeepsItsLastScore() async throws {
        let folder = try TemporaryFolder()
        let first = try await RunningCollector(state: folder.path)
        let start = Date().timeIntervalSince1970 - 900
        let records = (0..<120).map {
            #"{"time":\#(start + Double($0) * 5),"mem_used_pct":99,"cpu_iowait_pct":45,"swap_used_pct":60}"#
        }
        let answer = try await first.post(
            "/api/v1/samples", #"{"host":"hot","cpus":8,"records":[\#(records.joined(separator: ","))]}"#)
        #expect(answer.object["accepted"] as? Int == 120, "\(answer.text)")
        first.program.end(SIGKILL)

        let second = try await RunningCollector(state: folder.path)
        let risk = try await second.get("/api/v1/hosts/hot/risk").object
        #expect(risk["score"] is NSNull)
        #expect(try #require(risk["last_score"] as? Double) > 80, "\(risk)")
        #expect(try await second.get("/api/v1/fleet").object["status"] as? String == "unknown")
        second.program.end()
    }

    @Test func endsUnderLoad() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let start = Date().timeIntervalSince1970 - 3000
        await withTaskGroup(of: Void.self) { group in
            for client in 0..<16 {
                group.addTask {
                    for batch in 0..<2000 {
                        let body =
                            #"{"host":"h\#(client)","records":[{"time":\#(start + Double(batch)),"cpu_user_pct":1}]}"#
                        guard (try? await collector.post("/api/v1/samples", body))?.status == 200 else { return }
                    }
                }
            }
            try? await Task.sleep(for: .milliseconds(500))
            let status = collector.program.end(SIGTERM)
            #expect(status == 0, "\(collector.program.text)")
        }
    }
}
