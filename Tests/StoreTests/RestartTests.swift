import Foundation
import Store
import Telemetry
import Testing

/// What a new process finds.
struct RestartTests {
    let scene = Scene()

    @Test(arguments: [1, 3, 300])
    func everythingIsThereAgain(batchSize: Int) throws {
        let records = samples("ppdb001", from: Scene.noon, count: 300).enumerated().map { index, record in
            var record = record
            (record.bootID, record.sequence, record.cpus) = ("boot-a", UInt64(index + 1), 8)
            record.labels = ["site": "north"]
            return record
        }
        let before = try scene.open()
        for begin in stride(from: 0, to: 300, by: batchSize) {
            var batch = scene.batch(Array(records[begin..<begin + batchSize]), intervalSeconds: 10)
            batch.agentStatus = ["ppdb001": #"{"sent":\#(begin)}"#]
            try before.ingestAndWait(batch)
        }
        let host = try #require(before.host(named: "ppdb001"))
        let steps = try before.steps(of: host, from: 0, to: .max)
        #expect(steps.count == 5)
        before.close()

        let after = try scene.open()
        var expected = host
        for index in expected.boots.indices { expected.boots[index] = try #require(after.hosts().first?.boots[index]) }
        #expect(after.hosts() == [expected])
        #expect(after.hosts().first?.boots.map(\.received) == [300])
        #expect(after.hosts().first?.boots.map(\.missing) == [0])
        #expect(try after.steps(of: host, from: 0, to: .max) == steps)
        #expect(try after.samples(of: host, from: 0, to: .infinity).count == 300)
        #expect(try after.latest(host)?.time == records.last?.time)
        #expect(try after.ingestAndWait(scene.batch(records, intervalSeconds: 10)).duplicates == 300)
        #expect(try after.steps(of: host, from: 0, to: .max) == steps)
    }

    @Test func twoProcessesCannotShareAFolder() throws {
        let store = try scene.open()
        #expect {
            try scene.open()
        } throws: { error in
            guard case .unusable(let path, let reason, let hint)? = error as? StoreError else { return false }
            return path == scene.folder && reason.contains("another collector") && hint.contains("--state")
        }
        store.close()
        try scene.open().close()
    }

    @Test func aFileThatIsNoDatabaseIsNamed() throws {
        try scene.open().close()
        try Data("this is not a database, whatever its name says".utf8)
            .write(to: URL(filePath: scene.folder + "/forewarn.sqlite"))
        #expect {
            try scene.open()
        } throws: { error in
            guard case .unusable(let path, let reason, let hint)? = error as? StoreError else { return false }
            return path.hasSuffix("forewarn.sqlite") && reason.contains("not a database") && hint.contains("move")
        }
    }

    @Test func aNewerDatabaseIsLeftAlone() throws {
        try scene.open().close()
        _ = try scene.shell("PRAGMA user_version = 99")
        #expect {
            try scene.open()
        } throws: { error in
            guard case .unusable(_, let reason, let hint)? = error as? StoreError else { return false }
            return reason.contains("version 99") && hint.contains("newer")
        }
        #expect(try scene.shell("PRAGMA user_version") == ["99"])
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        let file = URL.temporaryDirectory.appending(path: "forewarn-file-\(UUID().uuidString)").path()
        try Data().write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        for path in [file, file + "/below"] {
            #expect {
                try Store(directory: path)
            } throws: { error in
                guard case .unusable(let named, _, _)? = error as? StoreError else { return false }
                return named == path
            }
        }
    }
}
