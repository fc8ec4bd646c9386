import Insight
import Testing

@testable import Alerting

/// The gate that holds an alert back is named with its numbers.
struct WhyNoAlertTests {
    private func reason(_ watchman: Watchman, _ host: String = "a") -> GateAnswer? {
        watchman.machine.whyNoAlert(host, at: watchman.now).first { !$0.passes }
    }

    @Test func aHostThatWasNeverSeen() {
        #expect(reason(Watchman(), "nobody")?.gate == .data)
    }

    @Test func aHostWithoutFreshSamples() {
        var watchman = Watchman()
        watchman.feed("a", [10])
        watchman.now += 300
        let answer = reason(watchman)
        #expect(answer?.gate == .data && answer?.found == 300 && answer?.needed == 300)
    }

    @Test func aScoreThatIsTooLow() {
        var watchman = Watchman()
        watchman.feed("a", [47.24])
        let answer = reason(watchman)
        #expect(answer?.gate == .score && answer?.found == 47.24 && answer?.needed == 50)
        #expect(answer?.sentence == "The score is 47.2 (Watch); alerts begin at 50 (Degrading).")
    }

    @Test func tooFewEvaluations() {
        var watchman = Watchman()
        watchman.feed("a", [40, 70])
        let answer = reason(watchman)
        #expect(answer?.gate == .evaluations && answer?.found == 1 && answer?.needed == 2)
        #expect(watchman.machine.counters.held[.evaluations] == 1)
    }

    @Test func anAlertThatWasTold() {
        var watchman = Watchman()
        watchman.feed("a", [70, 70])
        #expect(reason(watchman) == nil)
    }

    @Test func anAlertThatFlaps() {
        var watchman = Watchman()
        for _ in 0..<2 { watchman.feed("a", [70, 70, 20, 20, 20]) }
        #expect(reason(watchman)?.gate == .flapping)
    }

    @Test func anAlertThatAnotherTellsOf() {
        var watchman = Watchman()
        for _ in 0..<2 { watchman.look(["a": 70, "b": 70, "c": 70]) }
        #expect(reason(watchman, "c")?.gate == .cascade)
        #expect(reason(watchman, "c")?.sentence.contains("which began at a") == true)
        #expect(reason(watchman, "a") == nil)
    }

    @Test func anAlertInAStorm() {
        var watchman = Watchman {
            $0.cascade.hosts = 100
            $0.storm.incidents = 2
        }
        for _ in 0..<2 { watchman.look(["a": 70, "b": 70, "c": 70, "d": 70]) }
        #expect(reason(watchman, "b") == nil)
        #expect(reason(watchman, "d")?.gate == .storm)
    }

    @Test func anAlertThatSomebodySeesTo() throws {
        var watchman = Watchman()
        watchman.feed("a", [70, 70])
        let id = try #require(watchman.alert("a")).id
        try watchman.machine.acknowledge(id, by: "anna", forSeconds: 600, at: watchman.now)
        #expect(reason(watchman)?.gate == .acknowledged && reason(watchman)?.found == 600)
    }

    @Test func anAlertInMaintenance() throws {
        var watchman = Watchman()
        let window = try MaintenanceWindow(
            id: 4, matcher: AlertMatcher(host: "*"), from: watchman.now, seconds: 600, rule: nil, zone: .utc,
            by: "anna",
            why: "update", createdAt: watchman.now)
        watchman.machine.setMutes(silences: [:], maintenance: [4: window], at: watchman.now)
        watchman.feed("a", [70, 70])
        let answer = reason(watchman)
        #expect(answer?.gate == .maintenance && answer?.found == 570)
        #expect(answer?.sentence == "It is muted by maintenance 4 of anna: update.")
    }
}
