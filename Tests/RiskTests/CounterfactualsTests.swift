import Insight
import Telemetry
import Testing

@testable import Risk

struct CounterfactualsTests {
    @Test func eachIsReachedAndHardlyMore() {
        let engine = RiskEngine()
        let input = Scene().setting(.cpuUsed, 85).setting(.memory, 90).setting(.ioWait, 25).input
        let before = engine.score(input)
        let found = engine.counterfactuals(for: input)
        #expect(!found.isEmpty)
        for counterfactual in found {
            #expect(counterfactual.level < before.level)
            var there = input
            there.set(counterfactual.signal, to: counterfactual.below)
            there.skill[counterfactual.signal.metric] = 0
            #expect(engine.score(there).value == counterfactual.score)
            #expect(engine.score(there).level <= counterfactual.level)
            there.set(counterfactual.signal, to: counterfactual.below + 1.5)
            #expect(engine.score(there).level > counterfactual.level, "\(counterfactual.sentence)")
        }
        #expect(found.contains { $0.sentence.wholeMatch(of: /I\/O wait below \d+ % → Warning/) != nil })
    }

    @Test func aHealthyHostNeedsNone() {
        #expect(RiskEngine().counterfactuals(for: Scene().input).isEmpty)
    }

    @Test func breachesAreTimed() {
        let input = Scene().setting(.memory, 90, ahead: 97).setting(.cpuUsed, 99, ahead: 99).input
        let times = RiskEngine().timesToBreach(for: input)
        #expect(times.map(\.signal) == [.cpuUsed, .memory])
        #expect(times.first?.latestMinutes == 0)
        // 90 → 97 in six steps, limit 96: the median is there with the sixth, the 90 % quantile (+2.6) with the third.
        #expect(times.last?.medianMinutes == 30)
        #expect(times.last?.earliestMinutes == 15)
        #expect(times.last?.latestMinutes == nil)
        #expect(times.last?.limit == 96)
    }

    @Test func aLimitThatCannotBeReachedIsNone() {
        let input = Scene(.database).setting(.memory, 98, ahead: 100).input
        #expect(!RiskEngine().timesToBreach(for: input).contains { $0.signal == .memory })
        #expect(RiskEngine().timesToBreach(for: Scene().withoutForecast().input).isEmpty)
    }
}
