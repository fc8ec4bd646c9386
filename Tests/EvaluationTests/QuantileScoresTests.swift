import Testing

@testable import Evaluation

struct QuantileScoresTests {
    @Test func pinballByHand() throws {
        var scores = QuantileScores(levels: [0.1, 0.5, 0.9])
        // Truth 10 over 8, 9, 12: .1·2, .5·1, .1·2; truth −4 over −2, −1, 0: .9·2, .5·3, .1·4.
        scores.add(truth: 10) { [8, 9, 12][$0] }
        scores.add(truth: -4) { [-2, -1, 0][$0] }
        #expect(scores.count == 2)
        let sum = 4.6
        #expect(abs(try #require(scores.meanPinball) - sum / 6) < 1e-6)
        #expect(abs(try #require(scores.crps) - 2 * sum / 14 / 3) < 1e-6)
        #expect(scores.meanAbsoluteError == 2)
        #expect(scores.coverage == 0.5)
    }

    @Test func aMissingTruthDoesNotCount() {
        var scores = QuantileScores(levels: [0.5])
        scores.add(truth: .nan) { _ in 3 }
        #expect(scores.count == 0)
        #expect(scores.meanPinball == nil)
        #expect(scores.crps == nil)
        #expect(scores.coverage == nil)
    }

    @Test func sumsAddUp() {
        var (whole, first, second) = (
            QuantileScores(levels: [0.1, 0.9]), QuantileScores(levels: [0.1, 0.9]), QuantileScores(levels: [0.1, 0.9])
        )
        for (index, truth) in [Float(1), 5, -2, 8].enumerated() {
            whole.add(truth: truth) { Float($0 * 4) }
            if index < 2 {
                first.add(truth: truth) { Float($0 * 4) }
            } else {
                second.add(truth: truth) { Float($0 * 4) }
            }
        }
        first.add(second)
        #expect(first == whole)
    }
}
