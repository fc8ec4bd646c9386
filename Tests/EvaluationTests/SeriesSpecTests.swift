import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import TFT

struct SeriesSpecTests {
    static let good = """
        {"id": "host", "time": "date", "columns": ["a", "b"], "step_seconds": 900, "season": 96, "context": 192,
         "horizon": 48, "windows": 20, "minutes": 0.5}
        """

    static func read(_ text: String) throws -> SeriesSpec {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/spec.json"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return try SeriesSpec(path: path)
    }

    @Test func reads() throws {
        let spec = try Self.read(Self.good)
        #expect(
            spec
                == SeriesSpec(
                    id: "host", time: "date", columns: ["a", "b"], stepSeconds: 900, season: 96, context: 192,
                    horizon: 48, windows: 20, minutes: 0.5))
    }

    @Test(arguments: [
        (#""horizon": 48"#, #""horizon": 0"#, "horizon: must be a whole number from 1 to 2048"),
        (#""windows": 20"#, #""windows": "many""#, "windows: must be a whole number"),
        (#"["a", "b"]"#, #"["a", "a"]"#, "columns: must be 1 to 64 different names"),
        (#"["a", "b"]"#, "[]", "columns: must be 1 to 64 different names"),
        (#""time": "date", "#, "", "time: must be a text"),
        (#""season""#, #""saison""#, "saison: is not known; known are id, time"),
        ("0.5", "-1", "minutes: must be above 0"),
        ("}", "", "spec.json"),
    ])
    func refused(part: String, by other: String, rule: String) throws {
        let text = Self.good.replacingOccurrences(of: part, with: other)
        let error = try #require(throws: ModelError.self) { _ = try Self.read(text) }
        #expect(error.description.contains(rule), "\(error)")
    }
}
