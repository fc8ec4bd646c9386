import Foundation
import TFT
import Testing

@testable import Forecasting

struct ModelCheckTests {
    @Test(arguments: ["tiny", "ragged", "single", "fleet"])
    func goldenFoldersPass(name: String) throws {
        let report = try ModelCheck.run(folder: "\(Shipped.golden)/\(name)")
        #expect(report.pass)
        #expect(report.golden != nil)
        #expect(report.sample == nil)
        #expect(report.text.hasSuffix("pass"))
        let json = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
        #expect(json["pass"] as? Bool == true)
        #expect((json["quantile_error"] as? Double ?? 1) <= 2e-4)
        #expect((json["weight_error"] as? Double ?? 1) <= 1e-5)
        #expect((json["attention_error"] as? Double != nil) == (name == "tiny" || name == "ragged"))
        let limits = try #require(json["limits"] as? [String: Double])
        #expect(limits["quantile_error"] == 2e-4)
    }

    @Test func theShippedModelPasses() throws {
        let report = try ModelCheck.run(folder: Shipped.folder)
        #expect(report.pass)
        #expect(report.golden == nil)
        #expect(report.sample.map { $0 < 2e-3 } == true)
    }

    @Test func aFolderWithNothingToCompareProvesNothing() throws {
        let folder = try copy("tiny")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.removeItem(atPath: "\(folder)/io.safetensors")
        let report = try ModelCheck.run(folder: folder)
        #expect(!report.pass)
        #expect(report.isFinite == true)
        #expect(!report.isCompared && report.text.contains("nothing to compare with"))
        #expect(!report.text.contains("FAIL") && report.json.contains("\"compared\":false"))
    }

    @Test func aChangedWeightFails() throws {
        let folder = try copy("tiny")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/model.safetensors"
        var bytes = try Data(contentsOf: URL(filePath: path))
        // The last tensor is a layer norm of the static selection.
        bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0, 0x41])
        try bytes.write(to: URL(filePath: path))
        let report = try ModelCheck.run(folder: folder)
        #expect(!report.pass)
        #expect(report.text.hasSuffix("FAIL"))
        #expect(report.json.contains("\"pass\":false"))
    }

    @Test func aBrokenFolderNamesItsTensor() throws {
        let folder = try copy("tiny")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/model.safetensors"
        try Data(contentsOf: URL(filePath: path)).dropLast(5000).write(to: URL(filePath: path))
        let error = #expect(throws: ModelError.self) { try ModelCheck.run(folder: folder) }
        #expect(error?.description.contains("tensor ") == true)
        #expect(error?.description.contains("truncated") == true)
    }

    @Test func aModelForOtherMetricsIsNotServed() throws {
        let error = #expect(throws: ModelError.self) { try ForecastModel(folder: "\(Shipped.golden)/tiny") }
        #expect(error?.description.contains("step_seconds") == true)
    }

    private func copy(_ name: String) throws -> String {
        let to = FileManager.default.temporaryDirectory.appending(path: "check-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: URL(filePath: "\(Shipped.golden)/\(name)"), to: to)
        return to.path()
    }
}
