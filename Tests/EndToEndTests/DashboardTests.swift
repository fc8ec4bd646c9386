import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// What the dashboard asks, of a real collector with a fleet that has a past.
struct DashboardTests {
    private static let bad = #""mem_used_pct":99,"cpu_iowait_pct":45,"swap_used_pct":60,"cpu_idle_pct":5"#

    private static func collector(_ folder: TemporaryFolder, _ more: [String] = []) async throws -> RunningCollector {
        let collector = try await RunningCollector(state: "\(folder.path)/collector", more)
        let fleet = try Program.run(
            "forewarn-collector", ["simulate", "--collector", collector.url, "--past", "3h", "--for", "6s"])
        #expect(fleet.status == 0, "\(fleet.text)")
        let ready = try await eventually(within: 60) {
            let hosts = try await collector.get("/api/v1/heatmap").object["hosts"] as? [[Any]] ?? []
            return hosts.count == 20 && hosts.allSatisfy { ($0.last as? [Any])?.count == 17 }
        }
        #expect(ready, "\(collector.program.text)")
        return collector
    }

    private static func port(_ collector: RunningCollector) -> Int {
        Int(collector.url.components(separatedBy: ":").last ?? "") ?? 0
    }

    /// A host in trouble: a minute of the past, then samples until something holds.
    private static func trouble(
        _ collector: RunningCollector, _ host: String, until holds: () async throws -> Bool
    ) async throws -> Bool {
        let now = Date().timeIntervalSince1970
        let records = (1...60).map { #"{"time":\#(now - Double($0) * 5),\#(bad)}"# }
        _ = try await collector.post(
            "/api/v1/samples", #"{"host":"\#(host)","cpus":8,"records":[\#(records.joined(separator: ","))]}"#)
        return try await eventually(within: 30, every: 0.5) {
            let time = Date().timeIntervalSince1970
            _ = try await collector.post(
                "/api/v1/samples", #"{"host":"\#(host)","cpus":8,"records":[{"time":\#(time),\#(bad)}]}"#)
            return try await holds()
        }
    }

    @Test func liveUpdatesAndAlerts() async throws {
        let folder = try TemporaryFolder()
        let collector = try await Self.collector(folder)
        let page = try WebSocketProbe(port: Self.port(collector))
        let hello = try page.next(ofType: "connected")
        let columns = try #require(hello["columns"] as? [String])
        #expect(hello["contract"] as? Int == 2 && columns.count == 20 && hello["update_seconds"] as? Int == 5)
        let first = try page.next(ofType: "prediction_update")
        let rows = try #require(first["hosts"] as? [[Any]])
        #expect(first["full"] as? Bool == true && rows.count == 20 && rows.allSatisfy { $0.count == columns.count })
        #expect((first["fleet"] as? [String: Any])?["hosts"] as? Int == 20)
        let host = try #require(rows.first { $0[0] as? String == "ppdb001" })
        #expect(host[1] as? String == "database" && host[17] as? String == "ready", "\(host)")
        #expect(host[11] is Double && host[13] is Double, "\(host)")

        // The fleet has fallen silent: after that nothing changes, and next to nothing is sent.
        let second = try page.next(ofType: "prediction_update")
        #expect(second["full"] as? Bool == false && second["sequence"] as? Int == (first["sequence"] as? Int ?? 0) + 1)

        let opened = try await Self.trouble(collector, "hot") {
            try await !(collector.get("/api/v1/alerts?host=hot").object["alerts"] as? [Any] ?? []).isEmpty
        }
        #expect(opened)
        var alert = try page.next(ofType: "alert")
        while (alert["alert"] as? [String: Any])?["host"] as? String != "hot" { alert = try page.next(ofType: "alert") }
        #expect(alert["event"] as? String == "opened")
        let about = try #require(alert["alert"] as? [String: Any])
        #expect(try #require(alert["time"] as? Double) - #require(about["opened_at"] as? Double) < 1)
        let listed = try await collector.get("/api/v1/alerts?host=hot").object["alerts"] as? [[String: Any]]
        #expect(listed?.first?["id"] as? Int == about["id"] as? Int)
        #expect(Set(listed?.first?.keys.map { $0 } ?? []) == Set(about.keys))

        let id = try #require(about["id"] as? Int)
        let before = Date()
        _ = try await collector.post("/api/v1/alerts/\(id)/acknowledge", #"{"by":"anna"}"#)
        var told = try page.next(ofType: "alert")
        while told["event"] as? String != "acknowledged" { told = try page.next(ofType: "alert") }
        #expect(Date().timeIntervalSince(before) < 1)

        let foreign = try WebSocketProbe(
            port: Self.port(collector), headers: ["Origin": "http://elsewhere.example"])
        #expect(foreign.status == 403)
        let metrics = try await collector.get("/metrics").text
        #expect(
            metrics.contains("forewarn_websocket_clients 1") && metrics.contains("forewarn_websocket_refused_total 1"))

        let begin = Date()
        let ending = Task.detached { collector.program.end() }
        var last = try page.next()
        while let frame = last, frame.opcode != 8 { last = try page.next() }
        #expect(last?.code == 1001)
        #expect(await ending.value == 0, "\(collector.program.text)")
        #expect(Date().timeIntervalSince(begin) < 20)
    }

    @Test func theFleetAheadAndInThePast() async throws {
        let folder = try TemporaryFolder()
        var collector = try await Self.collector(folder)
        try await checkHeatmap(collector)
        try await checkSeries(collector)
        try await checkPastForecasts(collector)
        try await checkAdvice(collector)

        let isKept = try await eventually(within: 20) { try await !points(collector).isEmpty }
        #expect(isKept)
        let before = try await points(collector)
        #expect(collector.program.end() == 0, "\(collector.program.text)")
        collector = try await RunningCollector(state: "\(folder.path)/collector")
        let after = try await points(collector)
        #expect(after.prefix(before.count).map { $0[0] as? Int } == before.map { $0[0] as? Int })
        #expect(after.first?[2] as? Int == 20)
        #expect(try await collector.get("/api/v1/fleet/history?hours=721").status == 400)
        let foreseen = try await collector.get("/api/v1/fleet/foreseen").object
        #expect(foreseen["hosts"] as? Int == 0 && foreseen["cpu_used_pct"] is NSNull)
        collector.program.end()
    }

    private func points(_ collector: RunningCollector) async throws -> [[Any]] {
        let history = try await collector.get("/api/v1/fleet/history").object
        let (columns, points) = (history["columns"] as? [String] ?? [], history["points"] as? [[Any]] ?? [])
        #expect(columns.count == 13 && points.allSatisfy { $0.count == 13 })
        return points
    }

    private func checkHeatmap(_ collector: RunningCollector) async throws {
        for metric in ["mem_used_pct", "cpu_used_pct", "load_per_cpu"] {
            let map = try await collector.get("/api/v1/heatmap?metric=\(metric)").object
            let hosts = try #require(map["hosts"] as? [[Any]])
            #expect(map["metric"] as? String == metric && (map["minutes"] as? [Int])?.last == 480)
            #expect(hosts.allSatisfy { ($0.last as? [Any])?.count == 17 }, "\(metric)")
        }
        let forecast = try await collector.get("/api/v1/hosts/ppml0001/forecast?metric=mem_used_pct").object
        let values = try #require(forecast.path("metrics", "mem_used_pct", "values") as? [[Double]])
        let map = try await collector.get("/api/v1/heatmap?metric=mem_used_pct").object
        let row = try #require((map["hosts"] as? [[Any]])?.first { $0[0] as? String == "ppml0001" })
        let cells = try #require(row[3] as? [Double])
        for (cell, step) in [(1, 5), (2, 11), (16, 95)] { #expect(abs(cells[cell] - values[step][3]) < 0.06) }
        let wrong = try await collector.get("/api/v1/heatmap?metric=colour")
        #expect(wrong.status == 400 && wrong.text.contains("cpu_used_pct"), "\(wrong.text)")
    }

    private func checkSeries(_ collector: RunningCollector) async throws {
        let path = "/api/v1/hosts/ppweb001/series?metric=mem_used_pct,cpu_used_pct,cpu_idle_pct"
        let all = try await collector.get(path).object
        let times = try #require(all["times"] as? [Double])
        let used = try #require(all.path("metrics", "cpu_used_pct", "mean") as? [Any])
        let idle = try #require(all.path("metrics", "cpu_idle_pct", "mean") as? [Any])
        #expect(times.count >= 30 && used.count == times.count && all["thinned"] as? Bool == false)
        for (a, b) in zip(used, idle) {
            if let a = a as? Double, let b = b as? Double { #expect(abs(a + b - 100) < 0.01) }
        }
        let thin = try await collector.get(path + "&points=10").object
        let columns = try ["min", "mean", "max"].map { name in
            try #require(thin.path("metrics", "mem_used_pct", name) as? [Any]).map { $0 as? Double }
        }
        #expect(thin["thinned"] as? Bool == true && (5...10).contains(columns[1].count))
        // The newest step may not have a third of its samples yet, and then it is a gap.
        for index in columns[1].indices.dropLast() {
            let (low, mean, high) = (columns[0][index], columns[1][index], columns[2][index])
            #expect(try #require(low) <= #require(mean) && #require(mean) <= #require(high))
        }
        #expect((thin["samples"] as? [Int])?.reduce(0, +) == (all["samples"] as? [Int])?.reduce(0, +))

        let address = try #require(URL(string: collector.url + path + "&format=csv"))
        let (data, response) = try await URLSession.shared.data(from: address)
        let lines = String(decoding: data, as: UTF8.self).components(separatedBy: "\r\n")
        let name = (response as? HTTPURLResponse)?.value(forHTTPHeaderField: "Content-Disposition") ?? ""
        #expect(lines[0] == "time,mem_used_pct,cpu_used_pct,cpu_idle_pct" && lines.count == times.count + 2)
        #expect(name.hasPrefix("attachment; filename=\"ppweb001-2") && name.hasSuffix("Z.csv\""), "\(name)")
        let wrong = try await collector.get("/api/v1/hosts/ppweb001/series?metric=mem_used_pct,colour")
        #expect(wrong.status == 400 && wrong.text.contains("colour"))
    }

    private func checkPastForecasts(_ collector: RunningCollector) async throws {
        let list = try await collector.get("/api/v1/hosts/ppdb001/forecasts").object
        let moment = try #require((list["moments"] as? [Int])?.first, "\(list)")
        #expect(list["kept_seconds"] as? Int == 172_800)
        let then = try await collector.get("/api/v1/hosts/ppdb001/forecast?made_at=\(moment + 100)").object
        #expect(then["made_at"] as? Int == moment && then["horizons_minutes"] as? [Int] == [30, 60, 120, 240, 480])
        let values = try #require(then.path("metrics", "mem_used_pct", "values") as? [[Double]])
        let now = try await collector.get("/api/v1/hosts/ppdb001/forecast").object
        let current = try #require(now.path("metrics", "mem_used_pct", "values") as? [[Double]])
        if now["first_step"] as? Int == moment { #expect(values == [5, 11, 23, 47, 95].map { current[$0] }) }
        #expect((then.path("metrics", "mem_used_pct", "came") as? [Any])?.count == 96)
        let none = try await collector.get("/api/v1/hosts/ppdb001/forecast?made_at=\(moment - 90_000)")
        #expect(none.status == 404 && none.text.contains("48 hours"), "\(none.text)")
    }

    private func checkAdvice(_ collector: RunningCollector) async throws {
        let isSeen = try await Self.trouble(collector, "hot") {
            let hosts = try await collector.get("/api/v1/advice").object["hosts"] as? [[String: Any]] ?? []
            return hosts.first?["host"] as? String == "hot"
        }
        #expect(isSeen)
        let hosts = try await collector.get("/api/v1/advice").object["hosts"] as? [[String: Any]] ?? []
        let advice = hosts.first?["advice"] as? [[String: Any]] ?? []
        #expect(advice.contains { ($0["text"] as? String ?? "").contains("vmstat") }, "\(advice)")
        let scores = hosts.compactMap { $0["score"] as? Double }
        #expect(scores == scores.sorted(by: >) && scores.allSatisfy { $0 >= 30 })
    }

    @Test func readOnlyIsForLooking() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path, ["--read-only"])
        let session = try await collector.get("/api/v1/session").object
        #expect(session["may_act"] as? Bool == false && session["role"] as? String == "viewer")
        for (method, path, body) in [
            ("POST", "/api/v1/alerts/1/acknowledge", #"{"by":"anna"}"#), ("PATCH", "/api/v1/thresholds", "{}"),
            ("POST", "/api/v1/silences", "{}"), ("DELETE", "/api/v1/silences/1", ""),
            ("POST", "/api/v1/scenario", #"{"scenario":"critical"}"#),
        ] {
            let answer = try await collector.send(method, path, Data(body.utf8))
            #expect(answer.status == 403 && answer.text.contains("--read-only"), "\(method) \(path) \(answer.text)")
        }
        let time = Date().timeIntervalSince1970
        let stored = try await collector.post(
            "/api/v1/samples", #"{"records":[{"host":"a","time":\#(time),"cpu_user_pct":1}]}"#)
        #expect(stored.status == 200, "\(stored.text)")
        let about = try await collector.get("/api/v1/about").object
        #expect(about["read_only"] as? Bool == true && about["demonstration"] as? Bool == false)
        #expect((about["changes"] as? [[String: Any]])?.first?["version"] as? String == about["version"] as? String)
        collector.program.end()
    }

    @Test func theScenarioIsSwitchedThroughTheCollector() async throws {
        let folder = try TemporaryFolder()
        let plain = try await RunningCollector(state: "\(folder.path)/plain")
        #expect(try await plain.get("/api/v1/scenario").status == 404)
        plain.program.end()
        let control = "127.0.0.1:\(Self.port(plain))"
        let collector = try await RunningCollector(state: "\(folder.path)/a", ["--scenario-control", control])
        let silent = try await collector.get("/api/v1/scenario")
        #expect(silent.status == 503 && silent.text.contains("does not answer"), "\(silent.text)")
        let fleet = try Program(
            "forewarn-collector", ["simulate", "--collector", collector.url, "--past", "10m", "--control", control])
        let isThere = try await eventually(within: 60) {
            try await collector.get("/api/v1/scenario").status == 200 || !fleet.isRunning
        }
        #expect(isThere, "\(fleet.text)")
        let set = try await collector.post("/api/v1/scenario", #"{"scenario":"cascade"}"#)
        #expect(set.status == 200 && set.object["scenario"] as? String == "cascade", "\(set.text)")
        #expect(try await collector.get("/api/v1/scenario").object["scenario"] as? String == "cascade")
        let wrong = try await collector.post("/api/v1/scenario", #"{"scenario":"doom"}"#)
        #expect(wrong.status == 400 && wrong.text.contains("doom"), "\(wrong.text)")
        #expect(try await collector.post("/api/v1/scenario", #"{"mood":"bad"}"#).status == 400)
        #expect(try await collector.get("/api/v1/about").object["demonstration"] as? Bool == true)
        fleet.end()
        collector.program.end()
        let far = try Program.run(
            "forewarn-collector", ["serve", "--state", folder.path, "--scenario-control", "10.0.0.1:8009"])
        #expect(far.status != 0 && far.text.contains("loopback"), "\(far.text)")
    }
}
