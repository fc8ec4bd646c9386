import Daemon
import Foundation
import Store
import Telemetry
import Testing

/// A store in a folder of its own, at a moment that the test sets.
final class Scene: Sendable {
    /// 2026-01-05 12:00:00 UTC, the start of a step.
    static let noon = 1_767_614_400.0

    let folder: String
    let clock: Clock
    private let moment = Locked(noon)

    init() {
        folder = URL.temporaryDirectory.appending(path: "forewarn-store-\(UUID().uuidString)").path()
        let moment = moment
        clock = Clock { moment.withLock { $0 } }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var now: Double {
        get { moment.withLock { $0 } }
        set { moment.withLock { $0 = newValue } }
    }

    func open(_ change: (inout StoreLimits) -> Void = { _ in }) throws -> Store {
        var limits = StoreLimits()
        limits.commitEverySeconds = 0
        change(&limits)
        return try Store(directory: folder, clock: clock, limits: limits)
    }

    func batch(_ records: [Record], intervalSeconds: Double? = 5) -> IngestBatch {
        IngestBatch(records: records, receivedAt: now, intervalSeconds: intervalSeconds)
    }

    /// Rows that the sqlite3 shell finds, which knows nothing of the store; columns apart by `|`.
    func shell(_ sql: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/sqlite3")
        process.arguments = ["-batch", "\(folder)/forewarn.sqlite", sql]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// A sample whose values follow from its time, so that any mean can be made again.
func sample(
    _ host: String, _ time: Double, boot: String? = nil, sequence: UInt64? = nil, value: Double? = nil
) -> Record {
    var values = MetricVector()
    for metric in Metric.allCases where metric != .javaCPU {
        values[metric] = value ?? (time * 7 + Double(metric.rawValue) * 13).truncatingRemainder(dividingBy: 97) + 0.1
    }
    var record = Record(host: host, time: time, values: values)
    record.bootID = boot
    record.sequence = sequence
    return record
}

/// Samples every five seconds.
func samples(_ host: String, from: Double, count: Int, every: Double = 5) -> [Record] {
    (0..<count).map { sample(host, from + Double($0) * every) }
}
