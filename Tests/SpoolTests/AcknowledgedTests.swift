import Testing

@testable import Spool

struct AcknowledgedTests {
    /// Against a plain set, over random ranges.
    @Test func agreesWithASet() {
        for _ in 0..<200 {
            var done = Acknowledged()
            var set: Set<UInt64> = []
            for _ in 0..<UInt64.random(in: 1...40) {
                let first = UInt64.random(in: 1...100)
                let range = first...(first + UInt64.random(in: 0...9))
                done.add(range)
                set.formUnion(range)
            }
            #expect((1...120).allSatisfy { done.contains($0) == set.contains($0) })
            let open = done.open(in: 5..<90)
            #expect(open.flatMap { Array($0) } == (5..<90).filter { !set.contains($0) })
            #expect(done.openCount(in: 5..<90) == (5..<90).filter { !set.contains($0) }.count)
            #expect(!set.contains(done.front + 1) && done.ranges.allSatisfy { $0.lowerBound > done.front + 1 })
            for (left, right) in zip(done.ranges, done.ranges.dropFirst()) {
                #expect(left.upperBound + 1 < right.lowerBound)
            }
        }
    }

    @Test func whatIsOneTooManyIsNotTakenUnlessItIsLost() {
        var done = Acknowledged(front: 5)
        let max = UInt64(Acknowledged.rangesMax)
        func range(_ number: UInt64) -> ClosedRange<UInt64> { (10 * number + 10)...(10 * number + 12) }
        for number in 0..<max + 3 {
            let isTaken = done.add(range(number))
            #expect(isTaken == (number < max))
        }
        #expect(done.ranges.count == Acknowledged.rangesMax && done.front == 5 && done.contains(10))
        #expect(!done.contains(range(max).lowerBound))
        // One that is there may grow, and make room; what is lost must be kept.
        let isGrown = done.add(13...19)
        let (isTaken, isLost) = (done.add(range(max)), done.add(range(max + 1), isLost: true))
        #expect(isGrown && isTaken && isLost && done.contains(range(max + 1).lowerBound))
        for number in max..<300 { done.add(range(number), isLost: true) }
        #expect(done.ranges.count == Acknowledged.lostRangesMax)
        var state = SpoolState(bootID: Array(1...16))
        state.acknowledged = done
        for number in 0..<UInt64(60) {
            state.gaps.add(SpoolGap((7 * number + 1)...(7 * number + 2), from: 0, to: 1, reason: .age))
        }
        #expect(state.encode().count <= SpoolState.slotBytes && SpoolState(slot: state.encode()) == state)
    }

    @Test func theLargestNumberIsNoTrap() {
        var done = Acknowledged(front: 3)
        done.add((.max - 1)...(.max))
        done.add(7...8)
        #expect(done.contains(.max) && done.open(from: .max - 1) == .max && done.ranges.count == 2)
    }
}
