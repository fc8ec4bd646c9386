import Insight
import Testing

@testable import Alerting

/// What comes and goes is told once, then counted.
struct FlappingTests {
    private static let cycle: [Double] = [60, 60, 20, 20, 20]

    @Test func theFourthChangeIsTheLastThatIsTold() {
        var watchman = Watchman()
        watchman.feed("a", Self.cycle + Self.cycle)
        #expect(
            watchman.told == [
                "trigger risk:a Warning", "resolve risk:a Warning", "trigger risk:a Warning", "flapping risk:a Warning",
            ])
        #expect(watchman.alert("a")?.flappingSince == watchman.now)
        watchman.feed("a", Self.cycle + Self.cycle + Self.cycle)
        #expect(watchman.notices.count == 4)
        #expect(watchman.machine.counters.held[.flapping] == 7)
    }

    @Test func aDigestEveryHour() {
        var watchman = Watchman { $0.escalations = Array(repeating: [], count: 7) }
        watchman.feed("a", Self.cycle + Self.cycle)
        let before = watchman.notices.count
        for _ in 0..<50 { watchman.feed("a", Self.cycle) }
        let digests = watchman.notices.dropFirst(before)
        #expect(digests.map(\.action) == [.digest])
        // 75 s a cycle of two changes are 96 in an hour; the last comes at the digest's own moment, after it.
        #expect(digests.first?.note == "95 changes in the last 60 minutes")
    }

    @Test func itSettlesWhenItHasKeptStillOnFreshData() {
        var watchman = Watchman()
        watchman.feed("a", Self.cycle + Self.cycle)
        watchman.keepWell("a", forSeconds: 1790)
        #expect(watchman.alert("a") != nil)
        watchman.feed("a", [10])
        #expect(watchman.alert("a") == nil)
        #expect(watchman.told.last == "resolve risk:a Warning")
        #expect(watchman.kinds.contains(.settled))
        #expect(watchman.machine.state.flaps.isEmpty)
    }

    @Test func worseThanItWasIsToldAllTheSame() {
        var watchman = Watchman()
        watchman.feed("a", Self.cycle + Self.cycle + [95])
        #expect(watchman.told.last == "update risk:a Imminent Failure")
    }

    /// Four changes, all in one direction: an incident that grows is no flapping.
    @Test func goingFromBadToWorseIsNoFlapping() {
        var watchman = Watchman()
        watchman.feed("a", [52, 52, 62, 62, 72, 72, 82, 82, 92])
        #expect(
            watchman.notices.map(\.action) == [.trigger, .update, .update, .update, .update])
        #expect(watchman.alert("a")?.flappingSince == nil)
    }
}
