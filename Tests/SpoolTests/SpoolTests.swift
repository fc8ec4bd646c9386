import Foundation
import Testing

@testable import Spool

struct SpoolTests {
    static func payload(_ sequence: UInt64) -> [UInt8] {
        Array("{\"sequence\":\(sequence),\"x\":\"abcdefghijkl\"}".utf8)
    }

    static func open(_ folder: Folder, _ change: (inout Spool.Limits) -> Void = { _ in }) throws -> Spool {
        var limits = Spool.Limits()
        limits.newestMax = 0
        change(&limits)
        return try Spool(directory: folder.path, limits: limits, now: 0)
    }

    static func append(_ count: Int, _ spool: Spool) {
        for _ in 0..<count { spool.append(time: 0, Self.payload) }
    }

    /// All that waits, taken as a pusher takes it, older batches first, and given back.
    static func sequences(_ spool: Spool) -> [UInt64] { entries(spool).map(\.sequence) }

    static func entries(_ spool: Spool, records: Int = 100_000) -> [Spool.Entry] {
        let before = spool.state.acknowledged
        defer {
            // What was found lost stays lost.
            spool.state.acknowledged = before
            for gap in spool.gaps { spool.state.acknowledged.add(gap.first...gap.last, isLost: true) }
        }
        var all: [Spool.Entry] = []
        while case let some = spool.peekOldest(records: records, bytes: 1 << 30), let first = some.first,
            let last = some.last
        {
            all += some
            spool.state.acknowledged.add(first.sequence...last.sequence, isLost: true)
        }
        return all + spool.newest
    }

    @Test func recordsComeBackInOrderUntilAcknowledged() throws {
        let folder = try Folder()
        let spool = try Self.open(folder)
        for _ in 0..<10 { spool.append(time: 0, Self.payload) }
        #expect(spool.waiting == 10 && spool.trouble == nil)
        let entries = spool.peekOldest(records: 4, bytes: 1 << 20)
        #expect(entries == (1...4).map { Spool.Entry(sequence: $0, payload: Self.payload($0)) })
        #expect(spool.peekOldest(records: 4, bytes: 1 << 20) == entries)
        spool.acknowledge(1...4)
        #expect(Self.sequences(spool) == Array(5...10) && spool.waiting == 6)
        spool.acknowledge(1...999)
        #expect(spool.acknowledged == 10 && spool.waiting == 0 && Self.sequences(spool).isEmpty)
        #expect(spool.append(time: 0, Self.payload) == 11)
    }

    @Test func bytesBoundABatchButOneAlwaysComes() throws {
        let folder = try Folder()
        let spool = try Self.open(folder)
        for _ in 0..<5 { spool.append(time: 0, Self.payload) }
        let size = Self.payload(1).count
        #expect(spool.peekOldest(records: 100, bytes: 3 * size).count == 3)
        #expect(spool.peekOldest(records: 100, bytes: 1).count == 1 && spool.trouble == nil)
    }

    @Test func aRestartGoesOn() throws {
        let folder = try Folder()
        var bootID = ""
        for round in 0..<5 as Range<UInt64> {
            let spool = try Self.open(folder)
            bootID = round == 0 ? spool.bootID : bootID
            #expect(spool.bootID == bootID && spool.nextSequence == 1 + round * 3 && spool.damage.isEmpty)
            #expect(Self.sequences(spool) == Array((round * 2 + 1)..<(1 + round * 3)))
            for _ in 0..<3 { spool.append(time: 0, Self.payload) }
            spool.acknowledge(1...(round * 2 + 2))
            #expect(spool.dropped == 0)
        }
    }

    @Test func aSequenceNeverRepeatsWhenAllIsAcknowledged() throws {
        let folder = try Folder()
        for round in 0..<4 as Range<UInt64> {
            let spool = try Self.open(folder)
            #expect(spool.append(time: 0, Self.payload) == round + 1)
            spool.acknowledge(1...(round + 1))
        }
        #expect(try Self.open(folder).dropped == 0)
    }

    /// A kill may leave any prefix of what was being written.
    @Test func aCutAtEveryByteLosesOnlyWhatIsBehindIt() throws {
        let folder = try Folder()
        var ends: [Int] = [0]
        do {
            let spool = try Self.open(folder)
            for _ in 0..<6 {
                spool.append(time: 0, Self.payload)
                ends.append(spool.bytesOnDisk)
            }
        }
        let name = try #require(folder.segments.first)
        let (whole, state) = (try folder.read(name), try folder.read("state"))
        for length in 0...whole.count {
            for segment in folder.segments { try FileManager.default.removeItem(atPath: "\(folder.path)/\(segment)") }
            try folder.write(name, Array(whole.prefix(length)))
            try folder.write("state", state)
            let kept = UInt64(ends.lastIndex { $0 <= length } ?? 0)
            let spool = try Self.open(folder)
            #expect(Self.sequences(spool) == (kept == 0 ? [] : Array(1...kept)), "cut at \(length)")
            #expect(spool.append(time: 0, Self.payload) == kept + 1)
            #expect(Self.sequences(spool).last == kept + 1)
            #expect(spool.damage.isEmpty == (ends.contains(length)))
        }
    }

    @Test(arguments: [0, 1, 3, 4, 9, 60, 100, 130, 150, 200, 9999])
    func aFlippedBitIsCountedAndNotHandedOut(place: Int) throws {
        let folder = try Folder()
        do {
            let spool = try Self.open(folder)
            for _ in 0..<6 { spool.append(time: 0, Self.payload) }
            _ = Self.sequences(spool)
        }
        let name = try #require(folder.segments.first)
        var bytes = try folder.read(name)
        bytes[min(place, bytes.count - 1)] ^= 0x10
        try folder.write(name, bytes)
        let spool = try Self.open(folder)
        let kept = Self.sequences(spool)
        #expect(kept.count < 6 && UInt64(kept.count) + spool.dropped == 6)
        // What was behind the damage may have been sent: its sequences are used up.
        #expect(spool.append(time: 0, Self.payload) == 7)
        let again = spool.dropped
        _ = consume spool
        #expect(try Self.open(folder).dropped == again)
    }

    @Test func damageWhileRunningDoesNotBlock() throws {
        let folder = try Folder()
        let spool = try Self.open(folder)
        for _ in 0..<6 { spool.append(time: 0, Self.payload) }
        let name = try #require(folder.segments.first)
        let file = Glibc.open("\(folder.path)/\(name)", O_WRONLY)
        pwrite(file, [0, 0, 0, 0, 0, 0, 0, 0, 0], 9, 0)
        close(file)
        #expect(Self.sequences(spool).isEmpty && spool.dropped == 6 && spool.waiting == 0)
        #expect(spool.append(time: 0, Self.payload) == 7)
        #expect(Self.sequences(spool) == [7])
    }

    /// One byte of one record, found at the start or while running: its neighbours are well.
    @Test(arguments: [false, true])
    func aBadChecksumCostsOneRecord(isRunning: Bool) throws {
        let folder = try Folder()
        var spool: Spool? = try Self.open(folder)
        spool.map { Self.append(9, $0) }
        if !isRunning { spool = nil }
        let name = try #require(folder.segments.first)
        let size = SpoolFrame.encode(Self.payload(1)).count
        for record in [2, 3, 6] {
            let file = Glibc.open("\(folder.path)/\(name)", O_WRONLY)
            pwrite(file, [1], 1, (record - 1) * size + SpoolFrame.headerBytes + 5)
            close(file)
        }
        let damaged = try spool ?? Self.open(folder)
        #expect(Self.sequences(damaged) == [1, 4, 5, 7, 8, 9] && damaged.dropped == 3 && damaged.waiting == 6)
        #expect(damaged.takeDamage().joined().contains("a checksum does not hold"))
        #expect(damaged.append(time: 0, Self.payload) == 10 && Self.sequences(damaged).last == 10)
        spool = nil
        _ = consume damaged
        let again = try Self.open(folder)
        #expect(Self.sequences(again) == [1, 4, 5, 7, 8, 9, 10] && again.dropped == 3 && again.damage.isEmpty)
    }

    @Test func whatIsInMemoryBesidesADamagedFileIsNotLost() throws {
        let folder = try Folder()
        let spool = try Self.open(folder) { $0.newestMax = 2 }
        Self.append(6, spool)
        try folder.write(#require(folder.segments.first), [UInt8](repeating: 0, count: 400))
        #expect(Self.sequences(spool) == [5, 6] && spool.dropped == 4)
    }

    @Test func boundsInBytesDropTheOldestAndCount() throws {
        let folder = try Folder()
        let spool = try Self.open(folder) { $0.bytesMax = 64 << 10 }
        for _ in 0..<4000 { spool.append(time: 0, Self.payload) }
        #expect(spool.bytesOnDisk <= 64 << 10)
        let kept = Self.sequences(spool)
        #expect(kept.last == 4000 && UInt64(kept.count) + spool.dropped == 4000 && spool.dropped > 0)
        #expect(kept == Array((4001 - UInt64(kept.count))...4000))
    }

    @Test func boundsInAgeDropTheOldest() throws {
        let folder = try Folder()
        var limits = Spool.Limits()
        (limits.bytesMax, limits.ageMaxSeconds, limits.newestMax) = (64 << 10, 100, 0)
        var steady = 5000.0
        let spool = try Spool(directory: folder.path, limits: limits, now: 0, steady: { steady })
        for second in 0..<2000 {
            steady += 1
            // A wall clock that is set an hour forth and back makes nothing old.
            spool.append(time: Double(second + (second % 300 < 150 ? 3600 : 0)), Self.payload)
        }
        let kept = Self.sequences(spool)
        #expect(spool.gaps.map(\.reason) == [.age] && spool.gaps.map(\.lost) == [spool.dropped])
        // Segment by segment, so a little more than what is young enough.
        #expect(spool.trouble == nil && (100...400).contains(kept.count) && UInt64(kept.count) + spool.dropped == 2000)
    }

    @Test func acknowledgedSegmentsLeaveTheDisk() throws {
        let folder = try Folder()
        let spool = try Self.open(folder) { $0.bytesMax = 64 << 10 }
        for round in 1...4000 as ClosedRange<UInt64> {
            spool.append(time: 0, Self.payload)
            if round % 3 == 0 { spool.acknowledge(1...round) }
            #expect(folder.segments.count <= 2)
        }
        #expect(spool.dropped == 0)
    }

    @Test func readsInBoundedPiecesFromWhereItStopped() throws {
        let folder = try Folder()
        let spool = try Self.open(folder) { $0.bytesMax = 1 << 20 }
        for _ in 0..<5000 { spool.append(time: 0, Self.payload) }
        var seen: [UInt64] = []
        while case let entries = spool.peekOldest(records: 300, bytes: 1 << 20), let last = entries.last {
            seen += entries.map(\.sequence)
            spool.acknowledge(1...last.sequence)
        }
        #expect(seen == Array(1...5000))
    }
}
