import Testing

@testable import Delivery

struct PaceTests {
    @Test func retriesGetRarerAndVaryAlittle() {
        let schedule = RetrySchedule.standard(.webhook)
        #expect(schedule.delay(failures: 1, chance: 0.5) == 5 && schedule.delay(failures: 2, chance: 0.5) == 300)
        #expect(schedule.delay(failures: 99, chance: 0.5) == 86_400)
        #expect(schedule.delay(failures: 2, chance: 0) == 270 && schedule.delay(failures: 2, chance: 1) == 330)
        for kind in ChannelKind.allCases {
            let schedule = RetrySchedule.standard(kind)
            #expect(schedule.delays == schedule.delays.sorted() && schedule.giveUpSeconds >= 86_400)
        }
    }

    /// In no minute are there more than the limit, wherever the minute begins.
    @Test func noWindowHoldsMore() {
        let limit = RateLimit(100, perSeconds: 60)
        var (window, moments, now) = (RateWindow(), [Double](), 0.0)
        while moments.count < 1000 {
            now = max(now, window.freeAt(limit))
            window.note(now, limit)
            moments.append(now)
            now += 0.1
        }
        for (index, moment) in moments.enumerated() where index >= 100 {
            #expect(moment - moments[index - 100] > 60 - 1e-6)
        }
        #expect(now < 600, "and it is used to the full")
    }

    @Test func aSlowReceiverGetsLessOfTheTime() {
        var health = ChannelHealth()
        health.failed(now: 100, spent: 10)
        #expect(health.heldUntil == 110 && health.failingSince == 100)
        health.failed(now: 120, spent: 10)
        #expect(health.heldUntil == 140 && health.failingSince == 100)
        for _ in 0..<10 { health.failed(now: 200, spent: 10) }
        #expect(health.heldUntil == 260)
        health.succeeded()
        #expect(health.failures == 0 && health.failingSince == nil)
        var quick = ChannelHealth()
        quick.failed(now: 0, spent: 0)
        quick.failed(now: 0, spent: 0)
        #expect(quick.heldUntil == 0, "two refusals are one message's matter")
        quick.failed(now: 0, spent: 0)
        #expect(quick.heldUntil == 1)
    }
}
