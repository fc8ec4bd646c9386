import HTTPServer
import Insight
import Telemetry
import Testing

@testable import API

struct WhatIfQuestionTests {
    private func decode(_ text: String) throws(Problem) -> WhatIfQuestion {
        let request = HTTPRequest(method: "POST", path: "/", query: [], headers: [], body: Array(text.utf8))
        return try JSONQuestion.read(request) { _, body throws(Problem) in try WhatIfQuestion(body) }
    }

    @Test func aQuestionIsRead() throws {
        let question = try decode(
            """
            {"changes": [{"metric": "mem_used_pct", "over": "PT1H30M", "set": 80},
                         {"metric": "load_average", "over": "P1D", "scale": 0.5},
                         {"metric": "swap_used_pct", "over": "PT300S", "add": -10}], "metrics": ["cpu_idle_pct"]}
            """)
        #expect(
            question.changes == [
                WhatIfChange(metric: .memoryUsed, overSeconds: 5400, kind: .set(80)),
                WhatIfChange(metric: .loadAverage, overSeconds: 86_400, kind: .scale(0.5)),
                WhatIfChange(metric: .swapUsed, overSeconds: 300, kind: .add(-10)),
            ])
        #expect(question.metrics == [.cpuIdle])
        let plain = try decode(#"{"changes": [{"metric": "mem_used_pct", "over": "PT1H", "set": 0}]}"#)
        #expect(plain.metrics == [.memoryUsed])
    }

    /// Every refusal names the field, the rule and how to mend it.
    @Test(arguments: [
        (#"{"changes": []}"#, "changes"), (#"{"changes": 3}"#, "changes"), ("{}", "changes"),
        (#"{"changes": [7]}"#, "changes[0]"),
        (#"{"changes": [{"over": "PT1H", "set": 1}]}"#, "changes[0].metric"),
        (#"{"changes": [{"metric": "memory", "over": "PT1H", "set": 1}]}"#, "changes[0].metric"),
        (#"{"changes": [{"metric": "mem_used_pct", "set": 1}]}"#, "changes[0].over"),
        (#"{"changes": [{"metric": "mem_used_pct", "over": 3600, "set": 1}]}"#, "changes[0].over"),
        (#"{"changes": [{"metric": "mem_used_pct", "over": "P2D", "set": 1}]}"#, "changes[0].over"),
        (#"{"changes": [{"metric": "mem_used_pct", "over": "PT0S", "set": 1}]}"#, "changes[0].over"),
        (#"{"changes": [{"metric": "mem_used_pct", "over": "PT1H"}]}"#, "changes[0].set"),
        (#"{"changes": [{"metric": "mem_used_pct", "over": "PT1H", "set": 1, "add": 1}]}"#, "changes[0].add"),
        (#"{"changes": [{"metric": "mem_used_pct", "over": "PT1H", "set": 101}]}"#, "changes[0].set"),
        (#"{"changes": [{"metric": "mem_used_pct", "over": "PT1H", "set": "80"}]}"#, "changes[0].set"),
        (#"{"changes": [{"metric": "mem_used_pct", "over": "PT1H", "scale": -1}]}"#, "changes[0].scale"),
        (
            #"{"changes": [{"metric": "mem_used_pct", "over": "PT1H", "set": 1}], "metrics": ["x"]}"#, "metrics[0]"
        ),
        (
            #"{"changes": [{"metric": "mem_used_pct", "over": "PT1H", "set": 1}, "#
                + #"{"metric": "mem_used_pct", "over": "PT2H", "set": 2}]}"#, "changes[1].metric"
        ),
    ])
    func whatIsWrongIsNamed(text: String, field: String) {
        let problem = #expect(throws: Problem.self) { try decode(text) }
        #expect(problem?.status == 400 && problem?.field == field, "\(text): \(String(describing: problem))")
        #expect(problem?.rule?.isEmpty == false && problem?.hint?.isEmpty == false)
        #expect(problem?.detail.hasPrefix(field) == true)
    }

    @Test func theMetricThatIsNoneIsShown() {
        let problem = #expect(throws: Problem.self) {
            try decode(
                #"{"changes": [{"metric": "mem_used_pct", "over": "PT1H", "set": 1}], "#
                    + #""metrics": ["cpu_user_pct", "zz"]}"#
            )
        }
        #expect(problem?.field == "metrics[1]")
        #expect(problem?.detail.contains("zz") == true, "\(problem?.detail ?? "")")
    }

    @Test(arguments: [
        "[]", "{", #"{"changes": [], "more": 1}"#,
        #"{"changes": [{"metric": "mem_used_pct", "over": "PT1H", "times": 2}]}"#,
    ])
    func whatIsNoQuestionIsRefused(text: String) {
        let problem = #expect(throws: Problem.self) { try decode(text) }
        #expect(problem?.status == 400 && problem?.hint?.isEmpty == false, "\(text)")
    }

    @Test func aQuestionIsBounded() {
        let many = (0..<40).map { _ in #"{"metric": "mem_used_pct", "over": "PT1H", "set": 1}"# }.joined(separator: ",")
        #expect(#expect(throws: Problem.self) { try decode(#"{"changes": [\#(many)]}"#) }?.status == 400)
        let long = #"{"changes": "\#(String(repeating: " ", count: JSONQuestion.bytesMax))"}"#
        #expect(#expect(throws: Problem.self) { try decode(long) }?.status == 413)
    }

    @Test(arguments: [
        ("PT1H", 3600), ("PT90M", 5400), ("P1D", 86_400), ("P1DT2H3M4S", 93_784), ("PT1S", 1), ("PT0H", 0),
    ])
    func durations(text: String, seconds: Double) {
        #expect(ISODuration.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "P", "PT", "1H", "PT1", "PTH", "P1H", "PT1D", "PT1M1H", "PT1H1H", "P1DT", "PT-1H", "PT1.5H", "P1M", "pt1h",
        "PTT1H", "PT1H ", "PT١H",
    ])
    func noDurations(text: String) {
        #expect(ISODuration.seconds(text) == nil)
    }
}
