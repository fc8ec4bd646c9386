import Testing

@testable import HTTPServer

struct ConnectionTableTests {
    private final class Peer {}
    private let peers = (0..<100).map { _ in Peer() }
    private func id(_ index: Int) -> ObjectIdentifier { ObjectIdentifier(peers[index]) }
    private func address(_ bits: UInt64) -> PeerAddress { PeerAddress(isIPv6: false, bits: bits) }

    private func table(connections: Int = 4, perAddress: Int = 4) -> ConnectionTable {
        var limits = HTTPLimits()
        (limits.connectionsMax, limits.connectionsPerAddressMax) = (connections, perAddress)
        return ConnectionTable(limits)
    }

    @Test(
        arguments: [
            (.fresh, 20), (.receiving, 60), (.idle, 75), (.answering(bytes: 163_840), 70), (.handling, nil),
            (.upgraded, nil),
        ] as [(ConnectionTable.Phase, Double?)])
    func everyPhaseHasItsTime(phase: ConnectionTable.Phase, seconds: Double?) {
        var table = table()
        let cut1 = table.add(id(0), 10, address(1), now: 0)
        #expect(cut1.isEmpty)
        table.enter(phase, id(0), now: 1)
        let cut2 = table.expired(now: 1 + (seconds ?? 1e9))
        #expect(cut2.isEmpty)
        guard let seconds else { return }
        let cut3 = table.expired(now: 1.1 + seconds)
        #expect(cut3 == [10])
        let cut4 = table.expired(now: 1.1 + seconds)
        #expect(cut4.isEmpty)
        #expect(table.staying == 0 && table.counters.timedOut == 1)
        table.remove(id(0))
        #expect(table.staying == 0)
    }

    @Test func theOldestSilentOneMakesRoom() {
        var table = table(connections: 4)
        for index in 0..<4 { _ = table.add(id(index), CInt(index), address(UInt64(index)), now: Double(index)) }
        table.enter(.idle, id(0), now: 5)  // has asked before
        table.enter(.handling, id(1), now: 5)
        let cut5 = table.add(id(4), 4, address(9), now: 6)
        #expect(cut5 == [2])
        let cut6 = table.add(id(5), 5, address(15), now: 7)
        #expect(cut6 == [3])
        table.enter(.handling, id(4), now: 8)
        table.enter(.handling, id(5), now: 8)
        let cut7 = table.add(id(6), 6, address(16), now: 9)
        #expect(cut7 == [0])
        table.enter(.upgraded, id(6), now: 9)
        table.enter(.idle, id(6), now: 9)  // it does not come back to HTTP
        // Nobody waits for nothing: the newcomer goes.
        let cut8 = table.add(id(7), 7, address(17), now: 10)
        #expect(cut8 == [7])
        #expect(table.staying == 4 && table.counters.evicted == 3 && table.counters.refused == 1)
    }

    @Test func whoHoldsMostGivesFirst() {
        var table = table(connections: 8)
        for index in 0..<3 {
            _ = table.add(id(index), CInt(index), address(1), now: Double(index))
            table.enter(.idle, id(index), now: Double(10 + index))
        }
        for index in 3..<8 { _ = table.add(id(index), CInt(index), address(UInt64(index)), now: Double(index)) }
        let cut9 = table.add(id(8), 8, address(9), now: 20)
        #expect(cut9 == [0])
    }

    @Test func whoSendsOrReadsGoesWhenNobodyWaits() {
        var table = table(connections: 64)
        for index in 0..<64 {
            _ = table.add(id(index), CInt(index), address(index < 20 ? 1 : UInt64(index)), now: 0)
            table.enter(index % 2 == 0 ? .receiving : .answering(bytes: 1), id(index), now: Double(100 - index))
        }
        table.enter(.idle, id(40), now: 200)
        // Two go at once, but nobody is cut off beside somebody who waits.
        let waiting = table.add(id(64), 64, address(99), now: 201)
        #expect(waiting == [40])
        table.enter(.receiving, id(64), now: 201)
        // Of the address that holds most, the oldest, whichever of the two they are at.
        let first = table.add(id(65), 65, address(98), now: 202)
        #expect(first == [19, 18])
        table.enter(.handling, id(65), now: 202)
        for index in [19, 18] { table.remove(id(index)) }
        for index in 0..<18 { table.enter(.upgraded, id(index), now: 203) }
        _ = table.add(id(66), 66, address(97), now: 204)
        table.enter(.handling, id(66), now: 204)
        let others = table.add(id(67), 67, address(96), now: 205)
        #expect(others == [63, 62])
        #expect(table.counters.refused == 0)
    }

    @Test func anAddressHasItsShare() {
        var table = table(connections: 10, perAddress: 2)
        for index in 0..<2 { _ = table.add(id(index), CInt(index), address(1), now: 0) }
        let before = [table.admits(address(1)), table.admits(address(2)), table.admits(nil)]
        #expect(before == [false, true, true])
        table.remove(id(0))
        let after = table.admits(address(1))
        #expect(after)
    }
}
