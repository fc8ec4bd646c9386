import Alerting
import Foundation
import Insight
import SQLite
import Telemetry
import TestSupport
import Testing

@testable import Store

/// Databases of every schema version that was ever released, brought forward. `Fixtures/database/N.sql` is step N as it
/// was released; `N.rows.sql` puts rows into what it made. A database of version N is what steps 1 to N and their rows
/// make. A new version is a new pair of files; `UPDATE_GOLDEN=1` writes the step that is missing.
struct ReleasedSchemaTests {
    let scene = Scene()

    private static let folder = "\(Fixture.root)/database"
    private static var released: [Int] { (1...Schema.steps.count).filter { exists("\($0).sql") } }

    private static func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

    private static func text(_ name: String) throws -> String {
        exists(name) ? try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) : ""
    }

    @Test func aReleasedStepIsNeverEdited() throws {
        for (index, step) in Schema.steps.enumerated() {
            let name = "\(index + 1).sql"
            if !Self.exists(name), ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
                try (step + "\n").write(toFile: "\(Self.folder)/\(name)", atomically: true, encoding: .utf8)
            }
            if Self.exists(name) { #expect(try Self.text(name) == step + "\n", "step \(index + 1)") }
        }
        #expect(Self.released.count >= 9)
    }

    /// Makes a database as the program of that version left it.
    private func make(version: Int) throws {
        try FileManager.default.createDirectory(atPath: scene.folder, withIntermediateDirectories: true)
        let old = try Connection(path: "\(scene.folder)/\(Schema.fileName)")
        try old.execute("PRAGMA journal_mode = WAL")
        for number in 1...version {
            try old.execute(try Self.text("\(number).sql"))
            try old.execute(try Self.text("\(number).rows.sql"))
        }
        try old.execute("PRAGMA user_version = \(version)")
    }

    private func rows() throws -> [String: Int] {
        let tables = try scene.shell("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        return try Dictionary(
            uniqueKeysWithValues: tables.map { ($0, Int(try scene.shell("SELECT count(*) FROM \($0)")[0]) ?? -1) })
    }

    @Test(arguments: released)
    func everyVersionIsBroughtForward(version: Int) throws {
        try make(version: version)
        let before = try rows()
        let store = try scene.open()
        for (table, count) in before { #expect(try rows()[table] == count, "\(table)") }
        let host = try #require(store.host(named: "web"))
        #expect(host.labels == ["rack": "a"] && host.cpus == 8 && host.boots.map(\.received) == [2])
        #expect(try store.steps(of: host, from: 0, to: .max).map { $0.means[.cpuUser] } == [12])
        #expect(try store.samples(of: host, from: 0, to: .infinity).map { $0.values[.cpuUser] } == [10, 14, 16])
        #expect(try store.forecast(host)?.model == "hosts")
        if version >= 2 { #expect(try store.gaps(of: host).map(\.reason) == ["restart"]) }
        if version >= 4 { #expect(try store.thresholds().map(\.author) == ["anna"]) }
        if version >= 7 {
            #expect(try store.alert(1)?.host == "web")
            #expect(try store.mutes(endingAfter: 0).map(\.why) == ["disk swap"])
        }
        try store.ingestAndWait(scene.batch(samples("new", from: Scene.noon, count: 5)))
        store.close()
        #expect(try scene.shell("PRAGMA user_version") == ["\(Schema.steps.count)"])
        #expect(try scene.shell("PRAGMA integrity_check") == ["ok"])
        let fresh = Scene()
        try fresh.open().close()
        let schema =
            "SELECT name || ' ' || replace(sql, char(10), ' ') FROM sqlite_schema WHERE sql NOT NULL ORDER BY 1"
        #expect(try scene.shell(schema) == fresh.shell(schema))
    }

    /// The files as a power failure in the middle of the upgrade leaves them.
    @Test func anUpgradeThatWasBrokenOffBeginsAgain() throws {
        try make(version: 1)
        let path = "\(scene.folder)/\(Schema.fileName)"
        let old = try Connection(path: path)
        // So small a memory that unfinished pages reach the log.
        try old.execute("PRAGMA cache_size = 1; BEGIN IMMEDIATE")
        for step in Schema.steps.dropFirst() { try old.execute(step) }
        try old.execute("PRAGMA user_version = \(Schema.steps.count)")
        let image = Scene()
        try FileManager.default.createDirectory(atPath: image.folder, withIntermediateDirectories: true)
        for end in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: path + end, toPath: "\(image.folder)/\(Schema.fileName)\(end)")
        }
        old.rollback()
        let store = try image.open()
        #expect(store.hosts().map(\.name) == ["web"])
        store.close()
        #expect(try image.shell("PRAGMA integrity_check; PRAGMA user_version") == ["ok", "\(Schema.steps.count)"])
    }

    /// A log that was cut anywhere: what was committed before the cut is there.
    @Test func aCutLogIsReadAsFarAsItGoes() throws {
        let store = try scene.open()
        for host in 0..<5 { try store.ingestAndWait(scene.batch(samples("web\(host)", from: Scene.noon, count: 10))) }
        let source = "\(scene.folder)/\(Schema.fileName)"
        let log = try Data(contentsOf: URL(filePath: "\(source)-wal"))
        let database = try Data(contentsOf: URL(filePath: source))
        store.close()
        for share in [0.0, 0.2, 0.5, 0.9, 0.999] {
            let cut = Scene()
            try FileManager.default.createDirectory(atPath: cut.folder, withIntermediateDirectories: true)
            try database.write(to: URL(filePath: "\(cut.folder)/\(Schema.fileName)"))
            try log.prefix(Int(Double(log.count) * share))
                .write(to: URL(filePath: "\(cut.folder)/\(Schema.fileName)-wal"))
            let opened = try cut.open()
            #expect(opened.hostCount <= 5)
            try opened.ingestAndWait(cut.batch(samples("late", from: Scene.noon, count: 5)))
            opened.close()
            #expect(try cut.shell("PRAGMA integrity_check") == ["ok"])
        }
    }

    @Test func aDatabaseThatCannotBeUsedIsNamedAndSoIsTheWayBack() throws {
        for version in [Schema.steps.count + 1, 9999] {
            try make(version: 1)
            _ = try scene.shell("PRAGMA user_version = \(version)")
            let error = try #require(throws: StoreError.self) { try scene.open() }
            #expect("\(error)".contains(Schema.fileName) && "\(error)".contains("version \(version)"), "\(error)")
            try FileManager.default.removeItem(atPath: scene.folder)
        }
        // A torn page: the first, and that of the hosts.
        for page in [1, 2] {
            try make(version: 1)
            _ = try scene.shell("PRAGMA wal_checkpoint(TRUNCATE)")
            let path = "\(scene.folder)/\(Schema.fileName)"
            var bytes = try Data(contentsOf: URL(filePath: path))
            for index in (page - 1) * 4096..<(page - 1) * 4096 + 2048 { bytes[index] = 0xA5 }
            try bytes.write(to: URL(filePath: path))
            for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
            let error = try #require(throws: StoreError.self, "page \(page)") { try scene.open() }
            #expect("\(error)".contains(path) && "\(error)".contains("forewarn-collector restore"), "\(error)")
            try FileManager.default.removeItem(atPath: scene.folder)
        }
    }

    /// What a first start leaves that was killed at once.
    @Test func anEmptyFileIsANewDatabase() throws {
        try FileManager.default.createDirectory(atPath: scene.folder, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: "\(scene.folder)/\(Schema.fileName)"))
        try scene.open().close()
        #expect(try scene.shell("PRAGMA user_version") == ["\(Schema.steps.count)"])
    }
}
