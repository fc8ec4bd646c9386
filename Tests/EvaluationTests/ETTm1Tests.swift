import Insight
import TestSupport
import Testing

@testable import Evaluation

/// ETTm1 as GIFT-Eval forecasts it: the published scores of the naive forecasts prove the metrics.
struct ETTm1Tests {
    static let spec = SeriesSpec(
        time: "date", columns: ["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"], stepSeconds: 900, season: 96,
        horizon: 48, windows: 20)

    @Test func reproducesThePublishedRows() throws {
        let file = try SeriesFile(path: "\(Fixture.root)/series/ETTm1.csv.gz", spec: Self.spec)
        #expect(file.series.count == 1)
        #expect(file.series[0].steps == 69_680)
        #expect(file.series[0].start == 1_467_331_200)
        #expect(file.warnings.isEmpty)
        let evaluation = try SeriesEvaluation(file: file, spec: Self.spec)
        #expect(evaluation.windows.count == 140)
        let naive = evaluation.score(.persistence)
        let seasonal = evaluation.score(.yesterday)
        #expect(abs(try #require(naive.scaled.mean) - 1.969) < 5e-4)
        #expect(abs(try #require(seasonal.scaled.mean) - 0.934) < 5e-4)
        #expect(abs(try #require(naive.quantiles.crps) - 0.495) < 5e-4)
        #expect(abs(try #require(seasonal.quantiles.crps) - 0.283) < 1e-3)
    }
}
