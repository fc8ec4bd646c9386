import Foundation
import TestSupport
import Testing

/// Alerts through the real program: from a sample to its alert, over kill -9, and what people do about it.
struct AlertTests {
    private static let bad = #""mem_used_pct":99,"cpu_iowait_pct":45,"swap_used_pct":60,"cpu_idle_pct":5"#
    private static let good = #""mem_used_pct":35,"cpu_iowait_pct":1,"swap_used_pct":0,"cpu_idle_pct":80"#

    /// Samples of now, one after the other, until something holds.
    private static func feed(
        _ collector: RunningCollector, _ hosts: [String], _ values: String, within seconds: Double = 30,
        until holds: () async throws -> Bool
    ) async throws -> Bool {
        try await eventually(within: seconds, every: 0.5) {
            let now = Date().timeIntervalSince1970
            for host in hosts {
                let body = #"{"host":"\#(host)","cpus":8,"records":[{"time":\#(now),\#(values)}]}"#
                let answer = try await collector.post("/api/v1/samples", body)
                try #require(answer.status == 200, "\(answer.text)")
            }
            return try await holds()
        }
    }

    /// A minute of the past and more, so that the mean of the last minute is what it will be.
    private static func past(_ collector: RunningCollector, _ host: String, _ values: String) async throws {
        let now = Date().timeIntervalSince1970
        let records = (1...60).map { #"{"time":\#(now - Double($0) * 5),\#(values)}"# }
        let body = #"{"host":"\#(host)","cpus":8,"records":[\#(records.joined(separator: ","))]}"#
        let answer = try await collector.post("/api/v1/samples", body)
        try #require(answer.status == 200, "\(answer.text)")
    }

    private static func alerts(_ collector: RunningCollector, _ query: String = "") async throws -> [[String: Any]] {
        try await collector.get("/api/v1/alerts\(query)").object["alerts"] as? [[String: Any]] ?? []
    }

    private static func kinds(_ collector: RunningCollector, _ id: Int) async throws -> [String] {
        let history = try await collector.get("/api/v1/alerts/\(id)").object["history"] as? [[String: Any]] ?? []
        return history.compactMap { $0["kind"] as? String }
    }

    @Test func anAlertLivesThroughAKill() async throws {
        let folder = try TemporaryFolder()
        var collector = try await RunningCollector(state: folder.path)
        try await Self.past(collector, "hot", Self.bad)
        #expect(try await Self.feed(collector, ["hot"], Self.bad) { try await !Self.alerts(collector).isEmpty })
        let first = try #require(try await Self.alerts(collector).first)
        let id = try #require(first["id"] as? Int)
        #expect(first["host"] as? String == "hot" && first["level"] as? String == "Imminent Failure", "\(first)")
        let acknowledged = try await collector.post(
            "/api/v1/alerts/\(id)/acknowledge", #"{"by":"anna","seconds":3600,"note":"on it"}"#)
        #expect(acknowledged.status == 200, "\(acknowledged.text)")
        let since = try #require(try await collector.get("/api/v1/hosts/hot").object["level_since"] as? Double)
        let history = try await Self.kinds(collector, id)
        #expect(history == ["opened", "told", "acknowledged"])

        for _ in 0..<3 {
            collector.program.end(SIGKILL)
            collector = try await RunningCollector(state: folder.path)
            // Looks go by, with samples that are as bad and with none.
            let until = Date(timeIntervalSinceNow: 5)
            _ = try await Self.feed(collector, ["hot"], Self.bad) { Date() > until }
            let again = try await Self.alerts(collector, "?state=all")
            #expect(again.count == 1 && again.first?["id"] as? Int == id)
            let incident = again.first?["incident"] as? [String: Any]
            #expect((incident?["acknowledgement"] as? [String: Any])?["by"] as? String == "anna")
            #expect(try await Self.kinds(collector, id) == history, "a restart is nothing that happens to an alert")
            #expect(try await collector.get("/api/v1/hosts/hot").object["level_since"] as? Double == since)
        }
        collector.program.end()
    }

    @Test func killedAtAnyMomentItIsOneAlertToldOnce() async throws {
        let folder = try TemporaryFolder()
        let hosts = (0..<4).map { "h\($0)" }
        var collector = try await RunningCollector(state: folder.path)
        for host in hosts { try await Self.past(collector, host, Self.bad) }
        for round in 0..<6 {
            let until = Date(timeIntervalSinceNow: 0.6 + Double(round) * 0.7)
            _ = try await Self.feed(collector, hosts, Self.bad) { Date() > until }
            collector.program.end(SIGKILL)
            collector = try await RunningCollector(state: folder.path)
        }
        #expect(try await Self.feed(collector, hosts, Self.bad) { try await Self.alerts(collector).count == 4 })
        var told = 0
        for alert in try await Self.alerts(collector, "?state=all") {
            let kinds = try await Self.kinds(collector, try #require(alert["id"] as? Int))
            #expect(kinds.filter { $0 == "opened" }.count == 1 && !kinds.contains("resolved"), "\(kinds)")
            told += kinds.filter { $0 == "told" }.count
        }
        #expect(try await Self.alerts(collector, "?state=all").count == 4)
        let incidents = Set(
            try await Self.alerts(collector).compactMap { ($0["incident"] as? [String: Any])?["id"] as? Int })
        #expect(told >= incidents.count)
        collector.program.end()
    }

    @Test func whatPeopleDo() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let end = Date().timeIntervalSince1970 + 3600
        let silence = try await collector.post(
            "/api/v1/silences", #"{"host":"db*","until":\#(end),"by":"anna","why":"disk swap"}"#)
        #expect(silence.status == 200, "\(silence.text)")
        try await Self.past(collector, "db01", Self.bad)
        #expect(try await Self.feed(collector, ["db01"], Self.bad) { try await !Self.alerts(collector).isEmpty })
        let why = try await collector.get("/api/v1/hosts/db01/why-no-alert").object
        #expect(why["held_by"] as? String == "silence", "\(why)")
        #expect((why["why"] as? String)?.contains("disk swap") == true)
        let id = try #require(try await Self.alerts(collector).first?["id"] as? Int)
        #expect(try await Self.kinds(collector, id) == ["opened", "held"])
        let number = try #require(silence.object["id"] as? Int)
        #expect(try await collector.send("DELETE", "/api/v1/silences/\(number)?by=bo").status == 200)
        #expect(try await collector.send("DELETE", "/api/v1/silences/\(number)?by=bo").status == 404)
        #expect(try await Self.kinds(collector, id) == ["opened", "held", "told"])

        let judged = try await collector.post("/api/v1/alerts/\(id)/verdict", #"{"by":"anna","verdict":"real"}"#)
        #expect(judged.object["verdict"] as? String == "real", "\(judged.text)")
        #expect(try await collector.post("/api/v1/alerts/\(id)/resolve", #"{"by":"anna"}"#).status == 200)
        #expect(try await collector.post("/api/v1/alerts/\(id)/resolve", #"{"by":"anna"}"#).status == 409)
        #expect(try await Self.alerts(collector).isEmpty)
        #expect(try await Self.alerts(collector, "?state=resolved&level=danger&host=db01").count == 1)
        #expect(
            try await collector.get("/api/v1/hosts/db01/why-no-alert").object["held_by"] as? String == "resolved")
        // A host that is well again is quiet; its silence is none of the alert's business.
        #expect(try await collector.get("/alerts/active").object["count"] as? Int == 0)
        let metrics = try await collector.get("/metrics").text
        #expect(metrics.contains(#"forewarn_alert_transitions_total{kind="opened"} 1.0"#))
        #expect(metrics.contains(#"forewarn_alert_held_total{gate="silence"} 1.0"#))
        collector.program.end()
    }

    @Test func aWindowIsAStateOfTheHost() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let now = Date().timeIntervalSince1970
        let window = try await collector.post(
            "/api/v1/maintenance",
            """
            {"host":"web*","from":\(now - 60),"until":\(now + 3600),"rrule":"FREQ=WEEKLY;COUNT=3",\
            "zone":"Europe/Berlin","by":"anna","why":"update"}
            """)
        #expect(window.status == 200 && window.object["times"] as? Int == 3, "\(window.text)")
        let isShown = try await Self.feed(collector, ["web1"], Self.good) {
            try await collector.get("/api/v1/hosts/web1").object["state"] as? String == "maintenance"
        }
        #expect(isShown)
        let list = try await collector.get("/api/v1/maintenance").object["maintenance"] as? [[String: Any]]
        #expect(list?.first?["active"] as? Bool == true)
        collector.program.end(SIGKILL)
        let again = try await RunningCollector(state: folder.path)
        #expect((try await again.get("/api/v1/maintenance").object["maintenance"] as? [Any])?.count == 1)
        again.program.end()
    }

    @Test func theRulesAreReadAgain() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/collector.yaml"
        try "alerts: {imminent_at_once: false, rise: {needed: 20, of: 20}}".write(
            toFile: file, atomically: true, encoding: .utf8)
        let collector = try await RunningCollector(state: folder.path + "/state", ["--config", file])
        try await Self.past(collector, "hot", Self.bad)
        let until = Date(timeIntervalSinceNow: 5)
        _ = try await Self.feed(collector, ["hot"], Self.bad) { Date() > until }
        #expect(try await Self.alerts(collector).isEmpty)
        let why = try await collector.get("/api/v1/hosts/hot/why-no-alert").object
        #expect(why["held_by"] as? String == "evaluations", "\(why)")
        // A mistake changes nothing, and is named.
        try "alerts: {rise: {needed: 3, of: 2}}".write(toFile: file, atomically: true, encoding: .utf8)
        collector.program.signal(SIGHUP)
        let isNamed = try await eventually(within: 10, every: 0.1) {
            collector.program.text.contains("alerts.rise.needed")
        }
        #expect(isNamed, "\(collector.program.text)")
        try "alerts: {rise: {needed: 1, of: 1}}".write(toFile: file, atomically: true, encoding: .utf8)
        collector.program.signal(SIGHUP)
        #expect(try await Self.feed(collector, ["hot"], Self.bad) { try await !Self.alerts(collector).isEmpty })
        collector.program.end()
    }

    @Test func mistakesAreNamed() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        for (path, body, status, word) in [
            ("alerts/7/acknowledge", #"{"by":"anna"}"#, 404, "7"), ("alerts/x/resolve", #"{"by":"anna"}"#, 400, "id"),
            ("alerts/1/verdict", #"{"by":"anna","verdict":"maybe"}"#, 400, "verdict"),
            ("alerts/1/resolve", "{}", 400, "by"), ("alerts/1/resolve", #"{"by":"anna","x":1}"#, 400, "x"),
            ("silences", #"{"until":9e9,"by":"a","why":"b"}"#, 400, "host"),
            ("silences", #"{"host":"*","until":1,"by":"a","why":"b"}"#, 400, "until"),
            ("silences", #"{"host":"*","until":"tomorrow","by":"a","why":"b"}"#, 400, "until"),
            ("silences", #"{"host":"*","until":9e9,"by":"a","why":"b"}"#, 400, "90 days"),
            ("silences", #"{"host":"a b","until":9e9,"by":"a","why":"b"}"#, 400, "host"),
            ("maintenance", #"{"host":"*","until":9e9,"by":"a","why":"b","rrule":"FREQ=DAILY"}"#, 400, "zone"),
            (
                "maintenance", #"{"host":"*","until":9e9,"by":"a","why":"b","rrule":"FREQ=DAILY","zone":"UTC"}"#, 400,
                "until"
            ),
            ("maintenance", #"{"host":"*","until":9e9,"by":"a","why":"b","zone":"../../etc/passwd"}"#, 400, "zone"),
            ("silences", "[1]", 400, "array"), ("silences", "{", 400, "JSON"),
        ] as [(String, String, Int, String)] {
            let answer = try await collector.post("/api/v1/\(path)", body)
            #expect(answer.status == status, "\(path) \(body): \(answer.text)")
            #expect(answer.text.contains(word), "\(answer.text)")
            #expect(answer.object["hint"] as? String != nil, "\(answer.text)")
        }
        let until = Int(Date().timeIntervalSince1970) + 600
        let endless = try await collector.post(
            "/api/v1/maintenance",
            #"{"host":"*","until":\#(until),"by":"a","why":"b","rrule":"FREQ=DAILY","zone":"UTC"}"#)
        #expect(endless.status == 400 && endless.text.contains("UNTIL or COUNT"), "\(endless.text)")
        for query in ["state=x", "level=P1", "limit=0", "before=-1", "since=noon", "host=a%20b"] {
            #expect(try await collector.get("/api/v1/alerts?\(query)").status == 400, "\(query)")
        }
        #expect(try await collector.get("/api/v1/alerts/99").status == 404)
        #expect(try await collector.get("/api/v1/hosts/nobody/why-no-alert").status == 404)
        collector.program.end()
    }
}
