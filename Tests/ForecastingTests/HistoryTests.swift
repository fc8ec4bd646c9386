import Insight
import Telemetry
import Testing

@testable import Forecasting

struct HistoryTests {
    static let firstStep = 1_760_000_400 / 300 * 300

    /// `count` steps that end at the present; every metric is its step's age.
    static func request(_ count: Int) -> ForecastRequest {
        let steps = (1...count).reversed().map { age in
            var means = MetricVector()
            for metric in Metric.allCases { means[metric] = Double(age) }
            return StepRow(start: firstStep - age * Step.seconds, means: means, samples: 60)
        }
        return ForecastRequest(profile: .generic, steps: steps, firstStep: firstStep)
    }

    @Test func wholeHistory() {
        let history = History(Self.request(20), window: 288)
        #expect(history.obstacle == nil)
        #expect(history.ages == (1...20).reversed())
        #expect(history.span == 20)
        #expect(history.widening(.cpuUser) == 1)
        #expect(History(Self.request(400), window: 288).count == 288)
    }

    @Test(arguments: [0, 1, 11])
    func warmsUp(count: Int) {
        var request = Self.request(20)
        request.steps = Array(request.steps.suffix(count))
        #expect(History(request, window: 288).obstacle == .warmingUp(steps: count, needed: 12))
        #expect(History(Self.request(12), window: 288).obstacle == nil)
    }

    /// Steps in which nothing was measured, off the grid, too old or in the future are no steps.
    @Test func countsOnlyStepsThatAreThere() {
        var request = Self.request(12)
        request.steps[0].means = MetricVector()
        #expect(History(request, window: 288).obstacle == .warmingUp(steps: 11, needed: 12))
        request = Self.request(12)
        request.steps[3].start += 7
        #expect(History(request, window: 288).obstacle == .warmingUp(steps: 11, needed: 12))
        request = Self.request(12)
        request.steps[11].start = request.firstStep
        #expect(History(request, window: 288).obstacle == .warmingUp(steps: 11, needed: 12))
        #expect(History(Self.request(40), window: 11).obstacle == .warmingUp(steps: 11, needed: 12))
    }

    @Test func shortGapIsCarriedForward() {
        let history = History(Self.request(20).without(ages: 5...7), window: 288)
        #expect(history.ages == (1...20).reversed())
        #expect(history.value(.cpuUser, age: 5) == 8)
        #expect(history.widening(.cpuUser) == 1 + 3.0 / 20)
    }

    @Test func longGapIsLeftOut() {
        let history = History(Self.request(30).without(ages: 5...8), window: 288)
        #expect(history.ages == Array((9...30).reversed()) + [4, 3, 2, 1])
        #expect(history.span == 30)
        #expect(history.widening(.memoryUsed) == 1 + 4.0 / 30)
        #expect(history.isKnown(.memoryUsed))
    }

    @Test func silenceUntilNow() {
        let short = History(Self.request(20).without(ages: 1...3), window: 288)
        #expect(short.obstacle == nil)
        #expect(short.value(.cpuUser, age: 1) == 4)
        #expect(short.isKnown(.cpuUser))
        let long = History(Self.request(20).without(ages: 1...4), window: 288)
        #expect(long.obstacle == .withheld(reason: "no data for 20 minutes"))
    }

    @Test func metricWithAShortGap() {
        let history = History(Self.request(20).without(.javaCPU, ages: 4...6), window: 288)
        #expect(history.value(.javaCPU, age: 4) == 7)
        #expect(history.value(.cpuUser, age: 4) == 4)
        #expect(history.known[Metric.javaCPU.rawValue] == 17)
    }

    @Test func metricWithALongGapIsShownAsNothing() {
        let history = History(Self.request(20).without(.javaCPU, ages: 4...7), window: 288)
        #expect((4...7).allSatisfy { age in history.value(.javaCPU, age: age) == nil })
        #expect(history.isKnown(.javaCPU))
        #expect(history.widening(.javaCPU) == 1.2)
        #expect(history.widening(.cpuUser) == 1)
    }

    @Test func metricThatIsNotKnownNow() {
        #expect(History(Self.request(20).without(.javaCPU, ages: 1...3), window: 288).isKnown(.javaCPU))
        #expect(!History(Self.request(20).without(.javaCPU, ages: 1...4), window: 288).isKnown(.javaCPU))
        #expect(!History(Self.request(20).without(.javaCPU, ages: 1...20), window: 288).isKnown(.javaCPU))
        #expect(!History(Self.request(20).without(.javaCPU, ages: 12...20), window: 288).isKnown(.javaCPU))
    }

    @Test func withoutMostMetricsThereIsNoForecast() {
        var request = Self.request(20)
        for metric in Metric.allCases.prefix(7) { request = request.without(metric, ages: 1...20) }
        #expect(History(request, window: 288).obstacle == nil)
        request = request.without(.uptime, ages: 1...20)
        #expect(History(request, window: 288).obstacle == .withheld(reason: "8 of 14 metrics are missing"))
    }

    @Test func stepsWithoutAStateGetOne() {
        func state(idle: Double, memory: Double, load: Double = 1) -> HostState {
            History.state(of: [.cpuIdle: idle, .memoryUsed: memory, .loadAverage: load])
        }
        #expect(state(idle: 50, memory: 50) == .healthy)
        #expect(state(idle: 4, memory: 50) == .criticalIssue)
        #expect(state(idle: 50, memory: 96) == .criticalIssue)
        #expect(state(idle: 15, memory: 50) == .heavyLoad)
        #expect(state(idle: 99, memory: 10, load: 0.01) == .idle)
        #expect(History.state(of: MetricVector()) == .healthy)
    }
}

extension History {
    /// What the network is shown of a metric, nil where it is shown nothing.
    func value(_ metric: Metric, age: Int) -> Double? {
        guard let i = ages.firstIndex(of: age) else { return nil }
        let value = values[places(metric).lowerBound + i]
        return value.isNaN ? nil : value
    }
}
