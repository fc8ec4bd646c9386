import Foundation
import TestSupport
import Testing

/// A fleet with a past, and this host's real agent, through two real programs to forecasts, scores and every answer.
struct PipelineTests {
    static let metrics = [
        "cpu_user_pct", "cpu_sys_pct", "cpu_iowait_pct", "cpu_idle_pct", "java_cpu_pct", "mem_used_pct",
        "swap_used_pct",
        "disk_usage_pct", "net_in_mb_s", "net_out_mb_s", "back_close_wait", "front_close_wait", "load_average",
        "uptime_days",
    ]

    @Test func fromProcToForecast() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: "\(folder.path)/collector")
        let settings = "interval: 1s\npush_interval: 1s\nhost: thishost\n"
        try settings.write(toFile: "\(folder.path)/agent.yaml", atomically: true, encoding: .utf8)
        let agent = try Program(
            "forewarn-agent",
            [
                "run", "--config", "\(folder.path)/agent.yaml", "--collector", collector.url, "--state",
                "\(folder.path)/agent",
            ])
        let fleet = try Program.run(
            "forewarn-collector", ["simulate", "--collector", collector.url, "--past", "3h", "--for", "6s"])
        #expect(fleet.status == 0, "\(fleet.text)")
        let ready = try await eventually(within: 60) {
            try await collector.get("/status").object.path("warmup", "ready") as? Int == 20
        }
        #expect(ready, "\(collector.program.text)")

        try await checkForecast(collector)
        try await checkExplanation(collector)
        try await checkWhatIf(collector)
        try await checkRisk(collector)
        try await checkThisHost(collector)
        try await checkOlderPaths(collector)
        #expect(agent.end() == 0, "\(agent.text)")
        try await checkNothingIsMissing(collector)
        #expect(collector.program.end() == 0, "\(collector.program.text)")
        try checkSteps(database: "\(folder.path)/collector/forewarn.sqlite")
    }

    private func checkForecast(_ collector: RunningCollector) async throws {
        let forecast = try await collector.get("/api/v1/hosts/ppdb001/forecast").object
        #expect(forecast["status"] as? String == "ready")
        #expect(forecast["quantiles"] as? [Double] == [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98])
        var shares = [Double](repeating: 0, count: 96)
        for metric in Self.metrics {
            let values = try #require(forecast.path("metrics", metric, "values") as? [[Double]], "\(metric)")
            #expect(values.count == 96 && values.allSatisfy { $0.count == 7 })
            #expect(values.allSatisfy { $0 == $0.sorted() && $0[0] >= 0 }, "\(metric) crosses or is negative")
            if metric.hasSuffix("_pct") { #expect(values.allSatisfy { $0[6] <= 100 }, "\(metric)") }
            if Self.metrics.prefix(4).contains(metric) { for step in 0..<96 { shares[step] += values[step][3] } }
        }
        #expect(shares.allSatisfy { abs($0 - 100) < 0.5 }, "the medians of the CPU's shares are no partition")
    }

    private func checkExplanation(_ collector: RunningCollector) async throws {
        let explanation = try await collector.get("/api/v1/hosts/ppdb001/explanation").object
        #expect((explanation["sentence"] as? String)?.hasPrefix("Of the past it weighs ") == true, "\(explanation)")
        for list in ["past", "ahead", "host_inputs"] {
            let shares = try #require(explanation[list] as? [[String: Any]]).compactMap { $0["share"] as? Double }
            #expect(abs(shares.reduce(0, +) - 1) < 1e-3 && shares == shares.sorted(by: >), "\(list)")
        }
        let hours = try #require(explanation.path("attention", "hours") as? [Double])
        let coming = try #require(explanation.path("attention", "coming") as? Double)
        #expect(hours.count == 24 && abs(hours.reduce(coming, +) - 1) < 1e-3)
        #expect(hours.dropFirst(4).allSatisfy { $0 == 0 }, "three hours of past have no fifth")
    }

    private func checkWhatIf(_ collector: RunningCollector) async throws {
        let path = "/api/v1/hosts/ppweb003/whatif"
        func ask(_ change: String) async throws -> RunningCollector.Answer {
            try await collector.post(path, #"{"changes": [{"metric": "mem_used_pct", "over": "PT1H", \#(change)}]}"#)
        }
        let worse = try await ask(#""set": 97"#)
        #expect(worse.status == 200, "\(worse.text)")
        let (base, changed) = (worse.object.path("base", "score"), worse.object.path("changed", "score"))
        #expect(try #require(changed as? Double) > #require(base as? Double) + 10)
        func median(_ side: String, _ answer: RunningCollector.Answer) throws -> Double {
            let values = answer.object.path("metrics", "mem_used_pct", side) as? [[Double]]
            return try #require(values?.first)[3]
        }
        // How much of it the model believes is its own affair; that it has looked at the changed past is ours.
        #expect(try abs(median("changed", worse) - median("base", worse)) > 0.1)
        // Nothing changed: the model, run again, says the same.
        let same = try await ask(#""scale": 1"#)
        #expect(try median("changed", same) == median("base", same))
        #expect(same.object.path("changed", "score") as? Double == same.object.path("base", "score") as? Double)
        let refused = try await ask(#""set": 101"#)
        #expect(refused.status == 400 && refused.object["field"] as? String == "changes[0].set")
        #expect(try await collector.post("/api/v1/hosts/nobody/whatif", "{}").status == 404)
        #expect(try await collector.post("/api/v1/hosts/thishost/whatif", #"{"changes": []}"#).status == 400)
        var busy = false
        for _ in 0..<40 where !busy { busy = try await ask(#""add": 1"#).status == 429 }
        #expect(busy, "nobody is told to wait")
    }

    private func checkRisk(_ collector: RunningCollector) async throws {
        let hosts = try #require(try await collector.get("/api/v1/hosts").object["hosts"] as? [[String: Any]])
        #expect(hosts.count == 21)
        for host in hosts {
            let name = try #require(host["host"] as? String)
            let risk = try await collector.get("/api/v1/hosts/\(name)/risk").object
            let score = try #require(risk["score"] as? Double, "\(risk)")
            let parts = risk["parts"] as? [[String: Any]] ?? []
            let sum = parts.reduce(0) { $0 + ($1["points"] as? Double ?? .nan) }
            #expect(abs(sum - score) < 0.011, "\(name): parts \(sum), score \(score)")
            #expect(parts.allSatisfy { ($0["sentence"] as? String)?.isEmpty == false })
        }
        let fleet = try await collector.get("/api/v1/fleet").object
        let levels = try #require(fleet["levels"] as? [String: Int])
        #expect(levels.values.reduce(0, +) + (fleet["offline"] as? Int ?? 0) == 21)
    }

    private func checkThisHost(_ collector: RunningCollector) async throws {
        let host = try await collector.get("/api/v1/hosts/thishost").object
        for metric in Self.metrics.prefix(4) + ["mem_used_pct", "disk_usage_pct", "load_average", "uptime_days"] {
            #expect(host.path("latest", metric) is Double, "\(metric) is missing: \(host)")
        }
        #expect(host["cpus"] as? Int == ProcessInfo.processInfo.activeProcessorCount)
        #expect(host.path("forecast", "status") as? String == "warming_up")
        #expect(host.path("agent", "version") is String)
        // By its server_id and its code, too.
        let id = try #require(host["server_id"] as? String)
        let code = try #require(host["code"] as? Int)
        #expect(try await collector.get("/api/v1/hosts/\(id)").object["host"] as? String == "thishost")
        #expect(try await collector.get("/api/v1/hosts/\(code)").object["host"] as? String == "thishost")
    }

    private func checkOlderPaths(_ collector: RunningCollector) async throws {
        let predictions = try await collector.get("/predictions/current").object
        #expect((predictions.path("predictions", "ppdb001", "mem_used_pct", "p50") as? [Double])?.count == 96)
        for path in ["/alerts/active", "/status", "/health", "/healthz", "/readyz", "/openapi.json", "/"] {
            #expect(try await collector.get(path).status == 200, "\(path)")
        }
        let page = try await collector.get("/metrics").text
        #expect(page.contains("forewarn_hosts 21.0\n") && page.contains("forewarn_risk_score{host=\"ppdb001\"}"))
    }

    private func checkNothingIsMissing(_ collector: RunningCollector) async throws {
        for name in ["thishost", "ppdb001", "ppweb008"] {
            let host = try await collector.get("/api/v1/hosts/\(name)").object
            let boots = try #require(host["sequences"] as? [[String: Any]])
            #expect(boots.count == 1)
            #expect(boots.allSatisfy { $0["missing"] as? Int == 0 && $0["first"] as? Int == 1 }, "\(name): \(boots)")
        }
    }

    /// Every step's mean is the mean of its raw samples, by a query that knows nothing of ours but the two views.
    private func checkSteps(database: String) throws {
        for metric in ["cpu_user_pct", "mem_used_pct", "back_close_wait"] {
            let query = """
                SELECT count(*), max(abs(s.\(metric) - r.mean) / max(1, abs(r.mean))) FROM step_means s JOIN (
                    SELECT h.name, time_ms / 300000 * 300 AS start, avg(\(metric)) AS mean FROM sample
                    JOIN host h USING (server_id) GROUP BY 1, 2) r ON r.name = s.host AND r.start = s.start
                """
            let answer = try Program.run("/usr/bin/sqlite3", ["-readonly", database, query])
            let fields = answer.text.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: "|")
            let (count, worst) = (Int(fields.first ?? ""), Double(fields.last ?? ""))
            #expect(try #require(count, "\(answer.text)") >= 20 * 36)
            #expect(try #require(worst, "\(answer.text)") < 1e-9)
        }
    }
}

extension [String: Any] {
    /// What lies at the end of a path of keys.
    func path(_ keys: String...) -> Any? {
        var value: Any? = self
        for key in keys { value = (value as? [String: Any])?[key] }
        return value
    }
}
