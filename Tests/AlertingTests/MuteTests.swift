import Insight
import Telemetry
import Testing

@testable import Alerting

/// Silences and maintenance windows: alerts are kept, nobody is told.
struct MuteTests {
    private func silence(
        _ matcher: AlertMatcher, until: Double, from: Double = Watchman.noon
    ) throws -> [Int64: Silence] {
        [1: try Silence(id: 1, matcher: matcher, from: from, until: until, by: "anna", why: "test", createdAt: from)]
    }

    @Test func whatIsSilencedIsToldWhenTheSilenceEnds() throws {
        var watchman = Watchman()
        let end = watchman.now + 600
        watchman.machine.setMutes(
            silences: try silence(AlertMatcher(host: "A*"), until: end), maintenance: [:], at: watchman.now)
        watchman.look(["abc": 84, "b": 84])
        watchman.look(["abc": 84, "b": 84])
        #expect(watchman.told == ["trigger risk:b Critical"])
        #expect(watchman.incident(of: "abc")?.heldBy?.gate == .silence)
        #expect(watchman.machine.counters.held[.silence] == 1)
        let answers = watchman.machine.whyNoAlert("abc", at: watchman.now)
        #expect(answers.first { !$0.passes }?.gate == .silence)
        while watchman.now < end + 20 { watchman.look(["abc": 84, "b": 84], after: 60) }
        let told = watchman.notices.last { $0.key == "risk:abc" }
        #expect(told?.action == .trigger && told?.at == end)
    }

    @Test func whatEndedInSilenceIsNeverTold() throws {
        var watchman = Watchman()
        watchman.machine.setMutes(
            silences: try silence(AlertMatcher(host: "a"), until: watchman.now + 600), maintenance: [:],
            at: watchman.now)
        watchman.feed("a", [84, 84, 10, 10, 10])
        watchman.keepWell("a", forSeconds: 1200)
        #expect(watchman.notices.isEmpty)
        #expect(watchman.kinds == [.opened, .held, .resolved])
    }

    /// Nobody is called in a silence, but who was told of a beginning is told of the end.
    @Test func aResolveIsNeverHeld() throws {
        var watchman = Watchman()
        watchman.feed("a", [62, 62])
        watchman.machine.setMutes(
            silences: try silence(AlertMatcher(host: "a"), until: watchman.now + 86_400), maintenance: [:],
            at: watchman.now)
        watchman.feed("a", Array(repeating: 84, count: 300))
        #expect(watchman.told == ["trigger risk:a Warning"])
        watchman.feed("a", [10, 10, 10])
        #expect(watchman.told == ["trigger risk:a Warning", "resolve risk:a Critical"])
    }

    @Test func aSilenceThatIsTakenBackHoldsNoLonger() throws {
        var watchman = Watchman()
        watchman.machine.setMutes(
            silences: try silence(AlertMatcher(host: "a"), until: watchman.now + 86_400), maintenance: [:],
            at: watchman.now)
        watchman.feed("a", [84, 84])
        watchman.machine.setMutes(silences: [:], maintenance: [:], at: watchman.now)
        watchman.collect()
        #expect(watchman.told == ["trigger risk:a Critical"])
    }

    @Test func oneUpToALevelLetsWorsePass() throws {
        var watchman = Watchman()
        watchman.machine.setMutes(
            silences: try silence(AlertMatcher(upTo: .danger), until: watchman.now + 86_400), maintenance: [:],
            at: watchman.now)
        watchman.feed("a", [72, 72])
        #expect(watchman.notices.isEmpty)
        watchman.feed("a", [84, 84])
        #expect(watchman.told == ["trigger risk:a Critical"])
    }

    @Test func aWindowMutesEachTimeAndTellsAfterwards() throws {
        var watchman = Watchman { $0.escalations = Array(repeating: [], count: 7) }
        let window = try MaintenanceWindow(
            id: 1, matcher: AlertMatcher(host: "*"), from: watchman.now + 100, seconds: 600,
            rule: "FREQ=DAILY;COUNT=2", zone: .utc, by: "anna", why: "updates", createdAt: watchman.now)
        watchman.machine.setMutes(silences: [:], maintenance: [1: window], at: watchman.now)
        watchman.wait(120)
        #expect(
            watchman.machine.maintenance(ofHost: "a", profile: .generic, labels: [:], at: watchman.now)?.id == 1)
        watchman.feed("a", [84, 84])
        #expect(watchman.notices.isEmpty)
        while watchman.notices.isEmpty, watchman.now < Watchman.noon + 2000 { watchman.look(["a": 84], after: 60) }
        #expect(watchman.notices.first?.at == Watchman.noon + 700)
        #expect(window.intervals(from: Watchman.noon, to: Watchman.noon + 2 * 86_400).count == 2)
    }

    @Test(arguments: [
        ("db*", "DB01", true), ("db?1", "db01", true), ("db?1", "db1", false), ("*01", "web01", true),
        ("*", "anything", true), ("w*b*1", "web-b-1", true), ("w*b*1", "web-b-2", false), ("db01", "db012", false),
        ("a**b", "ab", true),
    ])
    func patterns(pattern: String, host: String, covers: Bool) throws {
        #expect(try AlertMatcher(host: pattern).covers(host: host, profile: .generic, labels: [:]) == covers)
    }

    @Test func allThatIsGivenMustHold() throws {
        let matcher = try AlertMatcher(host: "db*", profile: .database, labels: ["env": "prod"])
        #expect(matcher.covers(host: "db1", profile: .database, labels: ["env": "prod", "x": "y"]))
        #expect(!matcher.covers(host: "db1", profile: .database, labels: ["env": "test"]))
        #expect(!matcher.covers(host: "db1", profile: .generic, labels: ["env": "prod"]))
        for (host, labels) in [(String?.none, [:]), ("", [:]), ("a b", [:]), (nil, ["": "x"])]
            as [(String?, [String: String])]
        {
            #expect(throws: AlertInputError.self) { try AlertMatcher(host: host, labels: labels) }
        }
    }

    @Test func badSilencesAreRefused() throws {
        let now = Watchman.noon
        for (from, until, by, why, field) in [
            (now, now, "anna", "x", "until"), (now - 100, now - 50, "anna", "x", "until"),
            (now, now + 91 * 86_400, "anna", "x", "until"), (now, now + 60, "", "x", "by"),
            (now, now + 60, "anna", "", "why"), (now, now + 60, "anna", String(repeating: "x", count: 1001), "why"),
        ] as [(Double, Double, String, String, String)] {
            let error = #expect(throws: AlertInputError.self) {
                try Silence(
                    id: 1, matcher: AlertMatcher(host: "*"), from: from, until: until, by: by, why: why, createdAt: now)
            }
            #expect(error?.field == field)
        }
    }
}
