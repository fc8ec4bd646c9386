import Foundation
import Identity
import Telemetry
import Testing

@testable import Store

/// Two machines under one name are told of and kept apart; a reboot is neither.
struct ConflictTests {
    let scene = Scene()
    /// 3e23e816… is the SHA-256 of "b".
    let webB = "web~3e23e816"

    private func send(_ store: Store, _ boot: String, _ times: [Double], _ sequence: UInt64) throws -> IngestOutcome {
        let records = times.enumerated().map { index, time in
            sample(
                "web", Scene.noon + time, boot: boot, sequence: sequence + UInt64(index), value: boot == "a" ? 10 : 90)
        }
        return try store.ingestAndWait(scene.batch(records))
    }

    @Test func aRebootIsNoConflict() throws {
        let store = try scene.open()
        #expect(try send(store, "a", [0, 5, 10], 1).conflicts.isEmpty)
        #expect(try send(store, "b", [60, 65, 70], 1).conflicts.isEmpty)
        // What the old boot had left to send, and what it had sent before.
        #expect(try send(store, "a", [15, 20, 10], 4).conflicts.isEmpty)
        #expect(try send(store, "b", [75, 80], 4).conflicts.isEmpty)
        #expect(try send(store, "c", [200], 1).conflicts.isEmpty)
        let host = try #require(store.host(named: "web"))
        #expect(host.conflict == nil)
        #expect(host.boots.map(\.bootID) == ["a", "b", "c"])
        #expect(host.boots.map(\.received) == [5, 5, 1])
        #expect(store.conflicts().isEmpty)
    }

    @Test func interleavedBootsAreAConflict() throws {
        let store = try scene.open()
        _ = try send(store, "a", [0, 5], 1)
        _ = try send(store, "b", [6, 11], 1)
        let outcome = try send(store, "a", [10, 15], 3)
        let conflict = try #require(outcome.conflicts.first)
        #expect(conflict.bootID == "a" && conflict.otherBootID == "b" && conflict.separateName == webB)
        scene.now += 60
        #expect(try send(store, "b", [16, 21, 26], 3).conflicts.first?.count == 3)
        #expect(try send(store, "a", [20, 25], 5).conflicts.count == 1)

        let first = try #require(store.host(named: "web"))
        let second = try #require(store.host(named: webB))
        #expect(first.conflict?.lastReported == scene.now)
        #expect(try store.samples(of: first, from: 0, to: .infinity).filter { $0.bootID == "a" }.count == 6)
        #expect(try store.samples(of: second, from: 0, to: .infinity).map { $0.values[.cpuUser] } == [90, 90, 90])
        #expect(store.conflicts().count == 1)

        store.close()
        let again = try scene.open()
        #expect(again.conflicts() == store.conflicts())
        #expect(try send(again, "b", [31], 6).conflicts.first?.count == 4)
        #expect(try send(again, "a", [30], 7).conflicts.count == 1)
        #expect(try again.samples(of: second, from: 0, to: .infinity).count == 4)
        #expect(try scene.shell("SELECT boot_id, other_boot_id, count FROM conflict") == ["a|b|4"])
    }

    @Test func theFirstMachinesRebootStaysItself() throws {
        let store = try scene.open()
        _ = try send(store, "a", [0], 1)
        _ = try send(store, "b", [6], 1)
        _ = try send(store, "a", [10], 2)
        #expect(try send(store, "a2", [100], 1).conflicts.isEmpty)
        #expect(try send(store, "b", [101], 2).conflicts.count == 1)
        #expect(try send(store, "a2", [105], 2).conflicts.isEmpty)
        #expect(store.host(named: "web")?.boots.map(\.bootID) == ["a", "b", "a2"])
        #expect(store.host(named: webB)?.boots.map(\.received) == [1])
    }

    private func values(_ store: Store, _ name: String) throws -> [Double?] {
        let host = try #require(store.host(named: name))
        return try store.samples(of: host, from: 0, to: .infinity).map { $0.values[.cpuUser] }
    }

    @Test(arguments: [false, true]) func theSecondMachinesNextBootIsFoundAtOnce(restarts: Bool) throws {
        var store = try scene.open()
        _ = try send(store, "a", [0], 1)
        _ = try send(store, "b", [6], 1)
        _ = try send(store, "a", [10], 2)
        _ = try send(store, "b", [11], 2)
        if restarts {
            store.close()
            store = try scene.open()
        }
        #expect(try send(store, "c", [30], 1).conflicts.isEmpty)
        #expect(try send(store, "a", [35], 3).conflicts.map(\.otherBootID) == ["c"])
        #expect(try send(store, "c", [36, 41], 2).conflicts.map(\.bootID) == ["a"])
        #expect(try send(store, "a", [40], 4).conflicts.map(\.bootID) == ["a"])
        #expect(try values(store, "web") == [10, 90, 10, 90, 10, 10])
        #expect(try values(store, HostEntry.separateName("web", bootID: "c")) == [90, 90])
        #expect(try values(store, webB) == [90])
    }

    @Test(arguments: [["a", "b", "c"], ["b", "a", "c"], ["b", "c", "a"], ["c", "b", "a"]])
    func threeMachinesAreKeptApart(order: [String]) throws {
        var store = try scene.open()
        for (index, boot) in ["a", "b", "c"].enumerated() { _ = try send(store, boot, [Double(index)], 1) }
        for round in 1..<5 {
            for (index, boot) in order.enumerated() {
                let conflicts = try send(store, boot, [Double(round * 10 + index)], UInt64(round + 1)).conflicts
                if round > 2 { #expect(conflicts.map(\.bootID) == ["a"]) }
            }
            store.close()
            store = try scene.open()
        }
        #expect(store.hosts().count == 3)
        #expect(try values(store, "web").suffix(3) == [10, 10, 10])
        #expect(try values(store, webB).count >= 2)
        #expect(try values(store, HostEntry.separateName("web", bootID: "c")).count >= 3)
        #expect(try scene.shell("SELECT DISTINCT boot_id FROM conflict") == ["a"])
    }

    @Test func theKeeperOfTheNameIsNeverForgotten() throws {
        let store = try scene.open()
        _ = try send(store, "a", [0], 1)
        _ = try send(store, "b", [6], 1)
        _ = try send(store, "a", [10], 2)
        for boot in 0..<40 { _ = try send(store, "c\(boot)", [20 + Double(boot)], 1) }
        let boots = try #require(store.host(named: "web")).boots.map(\.bootID)
        #expect(boots.count == 32 && boots.first == "a" && boots.last == "c39")
        #expect(try send(store, "a", [70], 3).conflicts.map(\.otherBootID) == ["c39"])
        #expect(try scene.shell("SELECT count(*) FROM boot WHERE boot_id = 'a'") == ["1"])
    }

    /// One token for `web` makes eight more hosts at most, however many boots it invents; what comes after is booked
    /// to `web` itself, and so is what never comes.
    @Test func theHostsOfANameAreBounded() throws {
        var store = try scene.open()
        _ = try send(store, "a", [0], 1)
        func invent(_ boots: Range<Int>) throws {
            for boot in boots {
                let time = Double(10 * boot)
                _ = try send(store, "c\(boot)", [time + 1], 1)
                _ = try send(store, "a", [time + 2], UInt64(boot + 2))
                _ = try send(store, "c\(boot)", [time + 3], 2)
            }
        }
        try invent(0..<10)
        #expect(store.hosts().count == 9 && store.conflicts().count == 8)
        store.close()
        store = try scene.open()
        try invent(10..<20)
        #expect(store.hosts().count == 9 && store.conflicts().count == 8)
        let host = try #require(store.host(named: "web"))
        #expect(host.boots.filter { $0.bootID == "c19" }.map(\.received) == [2])
        #expect(host.boots.first { $0.bootID == "a" }?.missing == 0)
        var batch = scene.batch([])
        batch.gaps = [
            DeclaredGap(
                host: "web", bootID: "c19", sequences: 3...4, lost: nil, from: Scene.noon, to: Scene.noon + 1,
                reason: "spool_bytes")
        ]
        try store.ingestAndWait(batch)
        #expect(try store.gaps(of: host) == batch.gaps)
    }

    @Test(arguments: ["b/../\"<ü>", "", String(repeating: "0", count: 300)])
    func separateNamesAreNames(bootID: String) {
        for length in [1, 243, 244, 245, 253] {
            let name = String(repeating: "n", count: length)
            let parts = HostEntry.separateName(name, bootID: bootID).split(separator: "~")
            #expect(parts.count == 2 && parts[0].utf8.count == min(length, 244) && parts[1].utf8.count == 8)
            #expect(HostName.isValid(parts.joined(separator: "-")))
        }
    }

    @Test func sourcesWithoutBootsAreNoConflict() throws {
        let store = try scene.open()
        for index in 0..<10 {
            var record = sample("web", Scene.noon + Double(index) * 5)
            if index % 2 == 0 { record.bootID = "a" }
            #expect(try store.ingestAndWait(scene.batch([record])).conflicts.isEmpty)
        }
    }

    @Test func sequencesTellWhatIsMissing() throws {
        let store = try scene.open()
        _ = try send(store, "a", [0, 5, 10], 1)
        _ = try send(store, "a", [30, 35], 7)
        func boot() -> Boot? { store.host(named: "web")?.boots.first }
        #expect(boot()?.firstSequence == 1 && boot()?.lastSequence == 8 && boot()?.missing == 3)
        _ = try send(store, "a", [30, 35], 7)
        #expect(boot()?.missing == 3)
        _ = try send(store, "a", [15, 20, 25], 4)
        #expect(boot()?.missing == 0)
        #expect(boot()?.received == 8)
    }

    /// Among 5 000 names some share a code; the identity keeps them apart.
    @Test func hostsOfOneCodeStayTwo() throws {
        var byCode: [Int: String] = [:]
        var pair: (String, String)?
        for number in 0..<5000 where pair == nil {
            let name = "ppweb\(number)"
            let code = ServerIdentity(host: name).code
            if let other = byCode[code] { pair = (other, name) }
            byCode[code] = name
        }
        let (one, other) = try #require(pair)
        let store = try scene.open()
        try store.ingestAndWait(scene.batch([sample(one, Scene.noon), sample(other, Scene.noon)]))
        #expect(store.hosts(code: ServerIdentity(host: one).code).map(\.name).sorted() == [one, other].sorted())
        #expect(store.counters().samplesStored == 2)
    }
}
