import Configuration
import Daemon
import Glibc
import Identity
import Lifecycle
import Telemetry
import Training

/// The part of `train` that has to do with models' lives: giving way to a collector, and the card.
enum TrainBackground {
    /// `--background PID [--memory BYTES]`: what the collector adds when it trains by schedule.
    static func enter(_ arguments: Arguments, out: String) throws {
        guard let text = arguments.value("--background") else {
            if arguments.has("--memory") { throw UsageError("--memory comes with --background") }
            return
        }
        guard let parent = Int32(text), parent > 0 else { throw UsageError("--background is a process's number") }
        guard let memory = Int(arguments.value("--memory") ?? "\(2 << 30)"), memory >= 256 << 20 else {
            throw UsageError("--memory is a number of bytes, 256 MiB at least")
        }
        guard mkdir(out, 0o755) == 0 || errno == EEXIST else {
            throw TrainError("\(out): \(String(cString: strerror(errno)))")
        }
        for refused in try Background.enter(parent: parent, memoryBytes: memory) {
            Commands.complain("was not granted \(refused)")
        }
        guard TrainingLock.take(in: out) else { throw TrainError("\(out): another process trains here") }
    }

    /// Writes the card beside what was trained: when, by which command, and how its inputs lay.
    static func writeCard(_ folder: String, _ table: SeriesTable, words: [String]) throws {
        let quoted = words.map { $0.contains(" ") ? "'\($0)'" : $0 }
        let bytes = ModelCard.bytes(
            madeAt: Int(Clock.system.now()),
            command: (["forewarn-collector", "train"] + quoted).joined(separator: " "),
            inputs: InputDistribution(of: values(table)))
        let path = "\(folder)/\(ModelCard.fileName)"
        do throws(FileWriteError) { try writeFile(bytes, to: path) } catch {
            throw TrainError("\(path): \(error.reason)")
        }
    }

    /// Evenly over all series and steps, about a hundred thousand of each metric.
    private static func values(_ table: SeriesTable) -> [Metric: [Float]] {
        let steps = table.series.reduce(0) { $0 + $1.steps }
        let stride = max(1, steps / 100_000)
        var values: [Metric: [Float]] = [:]
        for (column, name) in table.columns.enumerated() {
            guard let metric = Metric(name: name) else { continue }
            var kept: [Float] = []
            for one in table.series {
                for step in Swift.stride(from: 0, to: one.steps, by: stride) {
                    kept.append(one.values[column * one.steps + step])
                }
            }
            values[metric] = kept
        }
        return values
    }
}
