import Insight
import Telemetry
import Testing

@testable import Risk

/// The bands that a finished engine must give. Change a default, and these say what it costs.
struct CalibrationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let band: ClosedRange<Double>
        let input: RiskInput
        var testDescription: String { name }

        init(_ name: String, _ band: ClosedRange<Double>, _ scene: Scene) {
            self.name = name
            self.band = band
            input = scene.input
        }
    }

    static let cases: [Case] = [
        Case("steady", 0...29, Scene().setting(.cpuUsed, 40, ahead: 42).setting(.memory, 35)),
        Case("climbing", 45...58, Scene().setting(.cpuUsed, [(20, 20), (10, 40), (0, 60)], ahead: 75)),
        Case("falling", 0...40, Scene().setting(.cpuUsed, [(20, 85), (0, 60)], ahead: 50)),
        Case("early warning", 25...40, Scene().setting(.cpuUsed, 40, ahead: 95)),
        Case(
            "looks fine", 50...59.99,
            Scene().setting(.cpuUsed, [(30, 35), (0, 55)], ahead: 92).setting(.memory, [(30, 42), (0, 62)], ahead: 88)),
        Case("isolated", 0...29, Scene().setting(.cpuUsed, 85, ahead: 85)),
        Case(
            "compound", 80...89.99,
            Scene().setting(.cpuUsed, 85).setting(.memory, 90).setting(.ioWait, 25).setting(.backCloseWait, 20)),
        Case(
            "compound, both CLOSE_WAIT", 80...89.99,
            Scene().setting(.cpuUsed, 85).setting(.memory, 90).setting(.ioWait, 25)
                .setting(.backCloseWait, 20).setting(.frontCloseWait, 20)),
        Case("database cache", 0...29, Scene(.database).setting(.memory, 98, ahead: 99).setting(.cpuUsed, 40)),
        Case("same, ml", 50...59.99, Scene(.machineLearning).setting(.memory, 98, ahead: 99).setting(.cpuUsed, 40)),
        Case(
            "leak", 70...79.99,
            Scene().setting(.memory, [(240, 72), (0, 92)], ahead: 95)
                .setting(.swap, [(120, 1), (0, 15)], ahead: 18).setting(.cpuUsed, 45)),
        Case(
            "I/O bottleneck", 60...69.99,
            Scene().setting(.ioWait, 35, ahead: 38).setting(.loadPerCPU, 2).setting(.cpuUsed, 35)),
        Case("pegged", 50...69.99, Scene().setting(.cpuUsed, 99).setting(.loadPerCPU, 3)),
        Case("thrash", 90...100, Scene().setting(.memory, 98).setting(.swap, 60).setting(.ioWait, 40)),
    ]

    @Test(arguments: cases) func scoreIsInItsBand(_ expected: Case) {
        let score = RiskEngine().score(expected.input)
        #expect(expected.band.contains(score.value), "\(expected.name): \(score.value)\n\(score.told)")
    }

    /// One host going down, a reading every quarter of an hour: CPU, memory, I/O wait; their medians half an hour
    /// ahead;
    /// the score, ± 6.
    static let readings: [(now: [Double], ahead: [Double], score: Double)] = [
        ([15, 25, 1], [20, 30, 2], 5),
        ([40, 50, 3], [60, 65, 5], 35),
        ([65, 70, 6], [85, 85, 12], 58),
        ([78, 82, 12], [95, 92, 20], 67),
        ([88, 91, 22], [98, 97, 35], 76),
        ([96, 97, 35], [99, 99, 50], 87),
        ([99, 99.5, 50], [99, 99.5, 60], 94),
    ]

    @Test(arguments: readings.indices) func degradationIsFollowed(_ index: Int) {
        let expected = Self.readings[index]
        var scene = Scene()
        for (column, signal) in [RiskSignal.cpuUsed, .memory, .ioWait].enumerated() {
            let past = Self.readings[...index].enumerated().map { (Double(index - $0) * 15, $1.now[column]) }
            scene = scene.setting(signal, past, ahead: expected.ahead[column])
        }
        let score = RiskEngine().score(scene.input)
        #expect(abs(score.value - expected.score) <= 6, "reading \(index + 1): \(score.value)\n\(score.told)")
    }

    @Test func aSilentHostHasNoScore() {
        let engine = RiskEngine()
        let last = engine.score(Scene().input)
        let silent = engine.verdict(for: Scene().input, lastSample: 1000, now: 1091, last: last)
        #expect(silent == .offline(silentSeconds: 91, last: last))
        #expect(engine.verdict(for: Scene().input, lastSample: 1000, now: 1089, last: nil) == .score(last))
    }
}

extension RiskScore {
    /// Everything, for a failing test's message.
    var told: String {
        (["\(value) = 0.7 · \(current) + 0.3 · \(predicted)"]
            + parts.map { "  \($0.points) \($0.metric.name) \($0.factor): \($0.sentence)" } + notes).joined(
                separator: "\n")
    }
}
