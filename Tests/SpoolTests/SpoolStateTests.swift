import Foundation
import Testing

@testable import Spool

struct SpoolStateTests {
    static let state: SpoolState = {
        var state = SpoolState(bootID: Array(1...16))
        state.generation = 3
        state.acknowledged = Acknowledged(front: 0x0102, ranges: [0x0110...0x0120])
        state.next = 0x0203
        state.dropped = 4
        state.gaps.add(SpoolGap(0x0121...0x0124, from: 1, to: 2, reason: .damage))
        return state
    }()

    /// The bytes a released agent wrote. If this fails, an update forgets who it is.
    @Test func goldenBytes() {
        let bytes = Self.state.encode()
        #expect(Array(bytes.prefix(4)) == Array("FWS2".utf8))
        #expect(Array(bytes[8..<16]) == [3, 0, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[16..<32]) == Array(1...16))
        #expect(Array(bytes[32..<48]) == [2, 1, 0, 0, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[48..<64]) == [4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0])
        #expect(Array(bytes[64..<80]) == [0x10, 1, 0, 0, 0, 0, 0, 0, 0x20, 1, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[80..<96]) == [0x21, 1, 0, 0, 0, 0, 0, 0, 0x24, 1, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[96..<112]) == [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
        #expect(Array(bytes[112...]) == [0, 0, 0, 0, 0, 0, 0, 0x40, 4, 0, 0, 0, 0, 0, 0, 0])
        #expect(SpoolState(slot: bytes) == Self.state)
        #expect(Self.state.bootName == "01020304-0506-0708-090a-0b0c0d0e0f10")
    }

    /// A state of the first version, as a released agent wrote it.
    static let old: [UInt8] = {
        var body: [UInt8] = []
        body.append(littleEndian: UInt64(7))
        body += Array(1...16)
        for number in [10, 20, 4, 5] as [UInt64] { body.append(littleEndian: number) }
        return Array("FWS1".utf8) + [0x91, 0x91, 0x10, 0xde] + body
    }()

    @Test func theFirstVersionIsReadAndKeptUntilTheNewIsWhole() throws {
        let folder = try Folder()
        // Generation 7 lies in the second of its slots.
        try folder.write("state", [UInt8](repeating: 0, count: 64) + Self.old)
        do {
            let spool = try Spool(directory: folder.path, now: 0)
            #expect(spool.bootID == "01020304-0506-0708-090a-0b0c0d0e0f10")
            // What it had taken and not confirmed is nowhere to be found: it is told of.
            #expect(spool.nextSequence == 20 && spool.gaps.map(\.lost) == [9] && spool.gaps.first?.first == 11)
        }
        #expect(try folder.read("state").count == 2 * SpoolState.slotBytes)
        let again = try Spool(directory: folder.path, now: 0)
        #expect(again.bootID.hasPrefix("01020304") && again.nextSequence == 20 && again.gaps.count == 1)
    }

    @Test func everyFlippedBitIsNoticed() {
        let bytes = Self.state.encode()
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
            let file = try SpoolStateFile(path: "\(folder.path)/state")
            #expect(try file.read() == .nothing)
            for acknowledged in 1...7 as ClosedRange<UInt64> {
                state.acknowledged = Acknowledged(front: acknowledged)
                #expect(file.write(&state))
            }
            #expect(try file.read() == .state(state))
        }
        // Generation 7 lies in the second slot.
        var bytes = try folder.read("state")
        bytes[SpoolState.slotBytes + 20] ^= 1
        try folder.write("state", bytes)
        let file = try SpoolStateFile(path: "\(folder.path)/state")
        guard case .state(let found) = try file.read() else {
            Issue.record("no state")
            return
        }
        #expect(found.acknowledged.front == 6)
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
