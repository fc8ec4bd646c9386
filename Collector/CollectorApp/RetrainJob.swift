import Daemon
import Glibc
import Lifecycle
import TFT
import Telemetry

/// A run of training that was begun: what it needs to go on after a restart. Lies in `training/job`.
struct RetrainJob: Sendable, Equatable {
    /// Unix seconds.
    var startedAt: Double
    /// The end of the data, so that a run that goes on sees what it saw before.
    var until: Int
    var attempts: Int

    private static func path(_ shelf: ModelShelf) -> String { "\(shelf.trainingFolder)/job" }
    /// Beside the folder, which is emptied: when the last run began.
    private static func lastPath(_ shelf: ModelShelf) -> String { "\(shelf.folder)/trained" }

    static func read(_ shelf: ModelShelf) -> RetrainJob? {
        try? JSONFields.read(path(shelf)) { fields throws(ModelError) in
            RetrainJob(
                startedAt: try fields.number("started_at"), until: try fields.integer("until", in: 0...(1 << 40)),
                attempts: try fields.integer("attempts", in: 0...1000))
        }
    }

    static func lastRun(_ shelf: ModelShelf) -> Double? {
        try? JSONFields.read(lastPath(shelf)) { fields throws(ModelError) in try fields.number("started_at") }
    }

    /// The caller holds the shelf's lock, here and below.
    func write(_ shelf: ModelShelf) throws(ShelfError) {
        guard mkdir(shelf.trainingFolder, 0o750) == 0 || errno == EEXIST else {
            throw ShelfError(errno: errno, shelf.trainingFolder)
        }
        try shelf.write(bytes, to: Self.path(shelf))
    }

    func end(_ shelf: ModelShelf) throws(ShelfError) {
        try shelf.write(bytes, to: Self.lastPath(shelf))
        unlink(Self.path(shelf))
        unlink("\(shelf.trainingFolder)/checkpoint")
    }

    private var bytes: [UInt8] {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            json.member("started_at", startedAt)
            json.member("until", until)
            json.member("attempts", attempts)
        }
        return json.bytes
    }
}

/// Held by the process that trains in a folder, for as long as it lives.
enum TrainingLock {
    static func take(in folder: String) -> Bool { FileLock.take("\(folder)/lock") }
    static func isHeld(in folder: String) -> Bool { FileLock.isHeld("\(folder)/lock") }
}
