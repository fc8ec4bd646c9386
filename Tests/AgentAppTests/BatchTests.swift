import Foundation
import Telemetry
import Testing

@testable import AgentApp
@testable import Spool

struct BatchTests {
    @Test func theWireForm() throws {
        var record = Record(host: "h", time: 1000.5, values: [.cpuUser: 12.5, .uptime: 0.25])
        for metric in Metric.allCases where record.values[metric] == nil { record.missing[metric] = "x" }
        record.cpus = 8
        record.labels = ["limits": "cpu"]
        let payload = Batch.payload(of: record, sequence: 17)
        let batch = Batch(
            host: "h", bootID: "b", cpus: 8, profile: "web_api", labels: ["team": "risk"], intervalSeconds: 5,
            own: SelfMetrics(waiting: 3, dropped: 2), entries: [.init(sequence: 17, payload: payload)])
        let json = try #require(try JSONSerialization.jsonObject(with: Data(batch.json())) as? [String: Any])
        #expect(
            Set(json.keys) == ["host", "boot_id", "cpus", "profile", "labels", "interval_seconds", "agent", "records"])
        #expect(json["host"] as? String == "h" && json["boot_id"] as? String == "b" && json["cpus"] as? Int == 8)
        #expect(json["interval_seconds"] as? Double == 5 && json["labels"] as? [String: String] == ["team": "risk"])
        let agent = try #require(json["agent"] as? [String: Any])
        #expect(agent["version"] as? String == Version.program && agent["spool_records"] as? Int == 3)
        #expect(agent["dropped"] as? Int == 2)
        let first = try #require((json["records"] as? [[String: Any]])?.first)
        #expect(Set(first.keys) == Set(Metric.allCases.map(\.name)).union(["time", "sequence", "missing"]))
        #expect(first["sequence"] as? Int == 17 && first["time"] as? Double == 1000.5)
        #expect(first["cpu_user_pct"] as? Double == 12.5 && first["disk_usage_pct"] is NSNull)
        #expect((first["missing"] as? [String: String])?["disk_usage_pct"] == "x")
    }

    @Test func optionalMembersAreLeftOut() {
        let batch = Batch(
            host: "h", bootID: "b", cpus: nil, profile: nil, labels: [:], intervalSeconds: 5, own: SelfMetrics(),
            entries: [])
        #expect(
            String(decoding: batch.json(), as: UTF8.self)
                == #"{"host":"h","boot_id":"b","interval_seconds":5,"agent":{"version":"\#(Version.program)","#
                + #""spool_records":0,"dropped":0,"pushes_stored":0,"pushes_failed":0,"pushes_refused":0},"#
                + #""records":[]}"#
        )
    }

    @Test(
        arguments: [
            (#"{"time":1000.5,"sequence":1}"#, 1000.5), (#"{"time":7}"#, 7), (#"{"time":x}"#, nil), ("{}", nil),
            ("", nil),
        ] as [(String, Double?)])
    func aPayloadTellsItsTime(payload: String, time: Double?) {
        #expect(Batch.time(of: Array(payload.utf8)) == time)
    }
}
