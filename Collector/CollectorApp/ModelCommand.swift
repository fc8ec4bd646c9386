import Configuration
import Forecasting

/// `forewarn-collector model …`
enum ModelCommand {
    static func run(_ words: [String]) throws -> CInt {
        guard words.first == "check" else { throw UsageError("model knows one word: check DIR [--json]") }
        let arguments = try Arguments(Array(words.dropFirst()), options: ["--json": 0], restMax: 1)
        guard let folder = arguments.rest.first else { throw UsageError("model check needs a model's folder") }
        let report = try ModelCheck.run(folder: folder)
        Commands.print(arguments.has("--json") ? report.json : report.text)
        return report.pass ? 0 : 1
    }
}
