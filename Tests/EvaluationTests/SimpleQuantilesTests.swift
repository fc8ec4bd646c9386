import Testing

@testable import Evaluation

struct SimpleQuantilesTests {
    static func forecast(
        _ kind: SimpleQuantiles.Kind, _ history: [Float], season: Int = 4, horizon: Int = 6
    ) -> [Float] {
        let simple = SimpleQuantiles(season: season, horizon: horizon, levels: [0.1, 0.5, 0.9], origins: 40)
        return history.withUnsafeBufferPointer { simple.forecast(kind, $0) }
    }

    @Test(arguments: SimpleQuantiles.Kind.allCases)
    func aConstantIsThatConstant(kind: SimpleQuantiles.Kind) {
        let values = Self.forecast(kind, .init(repeating: 7.5, count: 60))
        #expect(values == .init(repeating: 7.5, count: 18))
    }

    @Test(arguments: SimpleQuantiles.Kind.allCases)
    func nothingIsKnownOfNothing(kind: SimpleQuantiles.Kind) {
        #expect(Self.forecast(kind, []).allSatisfy { $0.isNaN })
        #expect(Self.forecast(kind, [.nan, .nan, .nan]).allSatisfy { $0.isNaN })
        #expect(Self.forecast(kind, [3]).allSatisfy { $0 == 3 })
    }

    /// A wave repeats itself: seasonal forecasts know it, and know that they do.
    @Test(arguments: [SimpleQuantiles.Kind.seasonalNaive, .usual])
    func aWaveIsKnown(kind: SimpleQuantiles.Kind) {
        let wave: [Float] = [0, 5, 9, 5]
        let history = (0..<80).map { wave[$0 % 4] }
        let values = Self.forecast(kind, history)
        for step in 0..<6 { #expect(values[step * 3..<step * 3 + 3].allSatisfy { $0 == wave[step % 4] }) }
        let naive = Self.forecast(.naive, history)
        #expect(naive[2] - naive[0] > 1)
    }

    /// The farther ahead, the less a walk is known; levels are in order.
    @Test func aWalkWidens() {
        var (walk, at, state): ([Float], Float, UInt32) = ([], 0, 1)
        for _ in 0..<600 {
            state = state &* 1_664_525 &+ 1_013_904_223
            at += state >> 31 == 1 ? 1 : -1
            walk.append(at)
        }
        let values = Self.forecast(.naive, walk, horizon: 32)
        let widths = (0..<32).map { values[3 * $0 + 2] - values[3 * $0] }
        #expect(widths[31] > 2 * widths[0])
        #expect(widths.allSatisfy { $0 >= 0 })
    }

    /// Seldom anything: most of what comes is exactly nothing.
    @Test func theClimateKeepsItsZeros() {
        let history = (0..<200).map { $0 % 9 == 0 ? Float(4) : 0 }
        let values = Self.forecast(.climate, history)
        #expect(values[0] == 0 && values[1] == 0)
    }

    @Test func quantilesLieBetweenValues() {
        #expect(SimpleQuantiles.quantile([1, 2, 4], 0.5) == 2)
        #expect(SimpleQuantiles.quantile([1, 2, 4], 0.75) == 3)
        #expect(SimpleQuantiles.quantile([6], 0.9) == 6)
    }
}
