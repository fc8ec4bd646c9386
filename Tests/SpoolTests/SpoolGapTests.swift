import Foundation
import Testing

@testable import Spool

/// What will never arrive is told of, whole, until it is known to be known.
struct SpoolGapTests {
    private func gap(_ range: ClosedRange<UInt64>, _ reason: SpoolGap.Reason = .bytes) -> SpoolGap {
        SpoolGap(range, from: Double(range.lowerBound), to: Double(range.upperBound), reason: reason)
    }

    @Test func neighboursOfOneReasonAreOne() {
        var gaps = SpoolGaps()
        for range in [5...9, 1...4, 20...29, 10...11] as [ClosedRange<UInt64>] { gaps.add(gap(range)) }
        gaps.add(gap(12...13, .age))
        #expect(gaps.all == [gap(1...11), gap(12...13, .age), gap(20...29)])
    }

    @Test func tooManyBecomeFewerAndStillCountRight() {
        var gaps = SpoolGaps()
        for number in 0..<UInt64(100) { gaps.add(gap((10 * number + 1)...(10 * number + 2))) }
        #expect(gaps.all.count == SpoolGaps.countMax)
        #expect(gaps.all.reduce(0) { $0 + $1.lost } == 200)
        #expect(gaps.all.first?.first == 1 && gaps.all.first?.lost == 2 * 53 && gaps.all.last == gap(991...992))
    }

    @Test func whatHasGrownSinceItWasToldIsToldForTheRest() {
        var gaps = SpoolGaps()
        gaps.add(gap(1...4))
        gaps.add(gap(10...12))
        let told = gaps.all
        gaps.add(gap(13...15))
        gaps.add(gap(30...30, .memory))
        gaps.confirm(told)
        #expect(gaps.all.map(\.first) == [13, 30] && gaps.all.map(\.lost) == [3, 1])
        gaps.confirm(gaps.all)
        #expect(gaps.all.isEmpty)
    }

    @Test func gapsAreKeptOverARestartUntilTheyAreConfirmed() throws {
        let folder = try Folder()
        do {
            let spool = try SpoolTests.open(folder) { $0.bytesMax = 64 << 10 }
            for second in 0..<4000 { spool.append(time: Double(second), SpoolTests.payload) }
            spool.reject(3990...3994, from: 1, to: 2)
        }
        let spool = try SpoolTests.open(folder)
        #expect(spool.gaps.map(\.reason) == [.bytes, .rejected])
        #expect(spool.gaps.reduce(0) { $0 + $1.lost } == spool.dropped)
        let first = try #require(spool.gaps.first)
        #expect(first.first == 1 && first.last == first.lost && first.from == 0 && first.to == Double(first.lost - 1))
        #expect(UInt64(SpoolTests.sequences(spool).count) + spool.dropped == 4000)
        spool.confirm(spool.gaps)
        _ = consume spool
        #expect(try SpoolTests.open(folder).gaps.isEmpty)
    }

    @Test func whatWasLostBeforeItCameTakesItsSequences() throws {
        let folder = try Folder()
        let spool = try SpoolTests.open(folder)
        spool.append(time: 1, SpoolTests.payload)
        spool.skip(3, from: 2, to: 4)
        #expect(spool.append(time: 5, SpoolTests.payload) == 5)
        #expect(spool.gaps == [SpoolGap(2...4, from: 2, to: 4, reason: .memory)])
        #expect(SpoolTests.sequences(spool) == [1, 5])
    }

    @Test func theNewestGoFirstAndNothingGoesTwiceAfterARestart() throws {
        let folder = try Folder()
        do {
            let spool = try SpoolTests.open(folder) { $0.newestMax = 10 }
            for _ in 0..<1000 { spool.append(time: 0, SpoolTests.payload) }
            #expect(spool.peekNewest(bytes: 1 << 20).map(\.sequence) == Array(991...1000) && spool.backlog == 990)
            #expect(spool.peekNewest(bytes: 1).map(\.sequence) == [1000])
            spool.acknowledge(991...1000)
            for _ in 0..<3 { spool.append(time: 0, SpoolTests.payload) }
            #expect(spool.peekNewest(bytes: 1 << 20).map(\.sequence) == [1001, 1002, 1003])
            let oldest = spool.peekOldest(records: 300, bytes: 1 << 20)
            #expect(oldest.map(\.sequence) == Array(1...300))
            spool.acknowledge(1...300)
            #expect(spool.waiting == 693 && spool.backlog == 690 && spool.acknowledged == 300)
        }
        let spool = try SpoolTests.open(folder)
        #expect(SpoolTests.sequences(spool) == Array(301...990) + [1001, 1002, 1003] && spool.dropped == 0)
    }

    /// A clock that has jumped a year says that all is old. It is kept for an hour at least.
    @Test func aJumpOverARestartDropsNothing() throws {
        let folder = try Folder()
        do {
            let spool = try SpoolTests.open(folder) { $0.bytesMax = 64 << 10 }
            for _ in 0..<500 { spool.append(time: 0, SpoolTests.payload) }
        }
        var limits = Spool.Limits()
        (limits.bytesMax, limits.ageMaxSeconds) = (64 << 10, 86_400)
        for now in [Date().timeIntervalSince1970 + 3e7, 0] {
            let spool = try Spool(directory: folder.path, limits: limits, now: now)
            #expect(spool.waiting == 500 && spool.gaps.isEmpty)
        }
    }
}
