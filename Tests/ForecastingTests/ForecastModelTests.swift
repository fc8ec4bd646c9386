import Insight
import TFT
import Telemetry
import Testing

@testable import Forecasting

struct ForecastModelTests {
    let model: ForecastModel
    let samples: [SampleFile.Sample]

    init() throws {
        model = try Shipped.model()
        samples = try Shipped.samples()
    }

    @Test func reproducesItsSample() throws {
        #expect(samples.map(\.request.steps.count) == [288, 100])
        #expect(samples.map(\.request.profile) == [.database, .webAPI])
        let error = try ModelCheck.error(of: model, on: samples, file: "sample.json")
        #expect(error < ModelCheck.sampleLimit)
    }

    @Test func saysWhatItIs() {
        #expect(model.name == "bootstrap")
        #expect(model.parameterCount == 178_751)
        #expect(model.label == "bootstrap@\(model.digest)")
        #expect(model.digest.count == 16)
    }

    @Test func oneAnswerForEachRequestInOrder() throws {
        let (long, short) = (samples[0].request, samples[1].request)
        let answers = model.forecast([short.last(5), long, short, long.without(ages: 1...9)])
        #expect(answers[0] == .warmingUp(steps: 5, needed: 12))
        #expect(answers[1].forecast?.historySteps == 288)
        #expect(answers[1].forecast?.firstStep == long.firstStep)
        #expect(answers[1].forecast?.model == model.label)
        #expect(answers[2].forecast?.historySteps == 100)
        #expect(answers[3] == .withheld(reason: "no data for 45 minutes"))
        #expect(model.forecast([]) == [])
    }

    /// A host's forecast does not depend on who else is asked about.
    @Test func raggedBatchEqualsSingles() throws {
        let (long, short) = (samples[0].request, samples[1].request)
        let requests = [short, long, short.last(12), long.last(150), long.without(ages: 40...60), short.last(47)]
        let together = model.forecast(requests)
        for (request, answer) in zip(requests, together) {
            let alone = try #require(model.forecast([request])[0].forecast)
            let answer = try #require(answer.forecast)
            #expect(alone.historySteps == answer.historySteps)
            for metric in Metric.allCases {
                let worst = worstDifference(alone, answer, metric)
                #expect(worst < 1e-3 * scale(request, metric), "\(metric.name)")
            }
        }
    }

    /// Every forecast says what it was made from; attention is counted by the true age of steps, gaps or not.
    @Test func saysWhatItWasMadeFrom() throws {
        let long = samples[0].request
        let answers = model.forecast([long, long.last(30), long.without(ages: 13...60)])
        for (answer, silentHours) in zip(answers, [0..<0, 3..<24, 1..<5]) {
            let explanation = try #require(answer.forecast?.explanation)
            for shares in [explanation.past, explanation.ahead, explanation.host] {
                #expect(abs(shares.reduce(0) { $0 + $1.share } - 1) < 1e-4)
                #expect(shares.allSatisfy { $0.share >= 0 })
            }
            #expect(explanation.past.map(\.input).contains("mem_used_pct") && explanation.ahead.count == 5)
            let hours = Array(explanation.hours)
            #expect(hours.count == 24 && abs(hours.reduce(explanation.coming, +) - 1) < 1e-4)
            #expect(hours.indices.allSatisfy { (hours[$0] == 0) == silentHours.contains($0) }, "\(hours)")
        }
    }

    @Test func sameQuestionSameAnswer() {
        let requests = samples.map(\.request)
        #expect(model.forecast(requests) == model.forecast(requests))
    }

    @Test func manyHostsInAnyOrder() throws {
        let requests = (0..<37).map { samples[$0 % 2].request.last($0 % 2 == 0 ? 13 + $0 : 12 + $0) }
        let answers = model.forecast(requests)
        #expect(answers.compactMap { $0.forecast?.historySteps } == requests.map(\.steps.count))
    }

    private func worstDifference(_ a: Forecast, _ b: Forecast, _ metric: Metric) -> Double {
        (0..<Forecast.horizon).flatMap { step in
            (0..<7).map { abs(a.value(metric, step: step, quantile: $0) - b.value(metric, step: step, quantile: $0)) }
        }.max() ?? .infinity
    }

    /// A metric's order of magnitude in a history.
    private func scale(_ request: ForecastRequest, _ metric: Metric) -> Double {
        max(1, request.steps.compactMap { $0.means[metric] }.max() ?? 1)
    }
}
