import Foundation
import TestSupport
import Testing

/// The shelf of models through the command line, beside a running collector and without one.
struct ModelShelfTests {
    let state: TemporaryFolder
    let folder: TemporaryFolder

    /// A folder with the shipped model under another id: its configuration has a line more.
    init() throws {
        state = try TemporaryFolder()
        folder = try TemporaryFolder()
        for name in ["config.json", "model.safetensors"] {
            try FileManager.default.copyItem(atPath: "\(ModelTests.shipped)/\(name)", toPath: "\(folder.path)/\(name)")
        }
        let config = try FileHandle(forWritingTo: URL(filePath: "\(folder.path)/config.json"))
        try config.seekToEnd()
        try config.write(contentsOf: Data("\n".utf8))
    }

    private func model(_ words: String...) throws -> (text: String, status: Int32) {
        try Program.run("forewarn-collector", ["model"] + words + ["--state", state.path])
    }

    private func importOne() throws -> String {
        let imported = try model("import", folder.path)
        try #require(imported.status == 0, "\(imported.text)")
        return String(imported.text.prefix(12))
    }

    private func inUse(_ collector: RunningCollector) async throws -> String? {
        try await collector.get("/api/v1/models").object["in_use"] as? String
    }

    @Test func aRunningCollectorFollows() async throws {
        let collector = try await RunningCollector(state: state.path)
        defer { collector.program.end() }
        let id = try importOne()
        #expect(try await inUse(collector) == "shipped")
        let used = try model("use", id, "--why", "a try")
        #expect(used.status == 0 && used.text.contains("\(id) is in use"), "\(used.text)")
        #expect(try await inUse(collector) == id)
        #expect(try model("use", id).text.contains("in use already"))
        let name = try await collector.get("/status").object.path("model", "name") as? String
        #expect(name?.hasPrefix("\(id)@") == true)

        #expect(try model("rollback").status == 0)
        #expect(try await inUse(collector) == "shipped")
        #expect(try model("trial", id).status == 0)
        let answer = try await collector.get("/api/v1/models").object
        #expect((answer["trial"] as? [String: Any])?["id"] as? String == id)
        let deeds = (answer["journal"] as? [[String: Any]])?.compactMap { $0["deed"] as? String }
        #expect(deeds == ["challenger", "rolled_back", "used", "imported"])

        let card = try await collector.get("/api/v1/models/\(id)")
        #expect(card.status == 200 && (card.object["digest"] as? String)?.count == 64)
        #expect(try await collector.get("/api/v1/models/0123").status == 404)
        #expect(try await collector.get("/api/v1/drift?days=32").status == 400)
        #expect(try await collector.get("/api/v1/drift").object["words"] is String)
        #expect(try await collector.get("/metrics").text.contains("# TYPE forewarn_drift_index gauge"))
    }

    @Test func withoutACollectorTheNextOneTakesIt() async throws {
        let id = try importOne()
        #expect(try model("rollback").status == 1)
        let used = try model("use", id)
        #expect(used.status == 0 && used.text.contains("no collector runs"))
        let list = try model("list")
        #expect(list.text.contains("\(id)  chosen") && list.text.contains("shipped       previous"), "\(list.text)")
        #expect(try model("show", id).text.contains("used by"))
        let collector = try await RunningCollector(state: state.path)
        #expect(try await inUse(collector) == id)
        collector.program.end(SIGKILL)
        let again = try await RunningCollector(state: state.path)
        #expect(try await inUse(again) == id)
        again.program.end()
    }

    @Test func aNamedFolderWins() async throws {
        let id = try importOne()
        let collector = try await RunningCollector(state: state.path, ["--model", folder.path])
        defer { collector.program.end() }
        #expect(collector.program.text.contains("the model's folder was named"))
        let used = try model("use", id)
        #expect(used.status == 1 && used.text.contains("which wins"), "\(used.text)")
        #expect(try model("list").text.contains("\(id)  kept"))
        #expect(try model("trial", id).text.contains("--model"))
        let answer = try await collector.get("/api/v1/models").object
        #expect(answer["explicit_folder"] as? String == folder.path && answer["in_use"] is NSNull)
    }

    @Test func whatFailsTheCheckIsNotTaken() throws {
        let weights = URL(filePath: "\(folder.path)/model.safetensors")
        let bytes = try Data(contentsOf: weights)
        try bytes.prefix(bytes.count / 2).write(to: weights)
        let refused = try model("import", folder.path)
        #expect(refused.status == 1 && refused.text.contains("truncated"))
        try bytes.write(to: weights)
        // Quantiles that the collector does not tell.
        let config = URL(filePath: "\(folder.path)/config.json")
        let text = try String(contentsOf: config, encoding: .utf8)
        try text.replacing("0.98", with: "0.95").write(to: config, atomically: true, encoding: .utf8)
        let quantiles = try model("import", folder.path)
        #expect(quantiles.status == 1 && quantiles.text.contains("quantiles"), "\(quantiles.text)")
        try text.write(to: config, atomically: true, encoding: .utf8)
        // A sample that the weights do not answer to.
        try FileManager.default.copyItem(
            atPath: "\(ModelTests.shipped)/sample.json", toPath: "\(folder.path)/sample.json")
        var other = bytes
        for index in other.count - 4000..<other.count where index % 4 == 3 { other[index] = 0x3F }
        try other.write(to: weights)
        let off = try model("import", folder.path)
        #expect(off.status == 1 && off.text.contains("fails model check"), "\(off.text)")
        #expect(try model("list").text.components(separatedBy: "kept").count == 1)
        for words in [["show", "../../etc"], ["use", "0123456789ab"], ["import", "/nowhere"]] {
            #expect(try model(words[0], words[1]).status == 1)
        }
        #expect(try model("use").status == 2 && Program.run("forewarn-collector", ["model", "sing"]).status == 2)
    }

    /// A folder that was cut short after it had been chosen, by hand or by a disk: the next start says so and goes on.
    @Test func aDamagedChoiceDoesNotKeepACollectorFromStarting() async throws {
        let id = try importOne()
        #expect(try model("use", id).status == 0)
        let weights = "\(state.path)/models/\(id)/model.safetensors"
        try Data(contentsOf: URL(filePath: weights)).prefix(1000).write(to: URL(filePath: weights))
        let collector = try await RunningCollector(state: state.path)
        defer { collector.program.end() }
        #expect(try await inUse(collector) == "shipped")
        #expect(try await collector.get("/readyz").status == 200)
        let answer = try await collector.get("/api/v1/models").object
        let journal = try #require(answer["journal"] as? [[String: Any]])
        #expect(journal.first?["deed"] as? String == "refused")
        #expect((journal.first?["why"] as? String)?.contains("truncated") == true)
    }
}
