import Daemon
import Glibc
import JSON
import TFT
import Telemetry

/// The end of the data that a run learns from, kept beside its checkpoint: a collector that runs measures on, and a run
/// that goes on must see what it saw before.
enum TrainUntil {
    private static func path(_ out: String) -> String { "\(out)/checkpoint.json" }
    private static let field = "until"

    /// Unix seconds, the end of a whole step: what was told, what a run that goes on was begun with, or now, less a
    /// step whose samples may still be under way.
    static func find(told: Int?, isResuming: Bool, out: String) throws -> Int {
        if let told { return Step.start(of: Double(told)) }
        guard isResuming, FileBytes.exists(path(out)) else {
            return Step.start(of: Clock.system.now()) - Step.seconds
        }
        do throws(ModelError) {
            return try JSONFields.read(path(out)) { fields throws(ModelError) in
                try fields.integer(field, in: 0...(1 << 40))
            }
        } catch {
            throw TrainError("\(error); start without --resume, or give --until as the run was begun")
        }
    }

    static func keep(_ until: Int, out: String) throws {
        var json = JSONWriter(capacity: 64)
        json.object { $0.member(field, until) }
        do throws(FileWriteError) { try writeFile(json.bytes, to: path(out)) } catch {
            throw TrainError("\(path(out)): \(error.reason)")
        }
    }
}
