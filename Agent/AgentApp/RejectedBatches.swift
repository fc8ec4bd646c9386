import Glibc
import Telemetry

/// The folder of batches that the collector will never take, each with its reason, for a person to look at. Bounded:
/// the oldest go first.
struct RejectedBatches {
    static let filesMax = 20

    let directory: String

    init(state: String) { directory = "\(state)/rejected" }

    /// - Returns: the file's path, or nil when it could not be written.
    func add(_ batch: [UInt8], first: UInt64, reason: String, time: Double) -> String? {
        mkdir(directory, 0o700)
        var json = JSONWriter(capacity: batch.count + 512)
        json.object { json in
            json.member("time", time)
            json.member("reason", reason)
            json.member("batch") { $0.raw(batch) }
        }
        let digits = String(first, radix: 16)
        let path = "\(directory)/\(String(repeating: "0", count: 16 - digits.count))\(digits).json"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard write(file, json.bytes, json.bytes.count) == json.bytes.count else {
            unlink(path)
            return nil
        }
        dropOldest(but: path)
        return path
    }

    /// By the files' times: sequences begin anew with a new spool.
    private func dropOldest(but new: String) {
        guard let folder = opendir(directory) else { return }
        defer { closedir(folder) }
        var files: [(path: String, seconds: Int, nanoseconds: Int)] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let path = "\(directory)/\(name)"
            var status = stat()
            guard name.hasSuffix(".json"), path != new, stat(path, &status) == 0 else { continue }
            files.append((path, status.st_mtim.tv_sec, status.st_mtim.tv_nsec))
        }
        files.sort { ($0.seconds, $0.nanoseconds, $0.path) < ($1.seconds, $1.nanoseconds, $1.path) }
        for file in files.dropLast(Self.filesMax - 1) { unlink(file.path) }
    }
}
