import Configuration
import Daemon
import Evaluation
import Surprise

/// `forewarn-collector backtest --series`: servers whose columns have no names we know. What their forecasts did not
/// expect is held against what truly happened.
enum BacktestSeries {
    private static let tablesMax = 1000

    static func run(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(words, options: ["--series": 1, "--labels": 1, "--alarms": 1, "--json": 0])
        let tables = (arguments.value("--series") ?? "").split(separator: ",").map(String.init)
        let labels = (arguments.value("--labels") ?? "").split(separator: ",").map(String.init)
        guard !tables.isEmpty, tables.count == labels.count, tables.count <= tablesMax else {
            throw UsageError(
                "--series FILE.csv[,FILE.csv…] and as many --labels FILE.incidents.csv, in the same order, at most "
                    + "\(tablesMax); given are \(tables.count) and \(labels.count)")
        }
        let text = arguments.value("--alarms") ?? "30"
        guard let alarms = Double(text), alarms > 0, alarms <= 10_000 else {
            throw UsageError("--alarms is how many a server may raise in a month, above 0, at most 10000, not \(text)")
        }
        let began = Clock.monotonicSeconds()
        let servers = try zip(tables, labels).map { table, labels in
            try LabelledTable(table: CSVText(path: table), labels: CSVText(path: labels))
        }
        var report = SurpriseReport(servers, alarmsPerMonth: alarms)
        report.seconds = Clock.monotonicSeconds() - began
        Commands.print(arguments.has("--json") ? report.json : report.text)
        return 0
    }
}
