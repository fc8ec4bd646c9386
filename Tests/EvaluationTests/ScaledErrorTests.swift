import Testing

@testable import Evaluation

struct ScaledErrorTests {
    @Test func seasonalErrorSkipsGaps() {
        let history: [Float] = [1, 5, 2, 7, .nan, 7]
        // Season 2: |2−1|, |7−5|, gap, |7−7|.
        #expect(ScaledError.seasonalError(history[...], season: 2) == 1)
        #expect(ScaledError.seasonalError(history[...], season: 9) == nil)
    }

    @Test func averagesWindowsAndLeavesOutWhatHasNoScale() {
        var error = ScaledError()
        error.add(truth: [4, .nan, 8][...], median: [5, 0, 5][...], seasonalError: 2)
        error.add(truth: [1][...], median: [4][...], seasonalError: 1)
        error.add(truth: [1][...], median: [4][...], seasonalError: 0)
        error.add(truth: [.nan][...], median: [4][...], seasonalError: 1)
        #expect(error.mean == 2)
        #expect(ScaledError().mean == nil)
    }
}
