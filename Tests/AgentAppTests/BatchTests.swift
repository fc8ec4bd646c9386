import Foundation
import Telemetry
import Testing

@testable import AgentApp
@testable import Spool

struct BatchTests {
    static func object(_ batch: Batch) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(batch.json())) as? [String: Any])
    }

    @Test func theWireForm() throws {
        var record = Record(host: "h", time: 1000.5, values: [.cpuUser: 12.5041, .networkIn: 0.12345, .uptime: 0.25])
        for metric in Metric.allCases where record.values[metric] == nil { record.missing[metric] = "x" }
        record.cpus = 8
        record.labels = ["limits": "cpu"]
        let payload = Batch.payload(of: record)
        #expect(Batch.time(of: payload) == 1000.5)
        let head = BatchHead(
            cpus: 8, profile: "web_api", labels: ["team": "risk"], intervalSeconds: 5,
            agent: SelfMetrics(waiting: 3, dropped: 2))
        let gap = SpoolGap(3...9, lost: 5, from: 10, to: 20.5, reason: .bytes)
        let json = try Self.object(
            Batch(
                host: "h", bootID: "b", head: head, entries: [.init(sequence: 17, payload: payload)], gaps: [gap],
                backlog: 900))
        #expect(
            Set(json.keys) == [
                "host", "boot_id", "cpus", "profile", "labels", "interval_seconds", "agent", "sequence",
                "rows", "backlog", "gaps",
            ])
        #expect(json["host"] as? String == "h" && json["boot_id"] as? String == "b" && json["cpus"] as? Int == 8)
        #expect(json["interval_seconds"] as? Double == 5 && json["labels"] as? [String: String] == ["team": "risk"])
        let agent = try #require(json["agent"] as? [String: Any])
        #expect(agent["version"] as? String == Version.program && agent["spool_records"] as? Int == 3)
        #expect(agent["dropped"] as? Int == 2 && json["backlog"] as? Int == 900)
        #expect(json["sequence"] as? Int == 17)
        let row = try #require((json["rows"] as? [[Any]])?.first)
        #expect(row.count == 16 && row[0] as? Double == 1000.5 && row[1] as? Double == 12.5)
        #expect(row[9] as? Double == 0.1235 && row[14] as? Double == 0.25 && row[8] is NSNull)
        #expect((row[15] as? [String: String])?["disk_usage_pct"] == "x")
        let told = try #require((json["gaps"] as? [[String: Any]])?.first)
        #expect(told["first"] as? Int == 3 && told["last"] as? Int == 9 && told["lost"] as? Int == 5)
        #expect(told["from"] as? Double == 10 && told["to"] as? Double == 20.5)
        #expect(told["boot_id"] as? String == "b" && told["reason"] as? String == "spool_bytes")
    }

    @Test func whatNeedNotBeSaidIsLeftOut() {
        let batch = Batch(
            host: "h", bootID: "b",
            entries: [
                .init(sequence: 5, payload: Array("[1]".utf8)), .init(sequence: 6, payload: Array("[2]".utf8)),
            ])
        #expect(
            String(decoding: batch.json(), as: UTF8.self)
                == #"{"host":"h","boot_id":"b","sequence":5,"rows":[[1],[2]]}"#)
    }

    /// What a version before rows has left in the spool goes as it is, in a batch of its own.
    @Test func olderRecordsKeepTheirForm() {
        let old = Array(#"{"time":1.5,"sequence":1,"cpu_user_pct":2}"#.utf8)
        let entries: [Spool.Entry] = [
            .init(sequence: 1, payload: old), .init(sequence: 2, payload: old),
            .init(sequence: 3, payload: Array("[9]".utf8)),
        ]
        #expect(Batch.time(of: old) == 1.5)
        #expect(Batch.uniform(entries).map(\.sequence) == [1, 2] && Batch.uniform(Array(entries[2...])).count == 1)
        let batch = Batch(host: "h", bootID: "b", entries: [entries[0]])
        #expect(
            String(decoding: batch.json(), as: UTF8.self)
                == #"{"host":"h","boot_id":"b","records":[{"time":1.5,"sequence":1,"cpu_user_pct":2}]}"#)
    }

    @Test(arguments: ["", "[", "[null]", "{}", "[" + String(repeating: "1", count: 99) + ",2]"])
    func noTimeIsNil(payload: String) { #expect(Batch.time(of: Array(payload.utf8)) == nil) }
}
