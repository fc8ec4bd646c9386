import JSON
import Store
import Telemetry
import Testing

@testable import API

/// The agents' compact form, held to the same rules as records.
struct RowDecoderTests {
    private func decode(_ text: String) throws -> DecodedBatch {
        let parser = try JSONParser()
        return try parser.parse(Array(text.utf8), unreadableNumbers: .marked) { value in
            Result { () throws(Problem) in try RecordDecoderTests.decoder.decode(value) }
        }.get()
    }

    private func body(_ rows: String, _ more: String = #""columns":"linborg/2""#) -> String {
        #"{"host":"web1","boot_id":"b1","sequence":7,\#(more),"rows":[\#(rows)]}"#
    }

    private static let values = "1,2,3,94,0,50,0,60,0.1,0.2,0,1,0.5,3.25"

    /// What the agent writes comes back, but for what it says once.
    @Test func readsWhatAnAgentWrites() throws {
        var record = Record(host: "web1", time: 1_795_427_999.125, values: [.cpuUser: 12.34, .uptime: 3.0001])
        record.missing[.javaCPU] = "hidden"
        var json = JSONWriter()
        record.writeRow(to: &json)
        let batch = try decode(body("\(json.text),[1795428000,\(Self.values)]"))
        #expect(batch.refusals.isEmpty && batch.records.count == 2)
        #expect(batch.records.map(\.sequence) == [7, 8] && batch.records.allSatisfy { $0.bootID == "b1" })
        #expect(batch.records[0].values == record.values && batch.records[0].time == record.time)
        #expect(batch.records[0].missing == [.javaCPU: "hidden"])
        #expect(batch.records[1].values[.cpuIdle] == 94 && batch.records[1].values[.uptime] == 3.25)
        #expect(batch.gaps.isEmpty)
        #expect(try decode(body("[1795428000,\(Self.values)]", #""profile":"web_api""#)).records.count == 1)
    }

    @Test(
        arguments: [
            ("5", "rows", "5"), ("[]", "rows", "0 values"), ("[1795428000,1]", "rows", "2 values"),
            ("[1795428000,\(values),{},1]", "rows", "17 values"), ("[null,\(values)]", "time", "null"),
            ("[1795428000,101,2,3,94,0,50,0,60,0.1,0.2,0,1,0.5,3]", "cpu_user_pct", "101"),
            ("[1795428000,1,2,3,94,0,50,0,60,0.1,0.2,0,1,0.5,-1]", "uptime_days", "-1"),
            ("[1795428000,1,2,3,94,0,50,0,\"x\",0.1,0.2,0,1,0.5,1]", "disk_usage_pct", "x"),
            ("[1795428000,\(values),{\"cpu\":\"x\"}]", "missing", "cpu"), ("[1795428000,\(values),5]", "missing", "5"),
            ("[1795341000,\(values)]", "time", "1795341000.0"), ("[1795429000,\(values)]", "time", "1795429000.0"),
            (
                "[1795428000,null,null,null,null,null,null,null,null,null,null,null,null,null,null]", "records",
                "no metric"
            ),
        ])
    func aRowThatBreaksARuleIsRefusedWithItsPlace(row: String, field: String, value: String) throws {
        let batch = try decode(body("[1795428000,\(Self.values)],\(row),[1795428000.5,\(Self.values)]"))
        #expect(batch.records.map(\.sequence) == [7, 9] && batch.refusedCount == 1)
        let refusal = try #require(batch.refusals.first)
        #expect(refusal.index == 1 && refusal.field == field && refusal.value == value, "\(refusal)")
        #expect(!refusal.rule.isEmpty && !refusal.hint.isEmpty)
        // Its agent will not send it again, so the gap is known.
        let gap = try #require(batch.gaps.first)
        #expect(batch.gaps.count == 1 && gap.first == 8 && gap.last == 8 && gap.reason == "refused")
    }

    @Test func neighbouringRefusalsAreOneGap() throws {
        let batch = try decode(body("[],[],[1795428000,\(Self.values)],[]"))
        #expect(batch.gaps.map(\.first) == [7, 10] && batch.gaps.map(\.lost) == [2, 1])
    }

    @Test func noMoreThanAThousand() throws {
        let rows = (0..<1003).map { "[\(1_795_427_000 + $0 / 2).\($0 % 2),\(Self.values)]" }.joined(separator: ",")
        let batch = try decode(body(rows))
        #expect(batch.records.count == 1000 && batch.refusedCount == 3 && batch.gaps.map(\.lost) == [3])
    }

    @Test(arguments: [#""columns":"linborg/3""#, #""columns":5"#, #""columns":null"#])
    func unknownColumnsAreRefusedWhole(columns: String) {
        let problem = #expect(throws: Problem.self) { try decode(body("[1795428000,\(Self.values)]", columns)) }
        #expect(problem?.status == 400 && problem?.hint?.contains("linborg/2") == true)
    }

    @Test(arguments: ["9223372036854775807", "9223372036854775806"])
    func sequencesDoNotOverflow(first: String) throws {
        let text = #"{"host":"h","boot_id":"b","columns":"linborg/2","sequence":\#(first),"rows":"#
        let rows = (0..<3).map { "[\(1_795_427_000 + $0),\(Self.values)]" }.joined(separator: ",")
        let batch = try decode(text + "[\(rows)]}")
        #expect(batch.records.count == 3 && batch.records.last?.sequence == nil)
    }
}

struct GapDecoderTests {
    private func decode(_ gaps: String) throws -> DecodedBatch {
        let parser = try JSONParser()
        let text = #"{"host":"web1","boot_id":"b1","backlog":40,"records":[],"gaps":\#(gaps)}"#
        return try parser.parse(Array(text.utf8), unreadableNumbers: .marked) { value in
            Result { () throws(Problem) in try RecordDecoderTests.decoder.decode(value) }
        }.get()
    }

    @Test func gapsAreRead() throws {
        let batch = try decode(
            #"""
            [{"first":1,"last":9,"from":10.5,"to":20,"reason":"spool_bytes","newer":[1]},
             {"boot_id":"b0","first":5,"last":5,"lost":1,"from":1,"to":1,"reason":"x"}]
            """#)
        #expect(batch.refusals.isEmpty && batch.backlog == 40)
        #expect(
            batch.gaps == [
                DeclaredGap(host: "web1", bootID: "b1", sequences: 1...9, from: 10.5, to: 20, reason: "spool_bytes"),
                DeclaredGap(host: "web1", bootID: "b0", sequences: 5...5, from: 1, to: 1, reason: "x"),
            ])
    }

    @Test(
        arguments: [
            ("5", "gaps"), ("[5]", "gaps"), ("[{}]", "gaps.first"),
            (#"[{"first":0,"last":1,"from":1,"to":1,"reason":"x"}]"#, "gaps.first"),
            (#"[{"first":9,"last":8,"from":1,"to":1,"reason":"x"}]"#, "gaps.last"),
            (#"[{"first":1,"last":18446744073709551615,"from":1,"to":1,"reason":"x"}]"#, "gaps.last"),
            (#"[{"first":1,"last":3,"lost":4,"from":1,"to":1,"reason":"x"}]"#, "gaps.lost"),
            (#"[{"first":1,"last":3,"lost":0,"from":1,"to":1,"reason":"x"}]"#, "gaps.lost"),
            (#"[{"first":1,"last":3,"from":-1,"to":1,"reason":"x"}]"#, "gaps.from"),
            (#"[{"first":1,"last":3,"from":5,"to":1,"reason":"x"}]"#, "gaps.to"),
            (#"[{"first":1,"last":3,"from":1,"to":1e300,"reason":"x"}]"#, "gaps.to"),
            (#"[{"first":1,"last":3,"from":1,"to":1,"reason":"No!"}]"#, "gaps.reason"),
            (#"[{"first":1,"last":3,"from":1,"to":1}]"#, "gaps.reason"),
            (#"[{"boot_id":"","first":1,"last":3,"from":1,"to":1,"reason":"x"}]"#, "boot_id"),
        ])
    func oneThatBreaksARuleIsRefused(gaps: String, field: String) throws {
        let batch = try decode(gaps)
        #expect(batch.gaps.isEmpty && batch.refusals.map(\.field) == [field], "\(batch.refusals)")
    }

    @Test func noMoreThanAreTaken() throws {
        let one = #"{"first":1,"last":1,"from":1,"to":1,"reason":"x"}"#
        let batch = try decode("[\([String](repeating: one, count: 70).joined(separator: ","))]")
        #expect(batch.gaps.count == RecordDecoder.gapsMax && batch.refusedCount == 6)
    }
}

struct BacklogSlotsTests {
    @Test func aThousandAgentsGetTheirTurnsOneAfterTheOther() {
        let slots = BacklogSlots()
        let granted = (0..<1000).map { _ in slots.grant(5000, now: 100) }
        #expect(granted.allSatisfy { $0.records == BacklogSlots.recordsMax })
        #expect(granted[0].afterSeconds == BacklogSlots.pauseSeconds)
        let last = 999 * Double(BacklogSlots.recordsMax) / BacklogSlots.recordsPerSecond
        #expect(abs(granted[999].afterSeconds - last) < 1e-6)
        // In every second no more than is allowed, but for the first few, who wait a moment all the same.
        for second in 1..<15 {
            let records = granted.filter { Int($0.afterSeconds) == second }.reduce(0) { $0 + $1.records }
            #expect(Double(records) <= BacklogSlots.recordsPerSecond + Double(BacklogSlots.recordsMax))
        }
        // Later nobody waits any more.
        #expect(slots.grant(7, now: 200) == (7, BacklogSlots.pauseSeconds))
    }

    @Test func nobodyIsToldToWaitForEver() {
        let slots = BacklogSlots()
        for _ in 0..<100_000 { _ = slots.grant(300, now: 0) }
        #expect(slots.grant(300, now: 0).afterSeconds == BacklogSlots.waitSecondsMax)
        #expect(slots.grant(300, now: BacklogSlots.waitSecondsMax * 2).afterSeconds == BacklogSlots.pauseSeconds)
        #expect(BacklogSlots.header((300, 2.51)) == "records=300, after=2.6")
    }
}
