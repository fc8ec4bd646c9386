import Alerting
import Compression
import Daemon
import Foundation
import Insight
import Store
import Telemetry
import TestSupport

/// What stands behind the dashboard's views: every GET route that `/openapi.json` names, one call after the other.
///
///     swift run -c release bench views [HOSTS]
func viewsBench(hosts: Int) throws {
    let folder = NSTemporaryDirectory() + "forewarn-bench-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let alert = try openAlerts(10_000, in: folder)
    let collector = try BenchCollector(state: folder)
    defer { collector.stop() }
    try fillFleet(collector, hosts: hosts)
    print("\(hosts) hosts with a forecast, 10 000 open alerts, resident \(number(collector.residentMegabytes())) MB")
    print(row("", "calls", "p50 ms", "p99 ms", "KB") + "  path")
    let client = LoadClient(port: collector.port, connections: 1)
    for path in try paths(collector, alert: alert) {
        let size = try fetch(collector, path).count
        let calls = size > 4 << 20 ? 50 : 300
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        let outcome = client.run(Array(repeating: request, count: calls))
        let p99 = outcome.latency(0.99) * 1000
        print(
            row(
                p99 < 50 ? "" : "above 50 ms", "\(calls)", number(outcome.latency(0.5) * 1000, 2), number(p99, 2),
                number(Double(size) / 1024, 1)) + "  \(path.prefix(90))")
        if outcome.failures > 0 { print("\(outcome.failures) failed: \(outcome.firstFailure)") }
    }
}

/// What a dashboard that is open costs while every host has a new sample every five seconds.
///
///     swift run -c release bench live [HOSTS]
func liveBench(hosts: Int) throws {
    let folder = NSTemporaryDirectory() + "forewarn-bench-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let collector = try BenchCollector(state: folder)
    defer { collector.stop() }
    try fillFleet(collector, hosts: hosts)
    let isOver = Locked(false)
    let port = collector.port
    let feeder = OwnThread("feeder") {
        let client = LoadClient(port: port, connections: 4)
        var round = 0
        while !isOver.withLock({ $0 }) {
            let begin = Clock.monotonicSeconds()
            _ = client.run(liveSamples(hosts: hosts, round: round))
            round += 1
            usleep(UInt32(max(0, 5 - (Clock.monotonicSeconds() - begin)) * 1e6))
        }
    }
    defer {
        isOver.withLock { $0 = true }
        feeder?.join()
    }
    Thread.sleep(forTimeInterval: 15)
    print("\(hosts) hosts, each with a new sample every 5 s; the collector's CPU")
    let seconds = 30.0
    let idle = measure(collector, seconds) { Thread.sleep(forTimeInterval: seconds) }
    print("nobody looks on:   \(number(idle * 100, 1)) % of a core")
    for clients in [1, 20] {
        var (bytes, rows, updates, alerts) = (0, 0, 0, 0)
        let probes = try (0..<clients).map { _ in try WebSocketProbe(port: collector.port) }
        let readers = Array(probes.dropFirst()).map { probe in
            OwnThread("reader") {
                while !isOver.withLock({ $0 }) { _ = try? probe.next() }
            }
        }
        _ = try probes[0].next(ofType: "connected")
        let first = try probes[0].next()?.payload.count ?? 0
        let open = try measure(collector, seconds) {
            let end = Clock.monotonicSeconds() + seconds
            while Clock.monotonicSeconds() < end {
                guard let frame = try probes[0].next(), frame.opcode == 1 else { continue }
                let message = frame.object
                guard let hosts = message["hosts"] as? [Any] else {
                    alerts += 1
                    continue
                }
                bytes += frame.payload.count
                updates += 1
                rows += hosts.count
            }
        }
        let per = max(updates, 1)
        print(
            "\(clients) open dashboard(s): \(number(open * 100, 1)) % of a core; snapshot \(first / 1024) KB, then "
                + "\(bytes / per / 1024) KB an update of \(rows / per) hosts (\(updates) updates, \(alerts) alerts)")
        withExtendedLifetime(readers) { probes.forEach { $0.reset() } }
    }
}

private func measure(_ collector: BenchCollector, _ seconds: Double, _ body: () throws -> Void) rethrows -> Double {
    let (cpu, begin) = (collector.cpuSeconds(), Clock.monotonicSeconds())
    try body()
    return (collector.cpuSeconds() - cpu) / (Clock.monotonicSeconds() - begin)
}

// MARK: The fleet

/// A day of five-minute values of every host, 90 days of one, and the present; until all have a forecast.
private func fillFleet(_ collector: BenchCollector, hosts: Int) throws {
    let now = Clock.system.now().rounded()
    var requests: [[UInt8]] = []
    for host in 0..<hosts {
        requests.append(samples(host, times: (0..<290).map { now - Double(290 - $0) * 300 } + [now], path: "import"))
    }
    for begin in stride(from: 25_900, to: 300, by: -900) {
        requests.append(samples(1, times: (0..<900).map { now - Double(begin - $0) * 300 }, path: "import"))
    }
    let outcome = LoadClient(port: collector.port, connections: 4).run(requests)
    if outcome.failures > 0 { print("\(outcome.failures) imports failed: \(outcome.firstFailure)") }
    for _ in 0..<600 {
        let status = try JSONSerialization.jsonObject(with: fetch(collector, "/status")) as? [String: Any]
        let ready = (status?["warmup"] as? [String: Any])?["ready"] as? Int ?? 0
        if ready >= hosts {
            // The scores ahead and the first step's comparison follow.
            Thread.sleep(forTimeInterval: 10)
            return
        }
        Thread.sleep(forTimeInterval: 0.5)
    }
    print("not all hosts have a forecast")
}

private func liveSamples(hosts: Int, round: Int) -> [[UInt8]] {
    let now = Clock.system.now()
    return (0..<hosts).map { samples($0, times: [now], path: "samples", salt: round) }
}

private func samples(_ host: Int, times: [Double], path: String, salt: Int = 0) -> [UInt8] {
    var json = JSONWriter(capacity: times.count * 300)
    json.object { json in
        json.member("host", "bench\(host)")
        json.member("cpus", 8)
        json.member("interval_seconds", 300.0)
        json.member("records") { json in
            json.array { json in
                for (index, time) in times.enumerated() {
                    var values = MetricVector()
                    for metric in Metric.allCases {
                        let wave = sin(Double(index * 7 + host * 13 + metric.rawValue * 31 + salt * 3) / 20)
                        values[metric] = 20 + 12 * wave + Double((host + salt) % 7)
                    }
                    json.object { Record(host: "", time: time, values: values).writeMembers(to: &$0) }
                }
            }
        }
    }
    let head =
        "POST /api/v1/\(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + "Content-Length: \(json.bytes.count)\r\n\r\n"
    return Array(head.utf8) + json.bytes
}

/// Alerts of hosts that are not in the fleet, told to nobody; answers the id of one.
private func openAlerts(_ count: Int, in folder: String) throws -> Int64 {
    let store = try Store(directory: folder)
    defer { store.close() }
    let now = Clock.system.now()
    var machine = AlertMachine(AlertRules(), at: now - 10)
    for look in 0..<4 {
        machine.observe(
            (0..<count).map { index in
                AlertReading(
                    host: "ill\(index)", sampledAt: now - 8 + Double(look), score: 95,
                    parts: [RiskPart(metric: .memoryUsed, factor: .profile, points: 95, sentence: "Memory is high.")],
                    intervalSeconds: 300)
            }, at: now - 8 + Double(look))
    }
    var changes = machine.takeChanges()
    changes.notices = []
    try store.record(changes, deliveries: [])
    return changes.alerts.keys.min() ?? 0
}

// MARK: The routes

private func paths(_ collector: BenchCollector, alert: Int64) throws -> [String] {
    let document = try JSONSerialization.jsonObject(with: fetch(collector, "/openapi.json")) as? [String: Any]
    let described = document?["paths"] as? [String: [String: Any]] ?? [:]
    let host = "/api/v1/hosts/bench1"
    let metrics = Metric.allCases.map(\.name).joined(separator: ",")
    let now = Int(Clock.system.now())
    let needing = ["/ws/predictions", "/api/v1/hosts/{name}/series", "/api/v1/scenario"]
    let plain = described.filter { $0.value["get"] != nil && !needing.contains($0.key) }.keys.sorted()
    let delivery = try JSONSerialization.jsonObject(with: fetch(collector, "/api/v1/deliveries")) as? [String: Any]
    let first = (delivery?["deliveries"] as? [[String: Any]])?.first?["id"] as? Int
    return plain.compactMap { path in
        let filled = path.replacingOccurrences(of: "{name}", with: "bench1")
        guard filled.contains("{id}") else { return filled }
        if filled.contains("/alerts/") { return filled.replacingOccurrences(of: "{id}", with: "\(alert)") }
        return first.map { filled.replacingOccurrences(of: "{id}", with: "\($0)") }
    } + [
        "/api/v1/hosts?limit=10000", "/api/v1/hosts?limit=50", "/api/v1/alerts?limit=1000",
        "/api/v1/heatmap?metric=mem_used_pct", "/api/v1/fleet/history?hours=720",
        "\(host)/forecast?metric=mem_used_pct", "\(host)/forecast?made_at=\(now)",
        "\(host)/series?metric=mem_used_pct", "\(host)/series?metric=mem_used_pct&resolution=raw",
        "\(host)/series?metric=\(metrics)", "\(host)/series?metric=\(metrics)&from=\(now - 7 * 86_400)",
        "\(host)/series?metric=mem_used_pct,cpu_used_pct&from=\(now - 90 * 86_400)",
        "\(host)/series?metric=\(metrics)&from=\(now - 90 * 86_400)",
        "\(host)/series?metric=\(metrics)&from=\(now - 90 * 86_400)&format=csv", "/",
    ]
}

private func fetch(_ collector: BenchCollector, _ path: String) throws -> Data {
    let outcome = try Program.run("/usr/bin/curl", ["-s", "http://127.0.0.1:\(collector.port)\(path)"])
    return Data(outcome.text.utf8)
}
