import Foundation
import Testing

@testable import Spool

struct SpoolStateTests {
    /// The bytes a released agent wrote. If this fails, an update forgets who it is.
    @Test func goldenBytes() {
        var state = SpoolState(bootID: Array(1...16))
        state.generation = 3
        state.acknowledged = 0x0102
        state.next = 0x0203
        state.dropped = 4
        state.counted = 5
        let bytes = state.encode()
        #expect(bytes.count == SpoolState.slotBytes)
        #expect(Array(bytes.prefix(4)) == Array("FWS1".utf8))
        #expect(Array(bytes[8..<16]) == [3, 0, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[16..<32]) == Array(1...16))
        #expect(Array(bytes[32..<48]) == [2, 1, 0, 0, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[48..<64]) == [4, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0])
        #expect(SpoolState(slot: bytes) == state)
        #expect(state.bootName == "01020304-0506-0708-090a-0b0c0d0e0f10")
    }

    @Test func everyFlippedBitIsNoticed() {
        let bytes = SpoolState(bootID: SpoolState.randomID()).encode()
        for bit in 0..<(bytes.count * 8) {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(SpoolState(slot: damaged) == nil)
        }
        #expect(SpoolState(slot: Array(bytes.dropLast())) == nil)
    }

    @Test func aTornSlotLeavesTheOther() throws {
        let folder = try Folder()
        var state = SpoolState(bootID: SpoolState.randomID())
        do {
            let file = try #require(try SpoolStateFile(path: "\(folder.path)/state"))
            #expect(file.read() == nil)
            for acknowledged in 1...7 as ClosedRange<UInt64> {
                state.acknowledged = acknowledged
                #expect(file.write(&state))
            }
            #expect(file.read() == state)
        }
        // Generation 7 lies in the second slot.
        var bytes = try folder.read("state")
        bytes[100] ^= 1
        try folder.write("state", bytes)
        let file = try #require(try SpoolStateFile(path: "\(folder.path)/state"))
        #expect(file.read()?.acknowledged == 6)
    }

    @Test func idsAreRandomUUIDs() {
        let names = Set((0..<100).map { _ in SpoolState(bootID: SpoolState.randomID()).bootName })
        #expect(names.count == 100 && names.allSatisfy { UUID(uuidString: $0) != nil && $0.dropFirst(14).first == "4" })
    }

    @Test func twoAgentsDoNotShareASpool() throws {
        let folder = try Folder()
        let first = try Spool(directory: folder.path, now: 0)
        #expect(throws: SpoolError.inUse(path: "\(folder.path)/state")) { try Spool(directory: folder.path, now: 0) }
        #expect(first.nextSequence == 1)
    }
}
