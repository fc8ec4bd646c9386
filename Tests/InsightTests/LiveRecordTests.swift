import Insight
import Telemetry
import Testing

struct LiveRecordTests {
    /// So many pairs with the same losses; `simple`: persistence, yesterday, last week, damped trend.
    static func record(pairs: Int, model: Double, simple: [Double?]) -> LiveRecord {
        var record = LiveRecord()
        for _ in 0..<pairs { record.add(.memoryUsed, horizon: 2, model: model, simple: simple) }
        return record
    }

    @Test(
        arguments: [
            (40, 1.0, [2.0, nil, nil, nil], nil),  // better than persistence
            (20, 2.0, [1.0, nil, nil, nil], nil),  // worse, but who knows after 20 pairs
            (40, 2.0, [1.0, nil, nil, nil], (0, .persistence)),
            (40, 1.125, [3.0, 1.0, nil, nil], (0.5, .yesterday)),
            (40, 2.0, [1.9, 1.8, 1.5, 1.7], (0, .lastWeek)),
            (40, 0.5, [0.0, nil, nil, nil], (0, .persistence)),
            (40, 0.0, [0.0, nil, nil, nil], nil),
        ] as [(Int, Double, [Double?], (Double, SimpleForecast)?)])
    func whoSpeaks(pairs: Int, model: Double, simple: [Double?], expected: (share: Double, simple: SimpleForecast)?) {
        let voice = Self.record(pairs: pairs, model: model, simple: simple).voice(.memoryUsed, horizon: 2)
        #expect((voice == nil) == (expected == nil))
        guard let voice, let expected else { return }
        #expect(abs(voice.modelShare - expected.share) < 1e-3)
        #expect(voice.simple == expected.simple)
        #expect(abs(voice.simpleError - 2 * (simple[expected.simple.rawValue] ?? 0)) < 1e-4)
    }

    @Test func otherMetricsAndHorizonsDoNotHear() {
        let record = Self.record(pairs: 100, model: 2, simple: [1, 1, 1, 1])
        #expect(record.voice(.memoryUsed, horizon: 1) == nil)
        #expect(record.voice(.swapUsed, horizon: 2) == nil)
    }

    @Test func anOldDefeatFades() {
        var record = Self.record(pairs: 288, model: 2, simple: [1, nil, nil, nil])
        #expect(record.voice(.memoryUsed, horizon: 2)?.modelShare == 0)
        for _ in 0..<600 { record.add(.memoryUsed, horizon: 2, model: 0.5, simple: [1, nil, nil, nil]) }
        #expect(record.voice(.memoryUsed, horizon: 2) == nil)
    }

    @Test func valuesOfAnotherShapeAreRefused() {
        #expect(LiveRecord(values: [1, 2]) == nil)
        let record = Self.record(pairs: 3, model: 1, simple: [1, 2, nil, 4])
        #expect(LiveRecord(values: record.values) == record)
    }
}
