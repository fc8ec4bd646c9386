import JSON
import Telemetry
import Testing

@testable import API

/// The contract's answers (§6), one row a rule.
struct RecordDecoderTests {
    static let now = 1_795_428_000.0
    static let decoder = RecordDecoder(now: now, ageSecondsMax: 86_400, ageHint: "import it")

    private func decode(_ text: String) throws -> DecodedBatch {
        let parser = try JSONParser()
        return try parser.parse(Array(text.utf8), unreadableNumbers: .marked) { value in
            Result { () throws(Problem) in try Self.decoder.decode(value) }
        }.get()
    }

    private func record(_ members: String) -> String {
        #"{"records":[{"host":"web1","time":1795428000,"cpu_user_pct":1\#(members.isEmpty ? "" : ",")\#(members)}]}"#
    }

    @Test func takesTheAgentsForm() throws {
        let batch = try decode(
            #"""
            {"host":"web1","boot_id":"b1","cpus":8,"profile":"web_api","labels":{"dc":"ny"},"interval_seconds":5,
             "agent":{"version":"1","spool_records":3,"list":[1]},
             "records":[{"time":1795427999.5,"sequence":7,"cpu_user_pct":12.5,"java_cpu_pct":null,
                         "missing":{"java_cpu_pct":"hidden"}}]}
            """#)
        let record = try #require(batch.records.first)
        #expect(batch.refusals.isEmpty)
        #expect(record.host == "web1" && record.bootID == "b1" && record.cpus == 8 && record.profile == .webAPI)
        #expect(record.labels == ["dc": "ny"] && record.sequence == 7 && record.time == 1_795_427_999.5)
        #expect(record.values == [.cpuUser: 12.5])
        #expect(record.missing == [.javaCPU: "hidden"])
        #expect(batch.intervalSeconds == 5)
        #expect(batch.agentStatus == #"{"version":"1","spool_records":3}"#)
    }

    @Test func takesTheAncestorsForm() throws {
        let batch = try decode(
            #"""
            {"records":[{"timestamp":"2026-11-23T10:00:00Z","server_name":"ppdb001","status":"heavy_load",
                         "mem_used_pct":98}]}
            """#
        )
        #expect(batch.records.first?.host == "ppdb001")
        #expect(batch.records.first?.time == 1_795_428_000)
        #expect(batch.records.first?.state == .heavyLoad)
    }

    @Test(arguments: [
        (#""cpu_usr_pct":1"#, "cpu_usr_pct", "1", "did you mean cpu_user_pct?"),
        (#""mem_used_pct":"98""#, "mem_used_pct", "98", "null"),
        (#""mem_used_pct":NaN"#, "mem_used_pct", "NaN", "null"),
        (#""mem_used_pct":1e999"#, "mem_used_pct", "1e999", "null"),
        (#""load_average":1e308"#, "load_average", "1e+308", "null"),
        (#""mem_used_pct":101"#, "mem_used_pct", "101", "null"),
        (#""net_in_mb_s":-1"#, "net_in_mb_s", "-1", "null"),
        (#""mem_used_pct":{}"#, "mem_used_pct", "an object", "null"),
        (#""host":"a b""#, "host", "a b", "hostname"),
        (#""host":"""#, "host", "", "hostname"),
        (#""time":"2026-11-23T10:00:00""#, "time", "2026-11-23T10:00:00", "add its zone"),
        (#""time":"yesterday""#, "time", "yesterday", "like 2026"),
        (#""time":1795428301"#, "time", "1795428301.0", "301 s ahead"),
        (#""time":1795428000000"#, "time", "1795428000000.0", "milliseconds"),
        (#""time":1795341599"#, "time", "1795341599.0", "import it"),
        (#""time":true"#, "time", "true", "like 1763890000.5"),
        (#""state":"fine""#, "state", "fine", "derives it"),
        (#""profile":"toaster""#, "profile", "toaster", "derives it"),
        (#""cpus":0"#, "cpus", "0", "number of CPUs"),
        (#""sequence":0"#, "sequence", "0", "from 1"),
        (#""sequence":1.5"#, "sequence", "1.5", "from 1"),
        (#""labels":{"a":1}"#, "labels", "a: 1", "shorten"),
        (#""missing":{"cpu":"x"}"#, "missing", "cpu", "the metrics are"),
    ])
    func refusesWithPlaceAndHint(members: String, field: String, value: String, hint: String) throws {
        let batch = try decode(record(members))
        #expect(batch.records.isEmpty)
        let refusal = try #require(batch.refusals.first)
        #expect(refusal.index == 0)
        #expect(refusal.field == field)
        #expect(refusal.value == value)
        #expect(refusal.hint.contains(hint), "\(refusal.hint)")
    }

    @Test func keepsTheGoodOnes() throws {
        let good = #"{"host":"web1","time":1795428000,"cpu_user_pct":1}"#
        let long = String(repeating: "a", count: 300)
        let batch = try decode(
            #"""
            {"records":[\#(good),{"host":"\#(long)","time":1,"cpu_user_pct":1},5,\#(good),
                        {"host":"x","time":1795428000}]}
            """#
        )
        #expect(batch.records.count == 2)
        #expect(batch.refusals.map(\.index) == [1, 2, 4])
        #expect(batch.refusals[0].value.count <= Refusal.valueMax + 1)
        #expect(batch.refusals[2].rule == "at least one of the 14 metrics")
    }

    @Test func takesAThousandAndRefusesTheRest() throws {
        let good = #"{"host":"web1","time":1795428000,"cpu_user_pct":1}"#
        let batch = try decode(#"{"records":[\#(Array(repeating: good, count: 1003).joined(separator: ","))]}"#)
        #expect(batch.records.count == 1000)
        #expect(batch.refusals.map(\.index) == [1000, 1001, 1002])
    }

    @Test func countsSharesThatDoNotAddUp() throws {
        let batch = try decode(record(#""cpu_sys_pct":1,"cpu_iowait_pct":1,"cpu_idle_pct":50"#))
        #expect(batch.records.count == 1)
        #expect(batch.shareWarnings == 1)
    }

    @Test(arguments: ["[]", "5", #"{"record":[]}"#, #"{"records":{}}"#, #"{"host":7,"records":[]}"#])
    func saysWhatABodyMustBe(text: String) {
        let problem = #expect(throws: Problem.self) { try decode(text) }
        #expect(problem?.status == 400)
        #expect(problem?.hint?.isEmpty == false)
    }
}
