import Insight
import Telemetry
import Testing

@testable import Forecasting

struct SkillGuardTests {
    static let firstStep = 1_767_614_400

    /// The model says 80 with a spread; yesterday's memory rose from 10 in steps of .1.
    static func forecast() -> Forecast {
        let quantiles: [Float] = [70, 75, 78, 80, 82, 85, 90]
        var forecast = Forecast(
            firstStep: firstStep, historySteps: 288, model: "m",
            values: (0..<Forecast.valueCount).map { quantiles[$0 % 7] })
        forecast.firstStep = firstStep
        return forecast
    }

    static func steps() -> [StepRow] {
        (0..<288).map { step in
            StepRow(
                start: firstStep - 86_400 + step * 300, means: [.memoryUsed: 10 + Double(step) / 10, .swapUsed: 3],
                samples: 60)
        }
    }

    /// `losses` by horizon: the model's beside yesterday's, which is always 1.
    static func record(_ losses: [Double]) -> LiveRecord {
        var record = LiveRecord()
        for (horizon, loss) in losses.enumerated() {
            for _ in 0..<50 { record.add(.memoryUsed, horizon: horizon, model: loss, simple: [nil, 1, nil, nil]) }
        }
        return record
    }

    static func given(_ losses: [Double]) -> Forecast {
        SkillGuard(record(losses), firstStep: firstStep, steps: steps(), lastWeek: []).apply(to: forecast())
    }

    @Test func aGoodModelSpeaksAlone() {
        #expect(Self.given([0.5, 0.5, 0.5, 0.5, 0.9]) == Self.forecast())
    }

    @Test func aBadModelIsSilent() throws {
        let given = Self.given([2, 2, 2, 2, 2])
        for step in [0, 5, 50, 95] {
            #expect(abs(given.median(.memoryUsed, step: step) - (10 + Double(step) / 10)) < 1e-4)
            // Mean absolute error 2: σ = 2.507, P90 1.28 σ above.
            #expect(abs(given.value(.memoryUsed, step: step, quantile: 5) - (10 + Double(step) / 10 + 3.2125)) < 1e-2)
            #expect(given.value(.memoryUsed, step: step, quantile: 0) >= 0)
        }
        #expect(given.median(.swapUsed, step: 3) == 80)
        #expect(given.voices == [Forecast.Voice(metric: .memoryUsed, shares: [0, 0, 0, 0, 0], simple: .yesterday)])
    }

    @Test func theShareRunsBetweenTheHorizons() throws {
        let given = Self.given([1, 1, 1, 1.125, 1.25])
        #expect(given.median(.memoryUsed, step: 10) == 80)
        // Step 47 is four hours ahead: half and half.
        #expect(abs(given.median(.memoryUsed, step: 47) - (40 + (10 + 4.7) / 2)) < 0.1)
        // Half way between four and eight hours: a quarter is the model's.
        #expect(abs(given.median(.memoryUsed, step: 71) - (20 + 0.75 * (10 + 7.1))) < 0.2)
        let voice = try #require(given.voices.first)
        #expect(zip(voice.shares, [1, 1, 1, 0.5, 0]).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    /// Carrying the last value on is best at the first horizon and bad afterwards, where yesterday is better than the
    /// model: yesterday speaks, with its own share and error everywhere.
    @Test func shareAndErrorAreOfTheForecastThatSpeaks() throws {
        var record = LiveRecord()
        let (persistence, yesterday) = ([1.0, 9, 9, 9, 9], [4.0, 1, 1, 1, 1.0])
        for horizon in 0..<5 {
            for _ in 0..<50 {
                record.add(
                    .memoryUsed, horizon: horizon, model: 2,
                    simple: [persistence[horizon], yesterday[horizon], nil, nil])
            }
        }
        #expect(record.voice(.memoryUsed, horizon: 0)?.simple == .persistence)
        #expect(record.voice(.memoryUsed, horizon: 1, of: .persistence)?.modelShare == 1)
        let guarded = SkillGuard(record, firstStep: Self.firstStep, steps: Self.steps(), lastWeek: [])
        let given = guarded.apply(to: Self.forecast())
        #expect(given.voices == [Forecast.Voice(metric: .memoryUsed, shares: [1, 0, 0, 0, 0], simple: .yesterday)])
        #expect(given.median(.memoryUsed, step: 0) == 80)
        #expect(abs(given.median(.memoryUsed, step: 95) - 19.5) < 1e-4)
        // Yesterday's mean absolute error there is 2, whatever the last value's was.
        #expect(abs(given.value(.memoryUsed, step: 95, quantile: 5) - (19.5 + 3.2125)) < 1e-2)
    }

    @Test func quantilesStayInOrder() {
        let given = Self.given([1.1, 1.2, 1.05, 2, 1.2])
        for step in 0..<Forecast.horizon {
            let row = (0..<7).map { given.value(.memoryUsed, step: step, quantile: $0) }
            #expect(zip(row, row.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    @Test func aWithheldMetricStaysWithheld() {
        var forecast = Self.forecast()
        let first = Metric.memoryUsed.rawValue * Forecast.horizon * 7
        for place in first..<first + Forecast.horizon * 7 { forecast.values[place] = .nan }
        let given = SkillGuard(
            Self.record([2, 2, 2, 2, 2]), firstStep: Self.firstStep, steps: Self.steps(), lastWeek: []
        )
        .apply(to: forecast)
        #expect(given.voices.isEmpty)
        #expect(given.median(.memoryUsed, step: 0).isNaN)
    }

    @Test func lastWeekIsAskedForWhenItSpeaks() {
        var record = LiveRecord()
        #expect(!SkillGuard.asksForLastWeek(record))
        for _ in 0..<50 { record.add(.memoryUsed, horizon: 0, model: 2, simple: [3, 3, 1, 3]) }
        #expect(SkillGuard.asksForLastWeek(record))
        let week = (0..<96).map { step in
            StepRow(start: Self.firstStep - 604_800 + step * 300, means: [.memoryUsed: 33], samples: 60)
        }
        let given = SkillGuard(record, firstStep: Self.firstStep, steps: Self.steps(), lastWeek: week).apply(
            to: Self.forecast())
        #expect(abs(given.median(.memoryUsed, step: 0) - 33) < 1e-4)
    }

    @Test func dampedTrendIsKeptForItsScore() {
        let damped = SkillGuard(LiveRecord(), firstStep: Self.firstStep, steps: Self.steps(), lastWeek: []).damped()
        #expect(damped.count == KeptForecast.pointCount)
        #expect(damped[Metric.swapUsed.rawValue * 5] == 3)
        #expect(damped[Metric.memoryUsed.rawValue * 5 + 4] > 38)
        #expect(damped[Metric.loadAverage.rawValue * 5].isNaN)
    }
}
