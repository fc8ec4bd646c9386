import Insight
import Testing

@testable import Alerting

/// When a score becomes an alert, changes it and ends it.
struct LevelTests {
    /// Scores, 15 s apart, and the alert's level after each: `-` none, else the level's first letter (`g` Degrading,
    /// `n` Danger).
    @Test(
        arguments: [
            ("two evaluations raise it", [84, 84], "-c"),
            ("one is not enough", [84, 40, 84, 40], "----"),
            ("Imminent Failure at once", [40, 93], "-i"),
            ("below Degrading there is no alert", [49.9, 49.9, 49.9], "---"),
            ("the lower of two", [84, 62], "-w"),
            ("worse in steps", [52, 53, 71, 72], "-ggn"),
            ("falls when 5 below for 3", [84, 84, 74, 74, 74], "-cccn"),
            ("4 below is not 5", [84, 84, 75, 75, 75, 75], "-ccccc"),
            ("two below are not three", [84, 84, 70, 70, 84], "-cccc"),
            ("one in between begins anew", [84, 84, 70, 70, 76, 70, 70, 70], "-ccccccn"),
            ("ends when 5 below Degrading", [52, 52, 44, 44, 44], "-ggg-"),
            ("does not end at 45", [52, 52, 45, 45, 45, 45], "-ggggg"),
            ("falls to where an alert would hold", [95, 56, 56, 56], "iiiw"),
            ("falls through to the end", [95, 20, 20, 20], "iii-"),
            ("a high past does not raise it again", [84, 84, 20, 20, 20, 20], "-ccc--"),
        ] as [(String, [Double], String)])
    func table(name: String, scores: [Double], levels: String) {
        var watchman = Watchman()
        let letters: [RiskLevel: Character] = [
            .degrading: "g", .warning: "w", .danger: "n", .critical: "c", .imminentFailure: "i",
        ]
        var seen = ""
        for score in scores {
            watchman.feed("a", [score])
            seen.append(watchman.alert("a").flatMap { letters[$0.level] } ?? "-")
        }
        #expect(seen == levels, "\(name)")
    }

    @Test func moreOfMoreCanBeAsked() {
        var watchman = Watchman { $0.rise = .init(needed: 3, of: 5) }
        watchman.feed("a", [60, 40, 60, 40])
        #expect(watchman.alert("a") == nil)
        watchman.feed("a", [60])
        #expect(watchman.alert("a")?.level == .warning)
    }

    @Test func theSameSampleTwiceIsOneEvaluation() {
        var watchman = Watchman()
        watchman.look(["a": 70])
        let again = AlertReading(host: "a", sampledAt: watchman.now - 1, score: 70)
        watchman.machine.observe([again], at: watchman.now + 5)
        #expect(watchman.alert("a") == nil)
        watchman.look(["a": 70])
        #expect(watchman.alert("a")?.level == .danger)
    }

    @Test func evaluationsThatLieFarApartSayNothingTogether() {
        var watchman = Watchman { $0.silent.afterSeconds = 7200 }
        watchman.feed("a", [70])
        watchman.feed("a", [70], every: 1000)
        #expect(watchman.alert("a") == nil)
    }

    /// One alert, one key, one incident: worse and better are updates of it.
    @Test func aChangeOfLevelIsAnUpdate() {
        var watchman = Watchman()
        watchman.feed("a", [62, 62, 84, 84, 72, 72, 72, 20, 20, 20])
        #expect(
            watchman.told == [
                "trigger risk:a Warning", "update risk:a Critical", "update risk:a Danger", "resolve risk:a Danger",
            ])
        #expect(Set(watchman.notices.map(\.incident)).count == 1)
        #expect(watchman.notices.map(\.toldLevel) == [nil, .warning, .critical, .danger])
        #expect(watchman.kinds.filter { $0 != .told } == [.opened, .rose, .fell, .resolved])
        #expect(watchman.machine.state.incidents.isEmpty && watchman.machine.state.alerts.isEmpty)
    }

    @Test func nothingEndsWithoutFreshData() {
        var watchman = Watchman { $0.escalations = Array(repeating: [], count: 7) }
        watchman.feed("a", [84, 84, 20, 20])
        // The third is not there yet, and a reading without a score is none.
        watchman.machine.observe(
            [AlertReading(host: "a", sampledAt: watchman.now + 9, score: nil)], at: watchman.now + 9)
        watchman.wait(86_400)
        #expect(watchman.alert("a")?.level == .critical)
        watchman.feed("a", [20, 20])
        #expect(watchman.alert("a") != nil, "what was before the silence counted")
        watchman.feed("a", [20])
        #expect(watchman.alert("a") == nil)
    }
}
