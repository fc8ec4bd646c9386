import Testing

@testable import AgentApp

struct PushScheduleTests {
    @Test func theNewestGoOnAGridThatDoesNotDrift() {
        var schedule = PushSchedule(interval: 15, firstDue: 100)
        schedule.pushedNewest(now: 101)
        #expect(schedule.newestDue == 115)
        // Two were slept through.
        schedule.pushedNewest(now: 150)
        #expect(schedule.newestDue == 150)
        schedule.retryNewest(now: 151, afterSeconds: 0.5)
        #expect(schedule.newestDue == 151.5 && schedule.nextDue == 151.5)
    }

    @Test func aSlotIsWhatTheCollectorSaysWithinBounds() {
        var schedule = PushSchedule(interval: 15, firstDue: 100)
        schedule.take((records: 100, afterSeconds: 2.5), now: 50) { $0 }
        #expect(schedule.slot == .init(records: 100, due: 52.5) && schedule.nextDue == 52.5)
        schedule.take((records: 100_000, afterSeconds: 1e9), now: 50) { $0 }
        #expect(schedule.slot == .init(records: Batch.recordsMax, due: 50 + PushSchedule.slotSecondsMax))
        // Nothing said: one batch in an interval, anywhere in it.
        schedule.take(nil, now: 50) { $0 / 3 }
        #expect(schedule.slot == .init(records: Batch.recordsMax, due: 55))
        schedule.endSlot()
        #expect(schedule.slot == nil && schedule.nextDue == 100)
        schedule.retryBacklog(records: 7, now: 60, afterSeconds: 1)
        #expect(schedule.slot == .init(records: 7, due: 75))
    }

    @Test(
        arguments: [
            ("records=300, after=2.5", 300, 2.5), ("after=0,records=1", 1, 0), ("records=20;x, after=1", 20, 1),
        ] as [(String, Int, Double)])
    func theHeader(text: String, records: Int, after: Double) {
        let granted = PushSchedule.granted(text)
        #expect(granted?.records == records && granted?.afterSeconds == after)
    }

    @Test(arguments: [
        "", "records", "records=, after=1", "records=0, after=1", "records=300", "records=1e99, after=1",
        "records=-5, after=1", "records=nan, after=1", String(repeating: ",", count: 10_000),
    ])
    func aHeaderThatIsNoneGrantsNothing(text: String) { #expect(PushSchedule.granted(text) == nil) }
}

struct CollectorsTests {
    private func order(_ collectors: inout Collectors, now: Double) -> [Int] { collectors.order(now: now) }

    @Test func theOneThatWorksIsStayedWithAndTheFirstTriedAgain() {
        var collectors = Collectors(["a", "b", "c"])
        #expect(order(&collectors, now: 0) == [0, 1, 2])
        let isOther = [collectors.worked(0, now: 0), collectors.worked(1, now: 1)]
        #expect(isOther == [false, true] && collectors.url == "b")
        #expect(order(&collectors, now: 2) == [1, 2, 0])
        let later = 1 + Collectors.returnSeconds
        #expect(order(&collectors, now: later) == [0, 1, 2])
        // It did not work: the present one goes on.
        #expect(order(&collectors, now: later + 1) == [1, 2, 0])
        #expect(order(&collectors, now: later + 1 + Collectors.returnSeconds) == [0, 1, 2])
        let isBack = collectors.worked(0, now: 1000)
        #expect(isBack && order(&collectors, now: 1e9) == [0, 1, 2])
    }

    @Test func retryAfterHoldsForTheOneThatSaidIt() {
        var collectors = Collectors(["a", "b"])
        collectors.failed(0, retryAfter: 30, now: 100)
        #expect(order(&collectors, now: 110) == [1] && collectors.waitSeconds(now: 110) == nil)
        collectors.failed(1, retryAfter: 5, now: 110)
        #expect(order(&collectors, now: 111).isEmpty && collectors.waitSeconds(now: 111) == 4)
        #expect(order(&collectors, now: 116) == [1] && order(&collectors, now: 131) == [0, 1])
    }
}
