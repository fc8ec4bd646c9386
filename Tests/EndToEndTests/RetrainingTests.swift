import Foundation
import TestSupport
import Testing

/// Training by schedule, as a process beside the collector.
struct RetrainingTests {
    let state: TemporaryFolder
    let configuration: String

    init() throws {
        state = try TemporaryFolder()
        configuration = "\(state.path)/collector.yaml"
    }

    private func start(minutes: Double) async throws -> RunningCollector {
        try """
        models:
          retrain: {enabled: true, every: 10s, minutes: \(minutes), days: 3, min_hosts: 5, min_days: 0}
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        return try await RunningCollector(state: state.path, ["--config", configuration])
    }

    /// Two days of six hosts, a sample each five minutes.
    private func fill(_ collector: RunningCollector) async throws {
        let end = Int(Date().timeIntervalSince1970) / 300 * 300
        for host in 0..<6 {
            let records = (0..<576).map { step -> String in
                let wave = 20 * sin(Double(step) / 30 + Double(host)) + Double((step * 7 + host) % 5)
                return """
                    {"time": \(end - (576 - step) * 300 + 5), "cpu_user_pct": \(30 + wave),
                    "mem_used_pct": \(50 + wave / 2), "load_average": \(2 + wave / 20), "swap_used_pct": 0}
                    """
            }
            let list = records.joined(separator: ",")
            let body = #"{"host": "ppweb00\#(host)", "interval_seconds": 300, "records": [\#(list)]}"#
            let answer = try await collector.post("/api/v1/import", body)
            try #require(answer.status < 300, "\(answer.text)")
        }
    }

    private func trainer() throws -> Int32? {
        let line = try Program.shell("pgrep -f '[f]orewarn-collector train .*--from \(state.path)'")
        return Int32(line.split(separator: "\n").first ?? "")
    }

    private func journal(_ collector: RunningCollector) async throws -> [String] {
        let all = try await collector.get("/api/v1/models").object["journal"] as? [[String: Any]]
        return all?.compactMap { $0["deed"] as? String } ?? []
    }

    @Test func aModelIsTrainedBesideTheCollectorAndPutOnTrial() async throws {
        let collector = try await start(minutes: 0.1)
        defer { collector.program.end() }
        try await fill(collector)
        #expect(try await eventually(within: 180) { try trainer() != nil }, "\(collector.program.text)")
        let pid = try #require(try trainer())
        // It gives way: nice 19, SCHED_IDLE, the disk's idle class, and none of the collector's files.
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        let fields = try #require(stat.components(separatedBy: ") ").last).split(separator: " ")
        #expect(fields[16] == "19" && fields[38] == "5", "\(stat)")
        let files = try Program.shell("readlink /proc/\(pid)/fd/*")
        #expect(!files.contains("socket") && !files.contains("eventpoll"), "\(files)")

        #expect(
            try await eventually(within: 180) { try await journal(collector).contains("challenger") },
            "\(collector.program.text)")
        let answer = try await collector.get("/api/v1/models").object
        let trial = try #require(answer["trial"] as? [String: Any])
        let id = try #require(trial["id"] as? String)
        let card = try await collector.get("/api/v1/models/\(id)").object
        #expect(card["role"] as? String == "challenger" && card["hosts"] as? Int == 6)
        #expect((card["command"] as? String)?.contains("--background") == true && card["inputs"] is [String: Any])
        #expect(answer["in_use"] as? String == "shipped")
    }

    /// Killed, it tells; and what a killed collector leaves behind ends by itself.
    @Test func aRunThatIsKilledIsToldAndTheCollectorsEndIsItsOwn() async throws {
        let collector = try await start(minutes: 5)
        try await fill(collector)
        #expect(try await eventually(within: 180) { try trainer() != nil }, "\(collector.program.text)")
        kill(try #require(try trainer()), SIGKILL)
        #expect(try await eventually(within: 60) { try await journal(collector).contains("failed") })
        let answer = try await collector.get("/api/v1/models").object
        #expect(((answer["journal"] as? [[String: Any]])?.first?["why"] as? String)?.contains("signal 9") == true)
        #expect(answer["in_use"] as? String == "shipped")

        #expect(try await eventually(within: 120) { try trainer() != nil }, "\(collector.program.text)")
        collector.program.signal(SIGKILL)
        collector.program.wait()
        // It has what the machine does not need otherwise (SCHED_IDLE), which may be next to nothing.
        #expect(try await eventually(within: 180) { try trainer() == nil })
        // Where it was broken off the next collector goes on.
        let again = try await start(minutes: 5)
        #expect(try await eventually(within: 60) { try trainer() != nil }, "\(again.program.text)")
        again.program.signal(SIGTERM)
        again.program.wait()
        #expect(try await eventually(within: 60) { try trainer() == nil })
    }
}
