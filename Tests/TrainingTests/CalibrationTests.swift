import Forecasting
import Insight
import Testing

@testable import Training

struct CalibrationTests {
    /// A network that has hardly learnt says nonsense of noise; its factors make it true on the windows it was not
    /// shown.
    @Test func quantilesKeepTheirWord() throws {
        var table = try SeriesTable(columns: ["noise"], stepSeconds: 300)
        for s in 0..<3 {
            var random = PlacedRandom(seed: 5, s)
            try table.add(
                "s\(s)", start: 0, steps: 4000, values: (0..<4000).map { _ in 10 + 3 * random.normal() })
        }
        let spec = WindowSpec(
            targets: [0], floors: [0.1], context: 48, horizon: Forecast.horizon,
            quantiles: Forecast.quantiles.map { Float($0) })
        var settings = Tables.settings(steps: 60)
        settings.validationWindows = 64
        settings.validationShare = 0.3
        let trainer = try Trainer(table, spec, settings)
        _ = try trainer.run { _ in true }
        let calibration = try #require(trainer.calibration())
        #expect(calibration.factors.count == 5 * 7)
        #expect((0..<5).allSatisfy { calibration.factors[7 * $0 + 3] == 1 })
        let windows = trainer.source.calibration
        let forecasts = trainer.forecast(windows)
        for (level, share) in [(1, 0.1), (5, 0.9)] {
            var (below, count) = (0, 0)
            for (window, values) in zip(windows, forecasts) {
                for step in 48..<96 {
                    let row = step * 7
                    let truth = table.series[window.series].values[window.origin + step]
                    let factor = calibration.factors[4 * 7 + level]
                    let bound = values[row + 3] + factor * (values[row + level] - values[row + 3])
                    if truth <= bound { below += 1 }
                    count += 1
                }
            }
            #expect(abs(Double(below) / Double(count) - share) < 0.01)
        }
    }

    @Test func anotherHorizonHasNone() throws {
        let trainer = try Trainer(try Tables.waves(), Tables.spec(), Tables.settings(steps: 1))
        #expect(trainer.calibration() == nil)
    }
}
