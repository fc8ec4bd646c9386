import Foundation
import Store
import Telemetry
import Testing

@testable import Store

/// What will never arrive is kept beside what did, once.
struct DeclaredGapTests {
    let scene = Scene()

    private func gap(_ range: ClosedRange<UInt64>, lost: UInt64? = nil, at time: Double = Scene.noon) -> DeclaredGap {
        DeclaredGap(
            host: "web", bootID: "b", sequences: range, lost: lost, from: time, to: time + Double(range.count),
            reason: "spool_bytes")
    }

    private func batch(_ sequences: ClosedRange<UInt64>, _ gaps: [DeclaredGap]) -> IngestBatch {
        var batch = scene.batch(
            sequences.map { sequence in
                var record = sample("web", Scene.noon + Double(sequence))
                (record.bootID, record.sequence) = ("b", sequence)
                return record
            })
        batch.gaps = gaps
        return batch
    }

    @Test func aGapIsKeptOnceAndOverARestart() throws {
        var store = try scene.open()
        for _ in 0..<3 { try store.ingestAndWait(batch(11...20, [gap(1...10)])) }
        let host = try #require(store.host(named: "web"))
        #expect(try store.gaps(of: host) == [gap(1...10)])
        let boot = try #require(host.boots.first)
        let known = try store.gaps(of: host)
        #expect(boot.received == 10 && boot.unexplained(known) == 0)
        #expect(boot.unexplained([]) == 0 && boot.unexplained([gap(1...9)]) == 1)
        store.close()
        store = try scene.open()
        #expect(try store.gaps(of: #require(store.host(named: "web"))) == [gap(1...10)])
        #expect(
            try scene.shell("SELECT first_sequence, last_sequence, lost, reason FROM gap") == ["1|10|10|spool_bytes"])
    }

    @Test func oneThatHasGrownTakesThePlaceOfItsParts() throws {
        let store = try scene.open()
        try store.ingestAndWait(batch(30...31, [gap(1...4), gap(8...9), gap(20...21)]))
        let host = try #require(store.host(named: "web"))
        // Two became one: six are lost of nine.
        try store.ingestAndWait(batch(30...31, [gap(1...9, lost: 6)]))
        #expect(try store.gaps(of: host).map(\.first).sorted() == [1, 20])
        #expect(try store.gaps(of: host).reduce(0) { $0 + $1.lost } == 8)
        // A part of it again is nothing new; one that laps over it makes one of both.
        try store.ingestAndWait(batch(30...31, [gap(8...9), gap(9...12)]))
        #expect(try store.gaps(of: host).map(\.lost).sorted() == [2, 10])
        #expect(try store.gaps(of: host).map(\.last).max() == 21)
    }

    @Test func gapsAloneAreTakenForAHostThatIsKnown() throws {
        let store = try scene.open()
        try store.ingestAndWait(batch(5...5, []))
        var stranger = gap(1...2)
        stranger.host = "unknown"
        try store.ingestAndWait(IngestBatch(records: [], receivedAt: scene.now, gaps: [gap(1...4), stranger]))
        #expect(try store.gaps(of: #require(store.host(named: "web"))) == [gap(1...4)])
        #expect(store.hostCount == 1)
        #expect(try scene.shell("SELECT count(*) FROM gap") == ["1"])
    }

    @Test func theirNumberIsBoundedAndTheOldestGo() throws {
        let store = try scene.open()
        let many = (0..<UInt64(DeclaredGap.keptMax + 50)).map {
            gap((3 * $0 + 1)...(3 * $0 + 1), at: Scene.noon + Double($0))
        }
        try store.ingestAndWait(batch(5000...5000, many))
        let kept = try store.gaps(of: #require(store.host(named: "web")))
        #expect(kept.count == DeclaredGap.keptMax && kept.first?.first == 3 * 1049 + 1 && kept.last?.first == 151)
    }

    @Test func theyGoWithTheStepsThatTheyExplain() throws {
        let store = try scene.open()
        let old = Scene.noon - 91 * 86_400
        try store.ingestAndWait(batch(5...5, [gap(1...1, at: old), gap(3...4)]))
        try store.retain()
        #expect(try store.gaps(of: #require(store.host(named: "web"))) == [gap(3...4)])
    }

    /// A clock that was set back by whole seconds: a host has one sample of a moment, and the other is declared lost.
    @Test(arguments: [3, 30])
    func twoSamplesOfOneMomentAreOneAndALoss(count: UInt64) throws {
        let store = try scene.open()
        try store.ingestAndWait(batch(1...count, []))
        var again = batch((count + 1)...(2 * count), [])
        for index in again.records.indices { again.records[index].time -= Double(count) }
        for isSettled in [false, true, true] {
            #expect(try store.ingestAndWait(again).duplicates == Int(count))
            // The same samples once more are no loss.
            #expect(try store.ingestAndWait(batch(1...count, [])).duplicates == Int(count))
            let host = try #require(store.host(named: "web"))
            let gaps = try store.gaps(of: host)
            #expect(gaps.map(\.reason) == ["same_time"] && gaps.map(\.lost) == [count])
            #expect(gaps.first?.first == count + 1 && gaps.first?.last == 2 * count)
            #expect(host.boots.first?.unexplained(gaps) == 0 && host.boots.first?.received == Int64(count))
            if isSettled { try store.settle() }
        }
    }

    /// A database of the first version takes the new tables and keeps what it has.
    @Test func anOlderDatabaseIsBroughtForward() throws {
        var store = try scene.open()
        try store.ingestAndWait(batch(1...3, []))
        store.close()
        let first = ["host", "boot", "conflict", "sample_arrived", "sample_settled", "step", "forecast", "mark"]
        let newer = try scene.shell(
            """
            SELECT 'DROP TABLE ' || name || ';' FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
            AND name NOT IN ('\(first.joined(separator: "','"))')
            """)
        #expect(newer.count >= 4)
        let columns = ["voices", "explanation"].map { "ALTER TABLE forecast DROP COLUMN \($0);" }.joined()
        #expect(try scene.shell("\(newer.joined()) \(columns) PRAGMA user_version = 1") == [])
        store = try scene.open()
        try store.ingestAndWait(batch(6...6, [gap(4...5)]))
        let host = try #require(store.host(named: "web"))
        #expect(host.boots.first?.received == 4)
        #expect(try store.gaps(of: host) == [gap(4...5)])
    }
}
