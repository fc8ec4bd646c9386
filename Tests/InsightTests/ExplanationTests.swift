import Telemetry
import Testing

@testable import Insight

struct ExplanationTests {
    static let inputs = Explanation.Inputs(
        host: ["profile", "mem_used_pct_center"],
        past: ["status", "hour_sin", "hour_cos", "mem_used_pct", "swap_used_pct"], ahead: ["hour"])

    /// 24 hours of the past; what they leave is looked at ahead.
    static func explanation(hours: [Float]) throws -> Explanation {
        let shares: [Float] = [0.25, 0.75, 0.04, 0.2, 0.13, 0.41, 0.22, 1]
        return try #require(
            Explanation(inputs: inputs, values: shares + hours + [1 - hours.reduce(0, +)]))
    }

    static func hours(_ few: [Int: Float]) -> [Float] { (1...24).map { few[$0] ?? 0.01 } }

    @Test func saysWhatWeighsMostAndWhereItLooks() throws {
        let yesterday = try Self.explanation(hours: Self.hours([20: 0.3, 21: 0.2]))
        #expect(
            yesterday.sentence
                == "Of the past it weighs memory 41 %, time of day 33 % and swap 22 %; it looks most at the same hours "
                + "yesterday (56 % of its attention).")
        let now = try Self.explanation(hours: Self.hours([1: 0.2]))
        #expect(now.looksMostAt?.stretch == .lastHour)
        #expect(abs((now.looksMostAt?.share ?? 0) - 0.2) < 1e-6)
        // Twelve hours with more in all, but less for their length than three.
        let before = try Self.explanation(hours: Self.hours([2: 0.06, 3: 0.06, 4: 0.06, 9: 0.1, 10: 0.1]))
        #expect(before.looksMostAt?.stretch == .lastHours)
        let ahead = try Self.explanation(hours: .init(repeating: 0, count: 24))
        #expect(ahead.looksMostAt == nil && ahead.sentence.hasSuffix("swap 22 %."))
    }

    @Test func namesAreWords() {
        #expect(InputShare(input: "mem_used_pct_center", share: 0).words == "level of memory")
        #expect(InputShare(input: "net_in_mb_s_scale", share: 0).words == "spread of network in")
        #expect(InputShare(input: "hour_sine", share: 0).words == "hour_sine")
        #expect(Set(Metric.allCases.map(\.words)).count == Metric.count)
    }

    @Test func aDatabasesTextIsReadBack() throws {
        let one = try Self.explanation(hours: Self.hours([1: 0.123456]))
        let again = try #require(Explanation(text: one.text))
        #expect(again.inputs == Self.inputs && again.values.count == one.values.count)
        #expect(zip(again.values, one.values).allSatisfy { abs($0 - $1) <= 0.51e-5 })
        #expect(again.text == one.text)
    }

    @Test(arguments: [
        "", "host a:1", "host a:1\npast b:2\nahead c:3\nattention\ncoming",
        "host a:x\npast b:2\nahead c:3\nattention 1 2\ncoming 3",
        "past b:2\nhost a:1\nahead c:3\nattention 1\ncoming 3", "host a\npast b:2\nahead c:3\nattention 1\ncoming 3",
    ])
    func anotherTextIsNone(text: String) {
        #expect(Explanation(text: text) == nil)
    }
}
