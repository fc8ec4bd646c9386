import Foundation
import TestSupport
import Testing

/// Model folders, good and broken, through the command line and a running collector.
struct ModelTests {
    static let golden = Fixture.root + "/../Golden/tft"
    static let shipped = Fixture.root + "/../../Collector/Models/bootstrap"

    @Test(arguments: ["tiny", "ragged", "single", "fleet"])
    func theReferencesAnswersAreReproduced(name: String) throws {
        let check = try Program.run("forewarn-collector", ["model", "check", "\(Self.golden)/\(name)", "--json"])
        #expect(check.status == 0, "\(check.text)")
        let report = try #require(JSONSerialization.jsonObject(with: Data(check.text.utf8)) as? [String: Any])
        #expect(try #require(report["quantile_error"] as? Double) < 2e-4)
        #expect(try #require(report["weight_error"] as? Double) < 1e-5)
    }

    @Test func theShippedModelReproducesItsSample() throws {
        let check = try Program.run("forewarn-collector", ["model", "check", Self.shipped, "--json"])
        #expect(check.status == 0, "\(check.text)")
        let report = try #require(JSONSerialization.jsonObject(with: Data(check.text.utf8)) as? [String: Any])
        #expect(try #require(report["sample_error"] as? Double) < 2e-3)
    }

    @Test func aModelThatAnswersOtherwiseFails() throws {
        let folder = try copy(of: "\(Self.golden)/tiny")
        var weights = try Data(contentsOf: URL(filePath: "\(folder.path)/model.safetensors"))
        // The last tensor's last numbers: still a model, no longer this one.
        for index in weights.count - 64..<weights.count where index % 4 == 3 { weights[index] = 0x3F }
        try weights.write(to: URL(filePath: "\(folder.path)/model.safetensors"))
        #expect(try Program.run("forewarn-collector", ["model", "check", folder.path]).status == 1)
    }

    @Test func aModelWithoutSamplesIsNeitherRightNorWrong() throws {
        let folder = try copy(of: "\(Self.golden)/tiny")
        try FileManager.default.removeItem(atPath: "\(folder.path)/io.safetensors")
        #expect(try Program.run("forewarn-collector", ["model", "check", folder.path]).status == 3)
    }

    @Test func aBrokenFolderIsRefusedAndTheModelStays() async throws {
        let model = try copy(of: Self.shipped)
        let state = try TemporaryFolder()
        let collector = try await RunningCollector(state: state.path, ["--model", model.path])
        let name = try #require(try await collector.get("/status").object.path("model", "name") as? String)

        let file = URL(filePath: "\(model.path)/model.safetensors")
        let weights = try Data(contentsOf: file)
        try weights.prefix(weights.count / 2).write(to: file)
        collector.program.signal(SIGHUP)
        let refused = try await eventually(within: 20) {
            (try await collector.get("/status").object.path("model", "problem") as? String)?.contains("truncated")
                == true
        }
        #expect(refused, "\(collector.program.text)")
        #expect(try await collector.get("/status").object.path("model", "name") as? String == name)
        #expect(try await collector.get("/readyz").status == 200)

        try weights.write(to: file)
        collector.program.signal(SIGHUP)
        let mended = try await eventually(within: 20) {
            try await collector.get("/status").object.path("model", "problem") is NSNull
        }
        #expect(mended, "\(collector.program.text)")
        collector.program.end()
    }

    private func copy(of path: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            try FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: "\(folder.path)/\(name)")
        }
        return folder
    }
}
