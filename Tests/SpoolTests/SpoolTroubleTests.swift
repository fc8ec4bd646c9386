import Foundation
import Testing

@testable import Spool

/// Disks that refuse.
struct SpoolTroubleTests {
    @Test func aFolderThatCannotBeMadeLeavesTheMemory() throws {
        let folder = try Folder()
        try folder.write("file", [1])
        let spool = try Spool(directory: "\(folder.path)/file/spool", now: 0)
        #expect(spool.trouble?.hasSuffix("Not a directory") == true)
        for _ in 0..<3 { spool.append(time: 0, SpoolTests.payload) }
        #expect(SpoolTests.sequences(spool) == [1, 2, 3] && spool.waiting == 3)
        spool.acknowledge(1...2)
        #expect(SpoolTests.sequences(spool) == [3])
    }

    @Test func memoryIsBoundedAndCounts() throws {
        let folder = try Folder()
        try folder.write("file", [1])
        var limits = Spool.Limits()
        limits.memoryBytesMax = 1000
        let spool = try Spool(directory: "\(folder.path)/file/spool", limits: limits, now: 0)
        for _ in 0..<100 { spool.append(time: 0, SpoolTests.payload) }
        let kept = SpoolTests.sequences(spool)
        #expect(kept.last == 100 && UInt64(kept.count) + spool.dropped == 100 && kept.count < 30)
    }

    /// A folder that goes away refuses new files, as a full disk does, to root too.
    @Test func recoversWhenTheDiskTakesFilesAgain() throws {
        let folder = try Folder()
        let spool = try SpoolTests.open(folder) { $0.bytesMax = 32 << 10 }
        // Fill the first segment, so that the next record needs a new file.
        while spool.bytesOnDisk < 4096 { spool.append(time: 0, SpoolTests.payload) }
        let onDisk = spool.nextSequence - 1
        let away = folder.path + "-away"
        try FileManager.default.moveItem(atPath: folder.path, toPath: away)
        for _ in 0..<5 { spool.append(time: 0, SpoolTests.payload) }
        #expect(spool.trouble?.contains("No such file") == true && spool.waiting == Int(onDisk) + 5)
        try FileManager.default.moveItem(atPath: away, toPath: folder.path)
        spool.append(time: 0, SpoolTests.payload)
        #expect(spool.trouble == nil)
        #expect(SpoolTests.sequences(spool) == Array(1...(onDisk + 6)))
        _ = consume spool
        let again = try SpoolTests.open(folder)
        #expect(SpoolTests.sequences(again) == Array(1...(onDisk + 6)) && again.dropped == 0)
    }

    /// Records that waited in memory are lost by a kill; their sequences are not given again, and the loss is counted.
    @Test func aKillWithRecordsInMemoryIsCounted() throws {
        let folder = try Folder()
        do {
            let spool = try SpoolTests.open(folder) { $0.bytesMax = 32 << 10 }
            while spool.bytesOnDisk < 4096 { spool.append(time: 0, SpoolTests.payload) }
            let away = folder.path + "-away"
            try FileManager.default.moveItem(atPath: folder.path, toPath: away)
            for _ in 0..<5 { spool.append(time: 0, SpoolTests.payload) }
            try FileManager.default.moveItem(atPath: away, toPath: folder.path)
        }
        for _ in 0..<2 {
            let spool = try SpoolTests.open(folder)
            let kept = SpoolTests.sequences(spool)
            #expect(spool.dropped == 5 && spool.nextSequence == UInt64(kept.count) + 6)
        }
    }

    // MARK: What cannot be read is not empty

    /// A link to itself opens for nobody, root included.
    private func hide(_ name: String, _ folder: Folder) throws {
        let path = "\(folder.path)/\(name)"
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
    }

    private func show(_ name: String, _ folder: Folder) throws {
        let path = "\(folder.path)/\(name)"
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
    }

    @Test(arguments: [0, 1, 3])
    func aSegmentThatCannotBeOpenedIsLeftAndSentLater(index: Int) throws {
        let folder = try Folder()
        func open() throws -> Spool { try SpoolTests.open(folder) { $0.bytesMax = 64 << 10 } }
        do {
            let spool = try open()
            for _ in 0..<600 { spool.append(time: 0, SpoolTests.payload) }
            spool.acknowledge(1...5)
        }
        let names = folder.segments
        try #require(names.count == 4)
        try hide(names[index], folder)
        do {
            let spool = try open()
            let damage = spool.takeDamage()
            #expect(damage.count == 1 && damage[0].contains("left as it is") && spool.damage.isEmpty)
            #expect(spool.gaps.isEmpty && spool.dropped == 0 && spool.append(time: 0, SpoolTests.payload) == 601)
            let kept = SpoolTests.sequences(spool)
            #expect(kept.count < 596 && kept.last == 601)
            for sequence in kept { spool.acknowledge(sequence...sequence) }
        }
        try show(names[index], folder)
        let spool = try open()
        let first = try #require(SpoolSegment.first(of: names[index]))
        let rest = SpoolTests.sequences(spool)
        #expect(rest.first == max(first, 6) && rest == Array(max(first, 6)...(rest.last ?? 0)) && rest.count > 5)
        #expect(spool.gaps.isEmpty && spool.damage.isEmpty && spool.acknowledged >= 5)
    }

    @Test(arguments: [false, true])
    func aStateThatCannotBeOpenedIsWaitedFor(hasAnswers: Bool) throws {
        let folder = try Folder()
        var boot = ""
        do {
            let spool = try SpoolTests.open(folder)
            for _ in 0..<59 { spool.append(time: 0, SpoolTests.payload) }
            spool.acknowledge(1...9)
            boot = spool.bootID
        }
        try hide("state", folder)
        let spool = try SpoolTests.open(folder)
        #expect(spool.trouble?.contains("Too many levels") == true && spool.bootID != boot && spool.waiting == 0)
        for _ in 0..<3 { spool.append(time: 0, SpoolTests.payload) }
        #expect(spool.gaps.isEmpty && spool.waiting == 3 && spool.nextSequence == 4)
        if hasAnswers { spool.acknowledge(1...1) }
        try show("state", folder)
        // Not while something is on its way under the other name.
        spool.inFlight = 2...3
        spool.append(time: 0, SpoolTests.payload)
        #expect(spool.bootID != boot)
        spool.inFlight = nil
        if hasAnswers {
            spool.append(time: 0, SpoolTests.payload)
            #expect(spool.bootID != boot && spool.trouble?.contains("when what memory holds has been sent") == true)
            #expect(SpoolTests.sequences(spool) == [2, 3, 4, 5])
            spool.acknowledge(1...5)
        }
        spool.append(time: 0, SpoolTests.payload)
        let last: UInt64 = hasAnswers ? 60 : 64
        #expect(spool.bootID == boot && spool.trouble == nil && spool.gaps.isEmpty && spool.dropped == 0)
        #expect(SpoolTests.sequences(spool) == Array(10...last))
        _ = consume spool
        let again = try SpoolTests.open(folder)
        #expect(again.bootID == boot && again.gaps.isEmpty && SpoolTests.sequences(again) == Array(10...last))
    }

    @Test func aStateOfGarbageIsToldOfAndDeclaresNothing() throws {
        let folder = try Folder()
        var boot = ""
        do {
            let spool = try SpoolTests.open(folder) { $0.bytesMax = 64 << 10 }
            SpoolTests.append(400, spool)
            spool.acknowledge(1...300)
            boot = spool.bootID
        }
        try folder.write("state", (0..<8192).map { _ in .random(in: .min ... .max) })
        let spool = try SpoolTests.open(folder) { $0.bytesMax = 64 << 10 }
        #expect(spool.damage.count == 1 && spool.damage[0].contains("holds no state") && spool.bootID != boot)
        #expect(spool.gaps.isEmpty && SpoolTests.sequences(spool).last == 400)
    }

    // MARK: What arrived is not declared lost

    @Test func whatIsOnItsWayIsNotDropped() throws {
        let folder = try Folder()
        let spool = try SpoolTests.open(folder) { $0.bytesMax = 64 << 10 }
        SpoolTests.append(10, spool)
        spool.inFlight = 1...10
        SpoolTests.append(4000, spool)
        #expect(spool.dropped == 0)
        spool.acknowledge(1...10)
        spool.inFlight = nil
        SpoolTests.append(1, spool)
        #expect(spool.bytesOnDisk <= 64 << 10 && spool.gaps.map(\.first) == [11])
        #expect(UInt64(SpoolTests.sequences(spool).count) + spool.dropped == 4001)
    }

    @Test func manyAnswersWithinABacklogAreNoLoss() throws {
        let folder = try Folder()
        do {
            let spool = try SpoolTests.open(folder) { $0.bytesMax = 64 << 10 }
            SpoolTests.append(1000, spool)
            // Whole segments of it leave the disk.
            spool.acknowledge(300...700)
            for sequence in stride(from: 702, to: 900, by: 2) as StrideTo<UInt64> {
                spool.acknowledge(sequence...sequence)
            }
        }
        let spool = try SpoolTests.open(folder) { $0.bytesMax = 64 << 10 }
        let left = SpoolTests.sequences(spool)
        #expect(spool.dropped == 0 && spool.gaps.isEmpty && !left.contains(500) && left.contains(299))
    }
}
