import Insight
import Testing

struct SimpleForecastTests {
    static func path(_ simple: SimpleForecast, _ history: [Float], season: Int, steps: Int) -> [Float] {
        var path = [Float](repeating: .nan, count: steps)
        history.withUnsafeBufferPointer { history in
            path.withUnsafeMutableBufferPointer { simple.path(history, season: season, into: $0) }
        }
        return path
    }

    @Test(
        arguments: [
            (.persistence, [1, 2, 3, .nan], [3, 3, 3, 3]),
            (.yesterday, [1, 2, 3], [1, 2, 3, 1]),
            (.yesterday, [9, 8, 7, 1, .nan, 3], [1, 8, 3, 1]),  // a gap: the season before
            (.yesterday, [5], [5, 5, 5, 5]),  // no season yet: the last value
            (.lastWeek, Array(stride(from: Float(1), through: 21, by: 1)), [1, 2, 3, 4]),
            (.persistence, [], [.nan, .nan, .nan, .nan]),
        ] as [(SimpleForecast, [Float], [Float])])
    func paths(simple: SimpleForecast, history: [Float], expected: [Float]) {
        let path = Self.path(simple, history, season: 3, steps: 4)
        for (value, expected) in zip(path, expected) { #expect(value == expected || value.isNaN && expected.isNaN) }
    }

    @Test func aDampedTrendGoesOnAndDiesAway() {
        let history = (0..<200).map { Float($0) * 2 }
        let path = Self.path(.dampedTrend, history, season: 24, steps: 200)
        #expect(path[0] > 396)
        #expect(zip(path, path.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(path[199] - path[198] < 0.01)
        #expect(path[199] < 450)
    }

    /// An outage longer than the trend looks back does not leave it without a number.
    @Test func aDampedTrendKnowsWhatWasBeforeAnOutage() {
        let history = (0..<50).map { Float($0) } + [Float](repeating: .nan, count: 300)
        #expect(Self.path(.dampedTrend, history, season: 24, steps: 4).allSatisfy { $0 > 40 })
    }
}
