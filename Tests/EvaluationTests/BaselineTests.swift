import Testing

@testable import Evaluation

struct BaselineTests {
    static func path(_ baseline: Baseline, _ history: [Float], season: Int, steps: Int) -> [Float] {
        var path = [Float](repeating: .nan, count: steps)
        history.withUnsafeBufferPointer { history in
            path.withUnsafeMutableBufferPointer { baseline.forecast(history, season: season, into: $0) }
        }
        return path
    }

    @Test(
        arguments: [
            (.persistence, [1, 2, 3, .nan], [3, 3, 3, 3]),
            (.season, [1, 2, 3], [1, 2, 3, 1]),
            (.season, [9, 8, 7, 1, .nan, 3], [1, 8, 3, 1]),  // a gap: the season before
            (.season, [5], [5, 5, 5, 5]),  // no season yet: the last value
            (.sevenSeasons, Array(stride(from: Float(1), through: 21, by: 1)), [1, 2, 3, 4]),
            (.persistence, [], [.nan, .nan, .nan, .nan]),
        ] as [(Baseline, [Float], [Float])])
    func paths(baseline: Baseline, history: [Float], expected: [Float]) {
        let path = Self.path(baseline, history, season: 3, steps: 4)
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
}
