import Configuration
import Daemon
import Evaluation
import Forecasting
import Glibc
import Numerics
import TFT
import Training

/// `forewarn-collector train`: learns a model from hosts' steps and writes its folder.
enum Train {
    static func run(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(
            words,
            options: [
                "--from": 1, "--hosts": 1, "--days": 1, "--minutes": 1, "--steps": 1, "--seed": 1, "--out": 1,
                "--resume": 0, "--hidden": 1, "--heads": 1, "--batch": 1, "--rate": 1, "--dropout": 1, "--hold-out": 1,
                "--patience": 1, "--until": 1, "--background": 1, "--memory": 1,
            ], restMax: 64)
        var settings = try settings(arguments)
        let out = arguments.value("--out") ?? "model"
        let days = try arguments.value("--days").map { text throws(UsageError) in
            try number(text, "--days", in: 1...3660)
        }
        let wanted = arguments.value("--hosts").map { Set($0.split(separator: ",").map(String.init)) }
        let sources = (arguments.value("--from").map { [$0] } ?? []) + arguments.rest
        guard !sources.isEmpty else { throw UsageError("--from needs a collector's state folder or CSV files") }

        let began = Clock.monotonicSeconds()
        try TrainBackground.enter(arguments, out: out)
        let until = try TrainUntil.find(
            told: try arguments.value("--until").map { text throws(UsageError) in
                try number(text, "--until", in: 0...(1 << 40))
            }, isResuming: arguments.has("--resume"), out: out)
        let input = try load(sources, hosts: wanted, days: days, until: until)
        for finding in input.findings { Commands.complain(finding) }
        let table = input.table.table
        settings.heldOut = try heldOut(arguments.value("--hold-out"), table)
        guard mkdir(out, 0o755) == 0 || errno == EEXIST else {
            throw TrainError("\(out): \(String(cString: strerror(errno)))")
        }
        try TrainUntil.keep(until, out: out)
        settings.checkpoint = "\(out)/checkpoint"
        settings.isResuming = arguments.has("--resume")
        useOneThreadPerProduct()
        let trainer = try Trainer(table, input.table.spec, settings)
        let seconds = ((Clock.monotonicSeconds() - began) * 10).rounded() / 10
        Commands.print(
            "\(table.series.count) hosts, \(settings.heldOut.count) of them held out, "
                + "\(table.series.reduce(0) { $0 + $1.steps }) steps of \(table.columns.count) metrics, "
                + "\(trainer.config.hidden) wide, read in \(seconds) s")
        let line = TrainProgressLine()
        let result = try run(trainer, line)
        line.end()
        let calibration = trainer.calibration()
        try TrainSample.removeStale(folder: out)
        try trainer.write(folder: out, result, calibration: calibration)
        try TrainSample.write(folder: out, trainer, calibration)
        try TrainBackground.writeCard(out, table, words: words)
        // What was written is only worth having if it can be served.
        let servable = table.columns.count == 0 ? nil : try? ForecastModel(folder: out)
        Commands.print(report(result, out, isServable: servable != nil))
        return 0
    }

    private struct Lent: @unchecked Sendable {  // the trainer is the thread's alone until it has been joined
        let trainer: Trainer
    }

    private static func run(_ trainer: Trainer, _ line: TrainProgressLine) throws -> TrainerResult {
        let lent = Lent(trainer: trainer)
        return try Interruptible.run("train") { isStopping in
            try lent.trainer.run { progress in
                line.show(progress)
                return !isStopping()
            }
        }
    }

    private static func load(
        _ sources: [String], hosts: Set<String>?, days: Int?, until: Int
    ) throws -> (table: TrainTable, findings: [String]) {
        var data = HostTable()
        try data.add(sources: sources, from: days.map { until - $0 * 86_400 } ?? 0, to: until)
        let table = try TrainTable(&data, hosts: hosts, days: days)
        return (table, data.findings + table.findings)
    }

    private static func settings(_ arguments: Arguments) throws(UsageError) -> TrainerSettings {
        var settings = TrainerSettings()
        func real(_ option: String, _ body: (Double) -> Void) throws(UsageError) {
            guard let text = arguments.value(option) else { return }
            guard let value = Double(text), value.isFinite else { throw UsageError("\(option) is a number") }
            body(value)
        }
        func whole(_ option: String, _ range: ClosedRange<Int>, _ body: (Int) -> Void) throws(UsageError) {
            if let text = arguments.value(option) { body(try number(text, option, in: range)) }
        }
        try real("--minutes") { settings.minutes = $0 }
        try real("--rate") { settings.rate = Float($0) }
        try real("--dropout") { settings.dropout = Float($0) }
        try whole("--steps", 1...10_000_000) { settings.steps = $0 }
        try whole("--seed", 0...Int.max) { settings.seed = UInt64($0) }
        try whole("--hidden", 4...512) { settings.hidden = $0 }
        try whole("--heads", 1...64) { settings.heads = $0 }
        try whole("--batch", 1...4096) { settings.batch = $0 }
        try whole("--patience", 1...1_000_000) { settings.patience = $0 }
        settings.hiddenContinuous = max(4, settings.hidden / 2)
        if let fault = settings.fault { throw UsageError(fault) }
        return settings
    }

    private static func number(_ text: String, _ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int {
        guard let value = Int(text), range.contains(value) else {
            throw UsageError("\(option) is a whole number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return value
    }

    /// As many as asked for, at even distances through their names, so that every profile has its strangers; by default
    /// one in ten.
    private static func heldOut(_ text: String?, _ table: SeriesTable) throws(UsageError) -> Set<String> {
        let names = table.series.map(\.name)
        let count =
            try text.map { text throws(UsageError) in try number(text, "--hold-out", in: 0...max(0, names.count - 1)) }
            ?? names.count / 10
        return Set((0..<count).map { names[(2 * $0 + 1) * names.count / (2 * count)] })
    }

    private static func report(_ result: TrainerResult, _ out: String, isServable: Bool) -> String {
        func rounded(_ x: Double) -> String { "\((x * 1e4).rounded() / 1e4)" }
        func row(_ name: String, _ score: TrainerScore) -> String {
            let windows = "\(score.windows) windows"
            guard score.windows > 0 else { return "\(name): no window of the newest time is long enough to judge by" }
            let percent = (abs(score.skill) * 1000).rounded() / 10
            let skill = "\(percent) % \(score.skill < 0 ? "worse" : "better") than persistence"
            let yesterday = score.yesterday.map { ", same time yesterday \(rounded($0))" } ?? ""
            return "\(name), \(windows): pinball loss \(rounded(score.model)); persistence "
                + "\(rounded(score.persistence))\(yesterday): \(skill)"
        }
        var lines = [
            "\(result.wasStopped ? "stopped after" : "done:") \(result.steps) steps in \(Int(result.seconds)) s; "
                + "the best were those of step \(result.bestStep)",
            row("newest time", result.validation),
        ]
        if let heldOut = result.heldOut { lines.append(row("hosts never trained on", heldOut)) }
        lines.append("\(out): the model; forewarn-collector serve --model \(out)")
        if !isServable { lines.append("it cannot be served: it was trained on other metrics than the collector's") }
        if result.wasStopped { lines.append("the same command with --resume goes on") }
        return lines.joined(separator: "\n")
    }
}
