import Foundation
import Insight
import SQLite
import Store
import Telemetry
import Testing

@testable import Store

/// No room: the batch is refused whole, the state says so, and it works again by itself.
struct FullDiskTests {
    let scene = Scene()

    @Test func aFullDatabaseRefusesAndRecovers() throws {
        let store = try scene.open()
        try store.ingestAndWait(scene.batch(samples("web", from: Scene.noon, count: 60)))
        try store.write { (writer) throws(SQLiteError) in
            let pages = try writer.tables.connection.integer("PRAGMA page_count") ?? 0
            try writer.tables.connection.execute("PRAGMA max_page_count = \(pages)")
        }
        let host = try #require(store.host(named: "web"))
        let refused = (0..<30).flatMap { samples("new\($0)", from: Scene.noon, count: 60) }
        #expect {
            try store.ingestAndWait(scene.batch(refused))
        } throws: { error in
            guard case .full(let path)? = error as? StoreError else { return false }
            return path == "\(scene.folder)/forewarn.sqlite"
        }
        #expect(store.health() == .full(path: "\(scene.folder)/forewarn.sqlite"))
        #expect(store.hostCount == 1)
        #expect(store.host(named: "new1") == nil)
        #expect(try store.steps(of: host, from: 0, to: .max).map(\.samples) == [60])

        try store.write { (writer) throws(SQLiteError) in
            try writer.tables.connection.execute("PRAGMA max_page_count = 1000000")
        }
        #expect(try store.ingestAndWait(scene.batch(refused)).duplicates == 0)
        #expect(store.health() == .ready)
        #expect(store.hostCount == 31)
        #expect(try scene.shell("SELECT count(*), sum(samples) FROM step_means") == ["31|1860"])
    }

    /// A disk with no room at all from the start, where the test may mount one.
    @Test func openingOnAFullDiskSaysSoInALine() throws {
        try FileManager.default.createDirectory(atPath: scene.folder, withIntermediateDirectories: true)
        guard mount("tmpfs", scene.folder, "tmpfs", 0, "size=1m") == 0 else { return }
        defer { umount2(scene.folder, Int32(MNT_DETACH)) }
        let ballast = scene.folder + "/ballast"
        for room in [0, 4096, 8192, 16384, 40960] {
            for file in try FileManager.default.contentsOfDirectory(atPath: scene.folder) {
                try FileManager.default.removeItem(atPath: scene.folder + "/" + file)
            }
            // A program that another test begins just now may hold the removed files for a moment longer.
            var written = (try? Data(count: (1 << 20) - room).write(to: URL(filePath: ballast))) != nil
            for _ in 0..<100 where !written {
                usleep(50_000)
                written = (try? Data(count: (1 << 20) - room).write(to: URL(filePath: ballast))) != nil
            }
            #expect(written)
            do {
                let store = try scene.open()
                store.close()
                Issue.record("opened with \(room) bytes free")
            } catch StoreError.unusable(_, let reason, let hint) {
                #expect(!reason.contains("PRAGMA") && !reason.contains("\n") && reason.count < 80)
                #expect(hint.contains("room"))
            }
        }
    }

    /// A disk of four megabytes, where the test may mount one.
    @Test func aFullDiskRefusesAndRecovers() throws {
        try FileManager.default.createDirectory(atPath: scene.folder, withIntermediateDirectories: true)
        guard mount("tmpfs", scene.folder, "tmpfs", 0, "size=4m") == 0 else { return }
        defer { umount2(scene.folder, Int32(MNT_DETACH)) }
        let ballast = scene.folder + "/ballast"
        try Data(count: 2_500_000).write(to: URL(filePath: ballast))
        let store = try scene.open()
        defer { store.close() }
        var (stored, isFull) = (0, false)
        for round in 0..<400 where !isFull {
            do {
                try store.ingestAndWait(scene.batch(samples("web\(round)", from: Scene.noon, count: 20)))
                stored += 20
            } catch StoreError.full {
                isFull = true
            }
        }
        #expect(isFull)
        guard case .full = store.health() else {
            Issue.record("\(store.health()) after \(stored)")
            return
        }
        try FileManager.default.removeItem(atPath: ballast)
        // Nobody sends anything: the state finds out by itself.
        for _ in 0..<100 where store.health() != .ready { usleep(100_000) }
        #expect(store.health() == .ready)
        try store.ingestAndWait(scene.batch([sample("late", Scene.noon)]))
        var found = 0
        for host in store.hosts() { found += try store.samples(of: host, from: 0, to: .infinity).count }
        #expect(found == stored + 1)
    }
}
