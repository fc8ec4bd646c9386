import Compression
import Configuration
import Daemon
import Glibc
import Store
import Telemetry

/// `forewarn-collector export FILE`: settled steps as CSV, whether the collector runs or not.
enum ExportCommand {
    static func run(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(
            words, options: ["--config": 1, "--state": 1, "--hosts": 1, "--from": 1, "--to": 1], restMax: 1)
        guard let path = arguments.rest.first else { throw UsageError("export needs a file, or - for standard output") }
        let configuration = try Serve.configuration(arguments)
        let (from, to) = (try time(arguments, "--from") ?? 0, try time(arguments, "--to") ?? 1 << 40)
        guard from < to else { throw UsageError("--from must be before --to") }
        let wanted = arguments.value("--hosts").map { Set($0.split(separator: ",").map(String.init)) }
        let store = try StoreReading(directory: configuration.state, profiles: configuration.profiles)
        for name in (wanted ?? []).sorted() where !store.hosts.contains(where: { $0.name == name }) {
            throw UsageError("--hosts: there is no host \(name)")
        }
        let file = try ExportFile(path)
        defer { file.discard() }
        let begin = Clock.monotonicSeconds()
        var rows = 0
        var bytes = Array(StepCSV.header.utf8)
        let line = ProgressLine()
        try store.eachStep(from: from, to: to, hosts: wanted) { step in
            StepCSV.write(step, to: &bytes)
            rows += 1
            if bytes.count >= 1 << 18 {
                try file.add(bytes)
                bytes.removeAll(keepingCapacity: true)
                line.show("\(rows) steps, \(Timestamp.text(Double(step.start)))")
            }
            return true
        }
        try file.add(bytes)
        line.end()
        try file.keep()
        let seconds = max(1e-3, Clock.monotonicSeconds() - begin)
        let text = "\(path): \(rows) steps, \(Int(Double(rows) / seconds)) a second"
        if path == "-" { Commands.complain(text) } else { Commands.print(text) }
        return 0
    }

    /// Unix seconds or RFC 3339.
    private static func time(_ arguments: Arguments, _ option: String) throws(UsageError) -> Int? {
        guard let text = arguments.value(option) else { return nil }
        guard let seconds = Double(text) ?? Timestamp.parse(text), (0...1e11).contains(seconds) else {
            throw UsageError("\(option) must be Unix seconds or like 2026-11-23T10:00:00Z, not \(text)")
        }
        return Int(seconds)
    }
}

/// What an export writes: standard output, or a file that gets its name when it is whole. gzip where it ends in .gz.
private final class ExportFile {
    private let path: String
    private let file: CInt
    private let gzip: GzipWriter?
    private var isKept = false

    struct Fault: Error, CustomStringConvertible { let description: String }

    private var part: String { "\(path).part-\(getpid())" }

    init(_ path: String) throws {
        self.path = path
        gzip = path.hasSuffix(".gz") ? try GzipWriter() : nil
        file = path == "-" ? 1 : open("\(path).part-\(getpid())", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard file >= 0 else { throw Fault(description: "\(path): \(String(cString: strerror(errno)))") }
    }

    func add(_ bytes: [UInt8]) throws { try put(try gzip?.add(bytes, isLast: false) ?? bytes) }

    func keep() throws {
        if let gzip { try put(try gzip.add([], isLast: true)) }
        if file == 1 { return }
        guard fsync(file) == 0, rename(part, path) == 0 else { throw fault() }
        isKept = true
    }

    func discard() {
        if file == 1 { return }
        close(file)
        if !isKept { unlink(part) }
    }

    private func put(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress.map { $0 + sent }, bytes.count - sent) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw fault() }
            sent += count
        }
    }

    private func fault() -> Fault { Fault(description: "\(path): \(String(cString: strerror(errno)))") }
}
