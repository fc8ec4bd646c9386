import Testing

@testable import Alerting

struct TimerQueueTests {
    @Test func theEarliestComesFirstAndEqualsInAFixedOrder() {
        var queue = TimerQueue()
        for (host, due) in [("c", 3.0), ("a", 5), ("b", 3), ("d", 1)] { queue.add(.host(host), due: due) }
        queue.add(.heartbeat, due: 3)
        var order: [String] = []
        while let (subject, due) = queue.take(dueBy: 4) { order.append("\(subject.order.1)\(Int(due))") }
        #expect(order == ["d1", "3", "b3", "c3"])
        #expect(queue.take(dueBy: 5)?.due == 5)
    }

    @Test func anEarlierMomentTakesThePlaceOfALater() {
        var queue = TimerQueue()
        queue.add(.incident(1), due: 9)
        queue.add(.incident(1), due: 2)
        queue.add(.incident(1), due: 7)
        #expect(queue.take(dueBy: 10)?.due == 2)
        #expect(queue.take(dueBy: 10)?.due == nil)
    }
}
