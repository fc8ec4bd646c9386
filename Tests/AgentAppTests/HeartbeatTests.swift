import Testing

@testable import AgentApp

struct HeartbeatTests {
    /// Drives a heartbeat through moments: a sample, or a look at what is to be said.
    enum Step {
        case sample(Double)
        case look(Double)
        /// With samples that nobody has brought into the spool since.
        case lookAfter(stowed: Double, Double)
    }

    static func run(_ watchdogSeconds: Double?, interval: Double, _ steps: [Step]) -> [String] {
        var heartbeat = Heartbeat(watchdogSeconds: watchdogSeconds, now: 0)
        return steps.map { step in
            switch step {
            case .sample(let now): heartbeat.sample(at: now) ? "ready" : "-"
            case .look(let now):
                heartbeat.message(at: now, interval: interval, stowed: now).map { "\($0)" } ?? "-"
            case .lookAfter(let stowed, let now):
                heartbeat.message(at: now, interval: interval, stowed: stowed).map { "\($0)" } ?? "-"
            }
        }
    }

    @Test func theFirstSampleMakesReady() {
        #expect(Self.run(nil, interval: 5, [.sample(1), .sample(6)]) == ["ready", "-"])
    }

    @Test func theWatchdogIsFedAtHalfTimeWhileSamplesFlow() {
        #expect(Heartbeat(watchdogSeconds: 20, now: 5).due == 15)
        // Not before the first sample; and two intervals and a second after the last one, nothing flows any more.
        let said = Self.run(
            20, interval: 5,
            [
                .look(9.9), .look(10), .sample(11), .look(20.9), .look(21), .look(31), .look(32.1), .sample(40),
                .look(41),
            ])
        #expect(said == ["-", "status", "ready", "-", "alive", "status", "-", "-", "alive"])
    }

    @Test func aLongIntervalOutlivesManyPings() {
        let looks = stride(from: 10.0, through: 610, by: 10).map { Step.look($0) }
        let said = Self.run(20, interval: 300, [.sample(0)] + looks)
        #expect(said == ["ready"] + [String](repeating: "alive", count: 60) + ["status"])
    }

    /// The other thread hangs: samples flow, but to nowhere.
    @Test func aPusherThatHangsStarvesTheWatchdog() {
        let said = Self.run(
            20, interval: 5,
            [.sample(1), .sample(130), .lookAfter(stowed: 11, 131), .lookAfter(stowed: 11, 131.5), .sample(140)]
                + [.lookAfter(stowed: 11, 141.1), .lookAfter(stowed: 140, 152)])
        #expect(said == ["ready", "-", "alive", "-", "-", "status", "status"])
        // An hour between two samples is no hang.
        #expect(Self.run(20, interval: 3600, [.sample(1), .lookAfter(stowed: 1, 3500)]) == ["ready", "alive"])
    }

    @Test func withoutAWatchdogTheStatusIsTold() {
        #expect(Self.run(nil, interval: 5, [.look(59), .look(60), .look(61)]) == ["-", "status", "-"])
    }

    @Test func pushesAreCountedByTheirEnd() {
        var tally = PushTally()
        tally.count(.acknowledged(note: nil), at: 100, date: 99)
        #expect(tally.stored == 1 && tally.skewSeconds == 0.5)
        tally.count(.retry(afterSeconds: nil, reason: "refused"), at: 110, date: nil)
        // An answer without a date says nothing new of the clock.
        #expect(tally.failed == 1 && tally.skewSeconds == 0.5)
        tally.count(.setAside(status: 422, reason: "bad"), at: 120.25, date: 20)
        #expect(tally.setAside == 1 && tally.skewSeconds == 99.8)
        #expect(tally.last == .init(time: 120.25, words: "refused, bad"))
    }

    @Test func theLineSaysWhatMatters() {
        var tally = PushTally()
        #expect(
            StatusLine.text(sampled: nil, missing: 0, waiting: 3, pushes: tally, reload: nil) == "3 waiting")
        tally.count(.acknowledged(note: nil), at: 1_795_428_000.7, date: nil)
        #expect(
            StatusLine.text(sampled: 1_795_428_001, missing: 2, waiting: 0, pushes: tally, reload: "x")
                == "last sample 2026-11-23T10:00:01Z; 2 of 14 metrics missing; 0 waiting; "
                + "last push 2026-11-23T10:00:00Z stored; x")
    }
}
