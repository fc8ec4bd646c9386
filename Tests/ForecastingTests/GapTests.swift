import Insight
import Telemetry
import Testing

@testable import Forecasting

/// What gaps do to a forecast: never a made-up one, and never a surer one.
struct GapTests {
    let model: ForecastModel
    let request: ForecastRequest

    init() throws {
        model = try Shipped.model()
        request = try Shipped.samples()[0].request
    }

    private func forecast(_ request: ForecastRequest) throws -> Forecast {
        try #require(model.forecast([request])[0].forecast)
    }

    @Test func aMetricThatIsNowhereHasNoForecastAndTheOthersDo() throws {
        let forecast = try forecast(request.without(.javaCPU, ages: 1...288))
        for step in 0..<Forecast.horizon {
            #expect((0..<7).allSatisfy { forecast.value(.javaCPU, step: step, quantile: $0).isNaN })
            #expect(Metric.allCases.allSatisfy { $0 == .javaCPU || forecast.median($0, step: step).isFinite })
        }
    }

    @Test func aPatchedHistoryMakesAWiderForecast() throws {
        let history = History(request.without(ages: 60...203), window: 288)
        #expect(history.count == 144)
        #expect(history.widening(.memoryUsed) == 1.5)
        let values = Array(repeating: Float(50), count: Forecast.valueCount).enumerated().map {
            $1 + Float($0 % 7) - 3
        }
        var patched = values
        ForecastBounds(history: history).apply(to: &patched)
        let first = ForecastBounds.index(.memoryUsed, 0)
        #expect(Array(patched[first..<first + 7]) == [45.5, 47, 48.5, 50, 51.5, 53, 54.5])
    }

    @Test func aShortGapHardlyChangesIt() throws {
        let (whole, patched) = (try forecast(request), try forecast(request.without(ages: 100...101)))
        #expect(patched.historySteps == 288)
        for step in 0..<Forecast.horizon {
            #expect(abs(whole.median(.memoryUsed, step: step) - patched.median(.memoryUsed, step: step)) < 3)
        }
    }

    @Test func aLongGapIsSkipped() throws {
        let forecast = try forecast(request.without(ages: 100...150))
        #expect(forecast.historySteps == 288 - 51)
        #expect(Metric.allCases.allSatisfy { forecast.median($0, step: 95).isFinite })
    }
}
