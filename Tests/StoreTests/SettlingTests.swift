import Foundation
import Insight
import SQLite
import Store
import Telemetry
import Testing

@testable import Store

/// Samples that arrive in small batches are moved to where they stay; nobody may see where they are.
struct SettlingTests {
    let scene = Scene()

    private func fill(_ store: Store, steps: Int, hosts: Int = 20) throws {
        for step in 0..<steps {
            let time = Scene.noon + Double(step) * 300
            let records = (0..<hosts).map { sample("web\($0)", time, boot: "a", sequence: UInt64(step + 1)) }
            try store.ingestAndWait(scene.batch(records, intervalSeconds: 300))
        }
    }

    private func check(_ store: Store, steps: Int, hosts: Int = 20) throws {
        for host in store.hosts() {
            #expect(try store.steps(of: host, from: 0, to: .max).count == steps)
            #expect(try store.samples(of: host, from: 0, to: .infinity).count == steps)
        }
        var counts: [Int] = []
        let end = Int(Scene.noon) + steps * 300
        try store.recentSteps(count: steps, endingAt: end, hostsPerChunk: 7) { counts += $0.map(\.steps.count) }
        #expect(counts == [Int](repeating: steps, count: hosts))
        #expect(try scene.shell("SELECT count(*) FROM sample") == ["\(steps * hosts)"])
        #expect(
            try scene.shell("SELECT count(*), sum(samples) FROM step_means") == ["\(steps * hosts)|\(steps * hosts)"])
    }

    @Test(arguments: [10, 100, 1_000_000])
    func nothingIsLostOnTheWay(arrivedMax: Int) throws {
        let store = try scene.open {
            $0.arrivedMax = arrivedMax
            $0.sliceSeconds = 0
        }
        try fill(store, steps: 12)
        try check(store, steps: 12)
        store.close()
        #expect(try scene.shell("SELECT count(*) FROM sample_arrived") == ["0"])
        let again = try scene.open()
        try check(again, steps: 12)
    }

    /// As after kill -9: the files as they are at some moment, opened by another process.
    @Test(arguments: [0, 1, 3, 7, 12, 30])
    func aRoundThatIsCutShortIsFinishedByTheNextProcess(slices: Int) throws {
        let store = try scene.open { $0.sliceSeconds = 0 }
        try fill(store, steps: 3)
        for _ in 0..<slices { try store.write { (writer) throws(SQLiteError) in try writer.settle(force: true) } }
        try fill(store, steps: 5)
        let copy = Scene()
        try FileManager.default.copyItem(atPath: scene.folder, toPath: copy.folder)

        let next = try copy.open()
        for host in next.hosts() {
            #expect(try next.steps(of: host, from: 0, to: .max).map(\.samples) == [1, 1, 1, 1, 1])
            #expect(try next.samples(of: host, from: 0, to: .infinity).count == 5)
            #expect(host.boots.map(\.received) == store.host(named: host.name)?.boots.map(\.received))
        }
        let again = try next.ingestAndWait(scene.batch((0..<20).map { sample("web\($0)", Scene.noon) }))
        #expect(again.duplicates == 20)
        try next.settle()
        #expect(try copy.shell("SELECT count(*) FROM sample_arrived") == ["0"])
        #expect(try copy.shell("SELECT count(*), sum(samples), max(samples) FROM step") == ["100|100|1"])
        #expect(try copy.shell("SELECT DISTINCT received FROM boot WHERE boot_id = 'a'") == ["5"])
    }
}
