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
}
