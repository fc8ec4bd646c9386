import Foundation
import Insight
import TFT
import Telemetry
import Testing

@testable import Forecasting

struct CalibrationTests {
    @Test func movesEachQuantileByItsFactorInItsBlock() {
        var factors = [Float](repeating: 1, count: 2 * 5 * 7)
        // The second target's second block: steps 6 to 11.
        factors.replaceSubrange(42..<49, with: [2, 2, 2, 1, 0.5, 0.5, 0.5])
        var answers = (0..<96 * 7).map { Float($0 % 7) }
        answers.withUnsafeMutableBufferPointer { Calibration(factors: factors).apply(to: $0, target: 1) }
        #expect(Array(answers[5 * 7..<6 * 7]) == [0, 1, 2, 3, 4, 5, 6])
        #expect(Array(answers[6 * 7..<7 * 7]) == [-3, -1, 1, 3, 3.5, 4, 4.5])
        #expect(Array(answers[11 * 7..<12 * 7]) == [-3, -1, 1, 3, 3.5, 4, 4.5])
        #expect(Array(answers[12 * 7..<13 * 7]) == [0, 1, 2, 3, 4, 5, 6])
    }

    /// The shipped folder with other words in its config.
    private func load(_ edit: (inout String) -> Void) throws -> ForecastModel {
        let folder = FileManager.default.temporaryDirectory.appending(path: "model-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: URL(filePath: Shipped.folder), to: folder)
        let config = folder.appending(path: "config.json")
        var text = try String(contentsOf: config, encoding: .utf8)
        edit(&text)
        try text.write(to: config, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try ForecastModel(folder: folder.path(), pool: WorkerPool(workers: 1))
    }

    private func calibration(_ factor: Double, blocks: String = "[6, 12, 24, 48, 96]") -> String {
        let row = "[\(factor), \(factor), \(factor), 1, \(factor), \(factor), \(factor)]"
        let rows = "[" + Array(repeating: row, count: 5).joined(separator: ", ") + "]"
        let all = Metric.allCases.map { "\"\($0.name)\": \(rows)" }.joined(separator: ", ")
        return "\"calibration\": {\"blocks\": \(blocks), \"factors\": {\(all)}}, \"classes\""
    }

    @Test func aServedForecastIsWider() throws {
        let plain = try Shipped.model()
        let wide = try load { $0.replace("\"classes\"", with: calibration(2)) }
        let request = try Shipped.samples()[0].request
        let (a, b) = (
            try #require(plain.forecast([request])[0].forecast), try #require(wide.forecast([request])[0].forecast)
        )
        for step in [0, 20, 95] {
            let (narrow, wide) = (
                a.value(.networkIn, step: step, quantile: 5) - a.value(.networkIn, step: step, quantile: 3),
                b.value(.networkIn, step: step, quantile: 5) - b.value(.networkIn, step: step, quantile: 3)
            )
            #expect(abs(wide / narrow - 2) < 0.01)
        }
    }

    @Test func faultsAreNamed() {
        for (edit, reason) in [
            (calibration(9), "must be factors of 0.4 to 2.5"),
            (calibration(1, blocks: "[6, 12]"), "blocks: must be [6, 12, 24, 48, 96]"),
        ] {
            let error = #expect(throws: ModelError.self) { try load { $0.replace("\"classes\"", with: edit) } }
            #expect(error.map { "\($0)" }?.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
        }
        for (old, new, reason) in [
            ("\"kind\": \"window\"", "\"kind\": \"window\", \"transform\": \"log\"", "must be \"asinh\""),
            ("\"centre\": 11.958333333333334,", "\"centre\": 11.9, \"limit\": 0,", "must be above 0"),
        ] {
            let error = #expect(throws: ModelError.self) { try load { $0.replace(old, with: new) } }
            #expect(error.map { "\($0)" }?.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
        }
    }
}
