import Foundation
import TestSupport
import Testing

/// Thresholds through the API: what is set holds at once and after a kill, and what cannot hold is refused by name.
struct ThresholdTests {
    private let path = "/api/v1/thresholds"

    private func change(_ settings: String, _ more: String = "") -> Data {
        Data(#"{"settings":\#(settings),"by":"anna","comment":"a test"\#(more)}"#.utf8)
    }

    private func score(_ collector: RunningCollector) async throws -> Double? {
        try await collector.get("/api/v1/hosts/hot/risk").object["score"] as? Double
    }

    @Test func aChangeIsScoredAtOnceKeptAndUndone() async throws {
        let folder = try TemporaryFolder()
        var collector = try await RunningCollector(state: folder.path)
        let now = Date().timeIntervalSince1970
        let records = (0..<12).map { #"{"time":\#(now - 60 + Double($0) * 5),"mem_used_pct":89,"cpu_idle_pct":70}"# }
        _ = try await collector.post(
            "/api/v1/samples", #"{"host":"hot","cpus":8,"records":[\#(records.joined(separator: ","))]}"#)
        #expect(try await eventually(within: 20) { try await score(collector) != nil })
        let before = try #require(try await score(collector))

        let strict = #"{"profiles":{"generic":{"mem_used_pct":{"normal_high":70,"ramp_start":71,"ramp_end":85}}}}"#
        let answer = try await collector.send("PATCH", path, change(strict, #","version":0"#))
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.object["version"] as? Int == 1)
        #expect(try await eventually(within: 20) { try await score(collector) ?? 0 > before + 5 })

        collector.program.end(SIGKILL)
        collector = try await RunningCollector(state: folder.path)
        #expect(try await collector.get(path).object["by"] as? String == "anna")
        let changed = try #require(try await collector.get(path).object["changed"] as? [String: Any])
        #expect(Set(changed.keys) == ["profiles"])
        #expect(try await eventually(within: 20) { try await score(collector) ?? 0 > before + 5 })

        let undone = try await collector.send("POST", path + "/undo", Data(#"{"by":"ben"}"#.utf8))
        let left = undone.object["changed"] as? [String: Any]
        #expect(undone.object["version"] as? Int == 2)
        #expect(left?.isEmpty == true)
        #expect(
            try await eventually(within: 20) {
                let now = try await score(collector) ?? 0
                return abs(now - before) < 2
            })
        let history = try await collector.get(path + "/history").object["versions"] as? [[String: Any]]
        #expect(history?.compactMap { $0["by"] as? String } == ["ben", "anna"])
        collector.program.end()
    }

    @Test func whatCannotHoldIsRefusedByName() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let cases: [(String, String, Int, String)] = [
            ("PATCH", #"{"trend":{"points":150}}"#, 422, "settings.trend.points is 150"),
            ("PATCH", #"{"trend":{"speed":1}}"#, 422, "settings.trend.speed is no setting"),
            ("PATCH", #"{"profiles":{"mail":{}}}"#, 422, "settings.profiles.mail is no setting"),
            ("PUT", #"{"current_weight":0.9}"#, 422, "current_weight must be 1 together with predicted_weight"),
            (
                "PUT", #"{"profiles":{"database":{"mem_used_pct":{"ramp_end":50}}}}"#, 422,
                "settings.profiles.database.mem_used_pct.ramp_end must be above ramp_start 96, found 50"
            ),
            ("PUT", #"{"signals":{"mem_used_pct":{"compounds":1}}}"#, 422, "true or false"),
            ("PUT", "[]", 400, "settings is"),
        ]
        for (method, settings, status, words) in cases {
            let answer = try await collector.send(method, path, change(settings))
            #expect(answer.status == status, "\(settings): \(answer.text)")
            #expect(answer.text.contains(words), "\(settings): \(answer.text)")
        }
        let nobody = try await collector.send("PUT", path, Data(#"{"settings":{}}"#.utf8))
        #expect(nobody.status == 400)
        #expect(nobody.text.contains("by is missing"), "\(nobody.text)")
        let stale = try await collector.send("PUT", path, change("{}", #","version":7"#))
        #expect(stale.status == 409, "\(stale.text)")
        let nothing = try await collector.send("POST", path + "/undo", Data(#"{"by":"anna"}"#.utf8))
        #expect(nothing.status == 409)
        #expect(try await collector.get(path).object["version"] as? Int == 0)
        let rules = try await collector.get(path + "/rules").object["rules"] as? [Any]
        #expect(rules?.count ?? 0 == 401)
        collector.program.end()
    }
}
