import Daemon
import Foundation
import TestSupport
import Testing

/// Alerts on their way out of a real collector that is killed again and again, to receivers that answer 429, 500,
/// nothing, or lose the connection before or after they have taken the message.
///
/// FOREWARN_ORDEAL=1000x20 is the long form: so many alerts, so many kills.
@Suite(.serialized)
struct DeliveryOrdealTests {
    /// What a receiver has taken, in order; misbehaves by a seed of its own.
    final class Receiver: Sendable {
        struct Taken: Sendable {
            let key: String
            let event: String
            /// Of the delivery where the receiver is told it.
            let row: Int?
        }

        let taken = Locked<[Taken]>([])
        let refused = Locked<[String: Int]>([:])
        private let random: Locked<UInt64>

        init(seed: UInt64) { random = Locked(seed) }

        private func chance() -> Int {
            random.withLock { state in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % 100
            }
        }

        func answer(_ request: StubServer.Request) -> StubServer.Answer {
            func refuse(_ word: String, _ answer: StubServer.Answer) -> StubServer.Answer {
                refused.withLock { $0[word, default: 0] += 1 }
                return answer
            }
            switch chance() {
            case ..<2: return refuse("429", .status(429, headers: ["Retry-After": "1"]))
            case ..<7: return refuse("500", .status(500))
            case ..<11: return refuse("reset before", .close)
            case ..<12: return refuse("hang", .hang)
            case ..<15:
                take(request)
                return refuse("reset after", .close)
            default:
                take(request)
                return .status(202, body: "{\"message\":\"Event processed\"}")
            }
        }

        private func take(_ request: StubServer.Request) {
            guard let body = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any] else {
                return
            }
            let row = request.headers["webhook-id"].flatMap { $0.split(separator: "-").last }.flatMap { Int($0) }
            let event =
                body["event_action"] as? String
                ?? (body["type"] as? String)?.split(separator: ".").last.map(String.init)
            guard let key = (body["dedup_key"] ?? body["subject"]) as? String, let event else { return }
            taken.withLock { $0.append(Taken(key: key, event: event, row: row)) }
        }
    }

    struct Row {
        let id: Int
        let channel: String
        let state: String
        let action: String
        let incident: String
    }

    static func rows(_ collector: RunningCollector) async throws -> [Row] {
        var (rows, before) = ([Row](), "")
        while true {
            let page = try await collector.get("/api/v1/deliveries?limit=1000\(before)").object
            for row in page["deliveries"] as? [[String: Any]] ?? [] {
                rows.append(
                    Row(
                        id: row["id"] as? Int ?? 0, channel: row["channel"] as? String ?? "",
                        state: row["state"] as? String ?? "", action: row["action"] as? String ?? "",
                        incident: row["incident"] as? String ?? ""))
            }
            guard let next = page["next_before"] as? Int else { return rows.reversed() }
            before = "&before=\(next)"
        }
    }

    static let size: (alerts: Int, kills: Int) = {
        let words = (ProcessInfo.processInfo.environment["FOREWARN_ORDEAL"] ?? "40x4").split(separator: "x")
        return (words.first.flatMap { Int($0) } ?? 40, words.last.flatMap { Int($0) } ?? 4)
    }()

    static func configuration(_ folder: String, _ pagerDuty: StubServer, _ webhook: StubServer) -> String {
        let pace = "timeout: 400ms, retry: [100ms, 200ms], rate: 100000"
        return """
            channels:
              pagerduty: {kind: pagerduty, key_file: \(folder)/key, url: "\(pagerDuty.url)/v2/enqueue", \(pace)}
              webhook: {kind: webhook, url: "\(webhook.url)/in", secret_files: [\(folder)/hook], \(pace)}
            alerts: {storm: {incidents: 1000, window: 10s}, cascade: {hosts: 10000}, silent: {after: 1h}}
            """
    }

    @Test func eachIsToldOnceAndInOrder() async throws {
        let folder = try TemporaryFolder()
        for (name, text) in [
            ("key", "0123456789abcdef0123456789abcdef"), ("hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ] {
            try text.write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(folder.path)/\(name)")
        }
        let (pager, hook) = (Receiver(seed: 7), Receiver(seed: 8))
        let (pagerServer, hookServer) = (try StubServer { pager.answer($0) }, try StubServer { hook.answer($0) })
        defer {
            pagerServer.stop()
            hookServer.stop()
        }
        let file = "\(folder.path)/collector.yaml"
        try Self.configuration(folder.path, pagerServer, hookServer).write(
            toFile: file, atomically: true, encoding: .utf8)
        func start() async throws -> RunningCollector {
            try await RunningCollector(state: "\(folder.path)/state", ["--config", file])
        }
        var collector = try await start()
        let names = (1...Self.size.alerts).map { "ppdb\($0)" }
        for chunk in stride(from: 0, to: names.count, by: 200) {
            let records = names[chunk..<min(chunk + 200, names.count)].map(Self.record)
            let answer = try await collector.post(
                "/api/v1/samples", "{\"records\":[\(records.joined(separator: ","))]}")
            #expect(answer.status == 200, "\(answer.text)")
        }
        let began = Clock.monotonicSeconds()
        for kill in 0..<Self.size.kills {
            if kill == Self.size.kills / 2 { try await Self.resolveAll(collector, names.count) }
            try await Task.sleep(for: .milliseconds(100 + kill * 173 % 900))
            collector.program.end(SIGKILL)
            collector = try await start()
        }
        let isDone = try await eventually(within: 60 + Double(names.count) / 5, every: 0.5) {
            try await Self.rows(collector).filter { ["resolve", "trigger"].contains($0.action) && $0.state == "sent" }
                .count == 4 * names.count
        }
        let rows = try await Self.rows(collector)
        #expect(isDone, "\(rows.filter { $0.state != "sent" })")
        #expect(rows.allSatisfy { $0.state != "dead" && $0.state != "waiting" })
        let seconds = Clock.monotonicSeconds() - began
        collector.program.end()
        let double = Self.check(hook.taken.withLock { $0 }, pager.taken.withLock { $0 }, rows, names)
        print(
            """
            ordeal: \(names.count) alerts, \(rows.count) deliveries, \(Self.size.kills) kills, \(Int(seconds)) s; \
            refused \(pager.refused.withLock { $0 }) and \(hook.refused.withLock { $0 }); \
            sent again with the same id: \(double)
            """)
    }

    /// Every row that was sent has been taken, under its own id and no other, and in the order of the rows.
    static func check(_ hook: [Receiver.Taken], _ pager: [Receiver.Taken], _ rows: [Row], _ names: [String]) -> Int {
        let sent = rows.filter { $0.state == "sent" }
        #expect(Set(hook.compactMap(\.row)) == Set(sent.filter { $0.channel == "webhook" }.map(\.id)))
        for name in names {
            let key = "risk:\(name)"
            var seen: [Int] = []
            for row in hook.filter({ $0.key == key }).compactMap(\.row) where !seen.contains(row) { seen.append(row) }
            #expect(seen == seen.sorted(), "\(key): \(seen)")
            // A receiver that knows keys alone sees a beginning, perhaps more of it, and an end, and nothing after it.
            let events = pager.filter { $0.key == key }.map(\.event)
            #expect(events.first == "trigger" && events.last == "resolve", "\(key): \(events)")
            #expect(events.drop { $0 != "resolve" }.allSatisfy { $0 == "resolve" }, "\(key): \(events)")
            let mine = sent.filter { $0.incident == key && $0.channel == "pagerduty" }
            #expect(
                mine.filter { $0.action == "trigger" }.count == 1 && mine.filter { $0.action == "resolve" }.count == 1)
        }
        return hook.count - Set(hook.compactMap(\.row)).count
    }

    static func resolveAll(_ collector: RunningCollector, _ count: Int) async throws {
        var alerts: [Int] = []
        let areThere = try await eventually(within: 30, every: 0.3) {
            (alerts, _) = ([], ())
            var before = ""
            while true {
                let page = try await collector.get("/api/v1/alerts?state=open&limit=500\(before)").object
                let some = (page["alerts"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? Int }
                alerts += some
                guard let next = page["next_before"] as? Int else { break }
                before = "&before=\(next)"
            }
            return alerts.count == count
        }
        #expect(areThere, "\(alerts.count) alerts")
        for id in alerts {
            let answer = try await collector.post("/api/v1/alerts/\(id)/resolve", "{\"by\":\"test\"}")
            #expect(answer.status == 200, "\(answer.text)")
        }
    }

    static func record(_ name: String) -> String {
        """
        {"host":"\(name)","time":\(Date().timeIntervalSince1970),"cpus":8,"cpu_user_pct":50,"cpu_sys_pct":9,\
        "cpu_iowait_pct":40,"cpu_idle_pct":1,"mem_used_pct":99,"swap_used_pct":70,"disk_usage_pct":50,"load_average":30}
        """
    }
}
