import Configuration
import Forecasting

/// `forewarn-collector model …`
enum ModelCommand {
    static func run(_ words: [String]) throws -> CInt {
        let rest = Array(words.dropFirst())
        switch words.first {
        case "check":
            let arguments = try Arguments(rest, options: ["--json": 0], restMax: 1)
            let report = try ModelCheck.run(folder: try folder(arguments, "check"))
            Commands.print(arguments.has("--json") ? report.json : report.text)
            return report.pass ? 0 : report.isCompared || report.isFinite != true ? 1 : 3
        case "bench":
            let arguments = try Arguments(rest, options: ["--json": 0, "--hosts": 1], restMax: 1)
            guard let hosts = Int(arguments.value("--hosts") ?? "90"), (1...100_000).contains(hosts) else {
                throw UsageError("--hosts is 1 to 100000")
            }
            let bench = try ModelBench.run(folder: try folder(arguments, "bench"), hosts: hosts)
            Commands.print(arguments.has("--json") ? bench.json : bench.text)
            return 0
        case let word? where ModelShelfCommand.words.contains(word): return try ModelShelfCommand.run(word, rest)
        default:
            throw UsageError(
                "model knows: list, show ID, use ID, rollback, import DIR, trial ID, check DIR [--json], "
                    + "bench DIR [--hosts N] [--json]")
        }
    }

    private static func folder(_ arguments: Arguments, _ word: String) throws(UsageError) -> String {
        guard let folder = arguments.rest.first else { throw UsageError("model \(word) needs a model's folder") }
        return folder
    }
}
