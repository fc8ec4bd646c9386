import Foundation
import TestSupport
import Testing

/// Debian's node_exporter, scraped by Debian's Prometheus, which writes to the real collector: this host is served
/// without our agent, and with the numbers that our agent has.
struct RemoteWriteTests {
    @Test func nodeExporterThroughPrometheus() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: "\(folder.path)/collector")
        let exporter = try Program(
            "/usr/bin/prometheus-node-exporter",
            ["--web.listen-address=127.0.0.1:0", "--collector.tcpstat", "--no-collector.systemd"])
        let listening = #/Listening on.*?127\.0\.0\.1:(\d+)/#
        var port = ""
        let isUp = try await eventually(within: 15) {
            port = exporter.text.firstMatch(of: listening).map { String($0.1) } ?? ""
            return !port.isEmpty
        }
        try #require(isUp, "\(exporter.text)")
        let configuration = """
            global: {scrape_interval: 2s, scrape_timeout: 2s}
            scrape_configs:
              - job_name: node
                static_configs:
                  - targets: ["127.0.0.1:\(port)"]
                    labels: {instance: "thishost:9100"}
            remote_write:
              - url: \(collector.url)/api/v1/write
                queue_config: {batch_send_deadline: 1s, max_samples_per_send: 100, min_shards: 4, max_shards: 4}
            """
        try configuration.write(toFile: "\(folder.path)/prometheus.yml", atomically: true, encoding: .utf8)
        let prometheus = try Program(
            "/usr/bin/prometheus",
            [
                "--config.file=\(folder.path)/prometheus.yml", "--storage.tsdb.path=\(folder.path)/tsdb",
                "--web.listen-address=127.0.0.1:0",
            ])
        var host: [String: Any] = [:]
        let isServed = try await eventually(within: 50, every: 0.5) {
            host = try await collector.get("/api/v1/hosts/thishost").object
            return host.path("now", "net_in_mb_s") is Double && host.path("now", "cpu_idle_pct") is Double
        }
        let counters = try await collector.get("/metrics").text.split(separator: "\n")
            .filter { $0.hasPrefix("forewarn_remote_write") }.joined(separator: "\n")
        try #require(isServed, "\(host)\n\(counters)\n\(prometheus.text.suffix(2000))")
        #expect(!prometheus.text.contains("non-recoverable error"), "\(prometheus.text.suffix(2000))")
        #expect(counters.contains("forewarn_remote_write_refused_total 0.0"), "\(counters)")

        let once = try Program.run("forewarn-agent", ["once", "--format", "json"])
        let ours = try #require(
            JSONSerialization.jsonObject(with: Data(once.text.utf8)) as? [String: Any], "\(once.text)")
        for (metric, tolerance) in [
            ("mem_used_pct", 10.0), ("swap_used_pct", 2), ("disk_usage_pct", 1), ("uptime_days", 0.01),
        ] {
            let (theirs, own) = (host.path("now", metric) as? Double, ours.path(metric) as? Double)
            #expect(abs((theirs ?? -1) - (own ?? -2)) <= tolerance, "\(metric): \(theirs ?? -1), ours \(own ?? -2)")
        }
        let load = try String(contentsOfFile: "/proc/loadavg", encoding: .utf8).split(separator: " ").first
        #expect(abs((host.path("now", "load_average") as? Double ?? -1) - (Double(load ?? "") ?? -9)) < 4)
        let shares = ["cpu_user_pct", "cpu_sys_pct", "cpu_iowait_pct", "cpu_idle_pct"]
            .compactMap { host.path("now", $0) as? Double }
        #expect(shares.count == 4 && shares.reduce(0, +) <= 100.1 && shares.reduce(0, +) > 50, "\(shares)")
        for metric in ["java_cpu_pct", "front_close_wait", "back_close_wait"] {
            #expect(!(host.path("now", metric) is Double), "\(metric) was made up")
        }
        #expect(host["cpus"] as? Int == ProcessInfo.processInfo.processorCount)
        #expect(prometheus.end() == 0 && exporter.end() != 1)
    }

    /// What Prometheus takes for "never again" and for "again".
    @Test func answers() async throws {
        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: folder.path)
        let type = ["Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"]
        // One empty message, one that is none, one that says it is 4 GB.
        let cases: [([UInt8], Int)] = [([0], 204), ([1, 0, 0xFF], 400), ([0x80, 0xD0, 0xAC, 0xF3, 0x0E, 0], 413)]
        for (body, status) in cases {
            let answer = try await collector.send("POST", "/api/v1/write", Data(body), headers: type)
            #expect(answer.status == status, "\(answer.text)")
        }
        for wrong in [
            ["Content-Encoding": "gzip"],
            ["Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"],
            ["X-Prometheus-Remote-Write-Version": "2.0.0"],
        ] {
            let answer = try await collector.send(
                "POST", "/api/v1/write", Data([0]), headers: type.merging(wrong) { $1 })
            #expect(answer.status == 415, "\(wrong): \(answer.text)")
        }
        #expect(try await collector.get("/api/v1/write").status == 405)
    }

    /// A Prometheus writes of a fleet: with an agent's token, and not with one that is for a single host.
    @Test func writesWithAnAgentsToken() async throws {
        let house = try await AccessTests.House()
        let bound = try house.token("create", "agent", "--host", "web1").token
        let viewer = try house.token("create", "key", "--role", "viewer").token
        let agent = try house.token("create", "agent").token
        #expect(try await house.waits(viewer, for: 200))
        for (token, status) in [("fwa_wrong", 401), (viewer, 403), (bound, 403), (agent, 204)] {
            let answer = try await house.collector.send(
                "POST", "/api/v1/write", Data([0]),
                headers: [
                    "Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
                    "Authorization": "Bearer \(token)",
                ])
            #expect(answer.status == status, "\(token.prefix(4)): \(answer.text)")
        }
    }
}
