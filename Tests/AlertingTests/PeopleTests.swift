import Insight
import Testing

@testable import Alerting

/// What people do about alerts, and who is called when they do nothing.
struct PeopleTests {
    private func critical() throws -> (Watchman, Int64) {
        var watchman = Watchman { $0.silent.afterSeconds = 1e6 }
        watchman.feed("a", [84, 84])
        let alert = try #require(watchman.alert("a"))
        return (watchman, alert.id)
    }

    @Test func nobodyAnswers() throws {
        var (watchman, _) = try critical()
        let told = watchman.now
        watchman.wait(3 * 3600)
        let escalations = watchman.notices.filter { $0.action == .escalate }
        #expect(escalations.map(\.step) == [1, 2])
        #expect(escalations.map { $0.at - told } == [900, 1800])
    }

    /// Nobody answered while the collector was away: it says so as soon as it is back, and with that moment.
    @Test func whatFellDueInTheCollectorsAbsence() throws {
        let (watchman, _) = try critical()
        let back = watchman.now + 1000
        var machine = AlertMachine(watchman.machine.rules, state: watchman.machine.state, at: back)
        machine.advance(to: back + 2)
        let changes = machine.takeChanges()
        #expect(changes.notices.map(\.action) == [.escalate] && changes.notices.map(\.at) == [back])
        #expect(changes.transitions.map(\.at) == [back])
    }

    @Test func whatIsWorseIsWaitedForLess() throws {
        var (watchman, _) = try critical()
        watchman.wait(800)
        watchman.feed("a", [95])
        let risen = watchman.now
        watchman.wait(3600)
        let escalations = watchman.notices.filter { $0.action == .escalate }
        #expect(escalations.map { $0.at - risen } == [300])
        #expect(escalations.first?.level == .imminentFailure)
    }

    @Test func anAcknowledgementStopsTheCallsUntilItEnds() throws {
        var (watchman, id) = try critical()
        try watchman.machine.acknowledge(id, by: "anna", forSeconds: 3600, note: "on it", at: watchman.now + 60)
        watchman.wait(60)
        #expect(watchman.notices.last?.action == .acknowledge)
        #expect(watchman.notices.last?.by == "anna" && watchman.notices.last?.note == "on it")
        let acknowledged = watchman.now
        watchman.wait(3599)
        #expect(watchman.notices.last?.action == .acknowledge)
        watchman.wait(3600)
        let after = watchman.notices.drop { $0.action != .acknowledge }.dropFirst()
        #expect(after.map(\.action) == [.update, .escalate, .escalate])
        #expect(after.map { $0.at - acknowledged } == [3600, 4500, 5400])
        #expect(watchman.kinds.contains(.acknowledgementEnded))
    }

    @Test func itDoesNotCoverWhatIsWorse() throws {
        var (watchman, id) = try critical()
        try watchman.machine.acknowledge(id, by: "anna", at: watchman.now)
        watchman.feed("a", [95])
        #expect(watchman.incident(of: "a")?.acknowledgement == nil)
        watchman.wait(301)
        #expect(watchman.notices.last?.action == .escalate)
    }

    @Test func whatAPersonResolvedStaysResolvedUntilItIsNew() throws {
        var (watchman, id) = try critical()
        try watchman.machine.resolve(id, by: "anna", at: watchman.now)
        watchman.collect()
        #expect(watchman.told.last == "resolve risk:a Critical")
        watchman.feed("a", Array(repeating: 84, count: 10))
        #expect(watchman.alert("a") == nil)
        #expect(watchman.machine.whyNoAlert("a", at: watchman.now).last?.gate == .resolved)
        watchman.feed("a", [95])
        #expect(watchman.alert("a")?.level == .imminentFailure)
        #expect(throws: AlertActionError.ended(id)) { try watchman.machine.resolve(id, by: "anna", at: watchman.now) }
    }

    @Test func aVerdictIsKeptForOpenAndForEndedAlerts() throws {
        var (watchman, id) = try critical()
        try watchman.machine.judge(id, .real, by: "anna", stored: nil, at: watchman.now)
        #expect(watchman.alert("a")?.verdict == .real)
        var ended = try #require(watchman.alert("a"))
        try watchman.machine.resolve(id, by: "anna", at: watchman.now)
        _ = watchman.machine.takeChanges()
        ended.resolvedAt = watchman.now
        try watchman.machine.judge(id, .false, by: "bo", note: "a test", stored: ended, at: watchman.now)
        let changes = watchman.machine.takeChanges()
        #expect(changes.alerts[id]?.verdict == .false && changes.alerts[id]?.resolvedAt == watchman.now)
        #expect(changes.transitions.last?.note == "false: a test")
    }

    @Test func mistakesAreNamed() throws {
        var (watchman, id) = try critical()
        #expect(throws: AlertActionError.unknown(99)) {
            try watchman.machine.acknowledge(99, by: "anna", at: watchman.now)
        }
        for (by, seconds) in [("", 60.0), ("an\nna", 60), ("anna", 0), ("anna", 8 * 86_400)] {
            #expect(throws: AlertActionError.self) {
                try watchman.machine.acknowledge(id, by: by, forSeconds: seconds, at: watchman.now)
            }
        }
        #expect(watchman.incident(of: "a")?.acknowledgement == nil)
    }
}
