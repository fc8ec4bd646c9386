import Insight
import Telemetry
import Testing

@testable import Forecasting

/// What must hold of every forecast, whatever the network says.
struct ForecastBoundsTests {
    let model: ForecastModel
    let requests: [ForecastRequest]

    init() throws {
        model = try Shipped.model()
        let samples = try Shipped.samples().map(\.request)
        var extreme = samples[0]
        for i in extreme.steps.indices {
            for metric in Metric.allCases where metric != .uptime { extreme.steps[i].means[metric] = 0 }
            extreme.steps[i].means[.cpuIdle] = i % 7 == 0 ? 0 : 100
            extreme.steps[i].means[.cpuUser] = i % 7 == 0 ? 100 : 0
            extreme.steps[i].means[.memoryUsed] = 100
        }
        var stolen = samples[1]
        for i in stolen.steps.indices {
            stolen.steps[i].means[.cpuIdle] = (stolen.steps[i].means[.cpuIdle] ?? 0) * 0.5
        }
        requests = samples + [extreme, stolen, samples[0].without(ages: 30...200), samples[1].last(12)]
    }

    @Test func quantilesAscendWithinTheRange() throws {
        for answer in model.forecast(requests) {
            let forecast = try #require(answer.forecast)
            for metric in Metric.allCases {
                for step in 0..<Forecast.horizon {
                    let values = (0..<7).map { forecast.value(metric, step: step, quantile: $0) }
                    #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 }, "\(metric.name) \(step) \(values)")
                    #expect(values.allSatisfy { metric.range.contains($0) && $0.isFinite }, "\(metric.name) \(step)")
                }
            }
        }
    }

    @Test func medianSharesAddUpToTheWhole() throws {
        for (request, answer) in zip(requests, model.forecast(requests)) {
            let forecast = try #require(answer.forecast)
            let lately = request.steps.suffix(12).map { step in
                min(100, ForecastBounds.shares.reduce(0) { $0 + (step.means[$1] ?? .nan) })
            }
            let whole = lately.reduce(0, +) / Double(lately.count)
            for step in 0..<Forecast.horizon {
                let sum = ForecastBounds.shares.reduce(0) { $0 + forecast.median($1, step: step) }
                #expect(abs(sum - whole) < 1e-3)
            }
        }
    }

    @Test func javaStaysBelowUserAndSystem() throws {
        for answer in model.forecast(requests) {
            let forecast = try #require(answer.forecast)
            for step in 0..<Forecast.horizon {
                let most = forecast.median(.cpuUser, step: step) + forecast.median(.cpuSystem, step: step)
                #expect(forecast.median(.javaCPU, step: step) <= most + 1e-4)
            }
        }
    }

    @Test func uptimeGrowsWithTheClock() throws {
        let request = requests[1]
        let forecast = try #require(model.forecast([request])[0].forecast)
        let last = try #require(request.steps.last?.means[.uptime])
        for step in 0..<Forecast.horizon {
            let line = last + Double((step + 1) * Step.seconds) / 86_400
            #expect(abs(forecast.median(.uptime, step: step) - line) < 1e-4)
            #expect(forecast.value(.uptime, step: step, quantile: 6) <= line + 52.0 / 86_400)
            #expect(forecast.value(.uptime, step: step, quantile: 1) <= line - 31.0 / 86_400)
        }
    }

    @Test func sortsWhatCrosses() {
        let request = requests[0]
        let history = History(request, window: 288)
        var values = [Float](repeating: 50, count: Forecast.valueCount)
        for i in values.indices { values[i] += Float((i * 7919) % 13) - 6 }
        ForecastBounds(history: history).apply(to: &values)
        for row in stride(from: 0, to: values.count, by: 7) {
            #expect((row..<row + 6).allSatisfy { values[$0] <= values[$0 + 1] })
        }
    }
}
