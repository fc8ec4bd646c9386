import Insight
import Telemetry
import Testing

@testable import Lifecycle

struct TrialRuleTests {
    /// Loss ratios by horizon, each over `pairs` pairs of two metrics of different size.
    static func duels(_ ratios: [Int: Double], pairs: Int = 1000) -> [TrialKey: AccuracySums.Duel] {
        var duels: [TrialKey: AccuracySums.Duel] = [:]
        for (horizon, ratio) in ratios {
            for (metric, unit) in [(Metric.memoryUsed, 1.0), (.networkIn, 500.0)] {
                let key = TrialKey(challenger: "new", champion: "old", metric: metric, horizon: horizon)
                duels[key] = AccuracySums.Duel(count: pairs / 2, model: ratio * unit * 40, simple: unit * 40)
            }
        }
        return duels
    }

    static func all(_ ratio: Double) -> [Int: Double] {
        .init(uniqueKeysWithValues: KeptForecast.horizons.map { ($0, ratio) })
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var ratios: [Int: Double]
        var hours = 24
        var pairs = 1000
        var days = 1.4
        var needed: Set<Metric> = [.memoryUsed, .networkIn]
        var expected: String
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "clearly better", ratios: all(0.9), expected: "takes over: 10 % lower"),
        Case(
            name: "silent on a metric", ratios: all(0.5), needed: [.memoryUsed, .javaCPU, .diskUsage],
            expected: "is retired: nothing of disk_usage_pct, java_cpu_pct"),
        Case(name: "just enough", ratios: all(0.98), expected: "takes over: 2 % lower"),
        Case(name: "a hair too little", ratios: all(0.981), expected: "is retired: 1.9 % lower"),
        Case(name: "worse", ratios: all(1.2), expected: "is retired: 20 % higher"),
        Case(name: "too few hours", ratios: all(0.5), hours: 23, expected: "goes on: 23 of 24 hours"),
        Case(name: "too few pairs", ratios: all(0.5), pairs: 498, expected: "goes on: 498 of 500 pairs"),
        Case(name: "a horizon without scores", ratios: [6: 0.5], expected: "goes on: 0 of 500 pairs"),
        Case(
            name: "better but for one horizon", ratios: all(0.8).merging([96: 1.06]) { $1 },
            expected: "is retired: 6 % higher 480 minutes ahead"),
        Case(
            name: "one horizon a little worse", ratios: all(0.8).merging([96: 1.04]) { $1 }, expected: "takes over: "),
        Case(name: "never enough", ratios: all(0.5), hours: 5, days: 7.1, expected: "is retired: no verdict after 7"),
        Case(name: "a clock set back", ratios: all(0.5), hours: 5, days: -20, expected: "goes on: 5 of 24 hours"),
    ]

    @Test(arguments: cases)
    func judges(_ it: Case) {
        let (verdict, numbers) = TrialRule().verdict(
            Self.duels(it.ratios, pairs: it.pairs),
            hours: .init(uniqueKeysWithValues: KeptForecast.horizons.map { ($0, it.hours) }), needed: it.needed,
            since: 1e9,
            now: 1e9 + it.days * 86_400)
        let said =
            switch verdict {
            case .goesOn(let why): "goes on: \(why)"
            case .takesOver(let why): "takes over: \(why)"
            case .isRetired(let why): "is retired: \(why)"
            }
        let parts = it.expected.split(separator: ":", maxSplits: 1)
        #expect(said.hasPrefix(parts[0] + ":") && said.contains(parts[1].drop { $0 == " " }), "\(said)")
        #expect(numbers.pairs == it.ratios.count * it.pairs)
        #expect(numbers.byHorizon.keys.sorted() == it.ratios.keys.sorted())
    }

    /// Metrics of large numbers weigh no more than those of small ones.
    @Test func ratiosAreAveragedNotLosses() {
        var duels = Self.duels([6: 1])
        duels[TrialKey(challenger: "new", champion: "old", metric: .networkIn, horizon: 6)] = .init(
            count: 500, model: 10_000, simple: 20_000)
        let ratio = TrialRule.Numbers(duels, hours: [:]).ratio ?? 0
        #expect(abs(ratio - 0.5.squareRoot()) < 1e-12)
    }
}

struct RollbackRuleTests {
    static let now = 1e9

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var change: @Sendable (inout RollbackRule.Situation) -> Void
        var expected: String
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "bad, and one that was better", change: { _ in },
            expected: "back to a: it is 8 % worse than yesterday"),
        Case(name: "good", change: { $0.skill = 0.01 }, expected: "stays"),
        Case(name: "nothing scored", change: { $0.skill = nil }, expected: "stays"),
        Case(name: "too few pairs", change: { $0.pairs = 1999 }, expected: "stays"),
        Case(name: "only just in use", change: { $0.since = now - 3600 }, expected: "stays"),
        Case(name: "in use since tomorrow", change: { $0.since = now + 86_400 }, expected: "stays"),
        Case(name: "none before", change: { $0.previous = nil }, expected: "though: there is no model before it"),
        Case(name: "nobody knows", change: { $0.previousSkill = nil }, expected: "though: is not known"),
        Case(name: "that was as bad", change: { $0.previousSkill = -0.2 }, expected: "though: was no better"),
        Case(name: "both below, one less", change: { $0.previousSkill = -0.01 }, expected: "back to a: was 1 % worse"),
        Case(name: "cooling down", change: { $0.rolledBackAt = now - 86_400 }, expected: "though: too recent"),
        Case(name: "cooled down", change: { $0.rolledBackAt = now - 4 * 86_400 }, expected: "back to a: 8 %"),
        Case(
            name: "rolled back by a clock ahead", change: { $0.rolledBackAt = now + 1e6 },
            expected: "though: too recent"),
    ]

    @Test(arguments: cases)
    func decides(_ it: Case) {
        var situation = RollbackRule.Situation()
        (situation.skill, situation.simple, situation.pairs) = (-0.08, "yesterday", 5000)
        (situation.since, situation.previous, situation.previousSkill) = (Self.now - 86_400, "a", 0.2)
        it.change(&situation)
        let said =
            switch RollbackRule().verdict(situation, now: Self.now) {
            case .stays: "stays"
            case .staysThough(let why): "though: \(why)"
            case .goesBack(let to, let why): "back to \(to): \(why)"
            }
        let parts = it.expected.split(separator: ":", maxSplits: 1).map(String.init)
        #expect(said.hasPrefix(parts[0]), "\(said)")
        if parts.count > 1 { #expect(said.contains(parts[1].drop { $0 == " " }), "\(said)") }
    }
}

struct RetrainScheduleTests {
    static let monday = 1_767_571_200.0  // 2026-01-05 00:00:00 UTC
    static let hour = 3600.0
    static let day = 86_400.0

    static let weekly: [(last: Double?, started: Double, next: Double)] = [
        // Never before: the first three o'clock after the start.
        (nil, monday + hour, monday + 3 * hour),
        (nil, monday + 4 * hour, monday + day + 3 * hour),
        // A week later at three, though the run began four minutes past.
        (monday + 3 * hour + 240, monday, monday + 7 * day + 3 * hour),
        (monday + 2 * hour, monday, monday + 7 * day + 3 * hour),
        // Begun in the evening by hand: the first three o'clock that is nearly a week away.
        (monday + 20 * hour, monday, monday + 8 * day + 3 * hour),
    ]

    @Test(arguments: weekly)
    func isWeeklyAtThree(last: Double?, started: Double, next: Double) {
        let schedule = RetrainSchedule(every: 7 * Self.day, at: 3 * 3600)
        #expect(schedule.next(after: last, started: started, now: Self.monday + 30 * Self.day) == next)
        #expect(schedule.isDue(after: last, started: started, now: next))
        #expect(!schedule.isDue(after: last, started: started, now: next - 1))
    }

    @Test func shorterThanADayItIsAnInterval() {
        let schedule = RetrainSchedule(every: 6 * Self.hour, at: 3 * 3600)
        #expect(schedule.next(after: nil, started: 1000, now: 2000) == 1000 + 6 * Self.hour)
        #expect(schedule.next(after: 5000, started: 1000, now: 6000) == 5000 + 6 * Self.hour)
    }

    /// A run that a wrong clock dates into next year must not hold the next one up until then.
    @Test func aClockThatWasAheadCostsOneInterval() {
        let schedule = RetrainSchedule(every: 7 * Self.day, at: 3 * 3600)
        let next = schedule.next(after: Self.monday + 365 * Self.day, started: Self.monday, now: Self.monday)
        #expect(next == Self.monday + 7 * Self.day + 3 * Self.hour)
    }
}
