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

    @Test func tooManyRangesForgetTheLowest() {
        var done = Acknowledged(front: 5)
        for number in 0..<UInt64(Acknowledged.rangesMax + 3) { done.add((10 * number + 10)...(10 * number + 12)) }
        #expect(done.ranges.count == Acknowledged.rangesMax && done.front == 5)
        #expect(!done.contains(31) && done.contains(41))
    }

    @Test func theLargestNumberIsNoTrap() {
        var done = Acknowledged(front: 3)
        done.add((.max - 1)...(.max))
        done.add(7...8)
        #expect(done.contains(.max) && done.open(from: .max - 1) == .max && done.ranges.count == 2)
    }
}
