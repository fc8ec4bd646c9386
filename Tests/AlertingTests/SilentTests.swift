import Insight
import Testing

@testable import Alerting

/// The dead man's switches: of hosts, and of the collector.
struct SilentTests {
    @Test func aHostThatFallsSilentIsAnAlertAtItsMoment() {
        var watchman = Watchman()
        watchman.feed("a", [10])
        watchman.wait(299)
        #expect(watchman.notices.isEmpty)
        watchman.wait(61)
        #expect(watchman.told == ["trigger silent:a Danger"])
        #expect(watchman.notices.first?.at == Watchman.noon + 15 + 300)
        #expect(watchman.notices.first?.reasons == ["No sample for 5 min; its last score was 10"])
        watchman.feed("a", [10])
        #expect(watchman.told.last == "resolve silent:a Danger")
        #expect(watchman.alert("a", .silent) == nil)
        watchman.wait(301)
        #expect(watchman.told.last == "trigger silent:a Danger", "a second silence was not heard")
    }

    @Test func aHostThatSamplesSlowlyIsNotSilentBetweenTwoSamples() {
        var watchman = Watchman()
        watchman.machine.observe(
            [AlertReading(host: "a", sampledAt: watchman.now, score: 10, intervalSeconds: 600)], at: watchman.now)
        watchman.wait(1799)
        #expect(watchman.machine.state.alerts.isEmpty)
        watchman.wait(2)
        #expect(watchman.alert("a", .silent)?.openedAt == Watchman.noon + 1800)
    }

    /// What the collector did not hear while it was away is not the hosts' silence.
    @Test func theCollectorsOwnAbsenceIsNotHeldAgainstAnyone() {
        var watchman = Watchman()
        watchman.look(["a": 10, "b": 10])
        let restarted = watchman.now + 7200
        var machine = AlertMachine(watchman.machine.rules, state: watchman.machine.state, at: restarted)
        machine.advance(to: restarted + 299)
        #expect(machine.takeChanges().notices.isEmpty)
        machine.observe([AlertReading(host: "a", sampledAt: restarted, score: 10)], at: restarted + 299)
        machine.advance(to: restarted + 301)
        #expect(machine.takeChanges().notices.map(\.key) == ["silent:b"])
    }

    @Test func whoWasResolvedByHandIsNotToldAgainBeforeItHasSpoken() throws {
        var watchman = Watchman()
        watchman.feed("a", [10])
        watchman.wait(400)
        try watchman.machine.resolve(
            try #require(watchman.alert("a", .silent)).id, by: "anna", note: "decommissioned", at: watchman.now)
        watchman.wait(86_400)
        #expect(watchman.told == ["trigger silent:a Danger", "resolve silent:a Danger"])
        #expect(watchman.notices.last?.by == "anna")
        watchman.feed("a", [10])
        watchman.wait(400)
        #expect(watchman.told.last == "trigger silent:a Danger")
    }

    @Test func theCollectorSaysThatItLives() {
        var watchman = Watchman { $0.heartbeatSeconds = 60 }
        for _ in 0..<61 { watchman.wait(5) }
        #expect(watchman.notices.map(\.action) == Array(repeating: .heartbeat, count: 6))
        // After a sleep it goes on, it does not catch up.
        watchman.wait(86_400)
        #expect(watchman.notices.count == 7)
    }
}
