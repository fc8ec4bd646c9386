import Backup
import Configuration
import Daemon
import Glibc
import Store

/// `forewarn-collector backup FILE` and `forewarn-collector restore FILE`; `-` is standard output and input.
enum BackupCommand {
    struct Interrupted: Error, CustomStringConvertible {
        let description = "interrupted; everything is as it was"
    }

    private static let options = ["--config": 1, "--state": 1, "--force": 0]

    static func backup(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(words, options: options, restMax: 1)
        guard let path = arguments.rest.first else { throw UsageError("backup needs a file, or - for standard output") }
        let state = try Serve.configuration(arguments).state
        let (force, backup) = (arguments.has("--force"), Backup(state: state, now: Clock.system.now()))
        if path == "-", isatty(1) != 0 { throw UsageError("backup - writes to a pipe or a file, not to a terminal") }
        let outcome = try Interruptible.run("backup") { isStopping in
            let line = ProgressLine()
            defer { line.end() }
            let goesOn = { (phase: Backup.Phase, share: Double) in
                line.show("\(phase.rawValue) \(Int(share * 100)) %")
                return !isStopping()
            }
            if path != "-" { return try backup.write(to: path, replacing: force, goesOn) }
            return try withTemporaryFolder { folder in
                try backup.write(file: 1, name: "standard output", in: folder, goesOn)
            }
        }
        guard let outcome else { throw Interrupted() }
        let text = """
            \(path): \(size(outcome.bytes)), \(outcome.manifest.words), \(outcome.files) more files
            sha256 \(outcome.sha256)
            """
        if path == "-" { tell(text) } else { Commands.print(text) }
        for odd in outcome.leftOut {
            Commands.complain("\(state)/\(odd) is neither file nor folder; not in the backup")
        }
        return 0
    }

    static func restore(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(words, options: options, restMax: 1)
        guard let path = arguments.rest.first else { throw UsageError("restore needs a file, or - for standard input") }
        let (state, force) = (try Serve.configuration(arguments).state, arguments.has("--force"))
        let file = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw BackupError(errno: errno, path) }
        defer { if file > 0 { close(file) } }
        // Whoever owns the folder may have laid links there, which root must not follow.
        try StoreFolder.actAsOwner(of: state)
        let restore = Restore(state: state, now: Clock.system.now())
        let outcome = try Interruptible.run("restore") { isStopping in
            let line = ProgressLine()
            defer { line.end() }
            return try restore.run(file: file, path: path == "-" ? "standard input" : path, force: force) { bytes in
                line.show("reading, \(size(bytes))")
                return !isStopping()
            }
        }
        guard let outcome else { throw Interrupted() }
        Commands.print(
            "\(state): restored what was \(Timestamp.text(outcome.manifest.madeAt.rounded())): "
                + outcome.manifest.words)
        if let aside = outcome.aside { Commands.print("what was here lies in \(aside)") }
        return 0
    }

    private static func size(_ bytes: Int) -> String {
        bytes < 10 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB"
    }

    private static func tell(_ text: String) {
        var text = text + "\n"
        _ = text.withUTF8 { write(2, $0.baseAddress, $0.count) }
    }

    /// Large, so not in /tmp, which may be memory: file-hierarchy(7).
    private static func withTemporaryFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
        let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        var template = Array("\(root)/forewarn-backup-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw BackupError(errno: errno, root) }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { rmdir(folder) }
        return try body(folder)
    }
}

/// One line on standard error that is written over and over, where that is a terminal.
final class ProgressLine {
    private let isShown = isatty(2) != 0
    private var shownAt = -Double.infinity

    func show(_ text: @autoclosure () -> String) {
        let now = Clock.monotonicSeconds()
        guard isShown, now - shownAt >= 0.2 else { return }
        shownAt = now
        put("\r\u{1b}[K\(text())")
    }

    func end() { if isShown { put("\r\u{1b}[K") } }

    private func put(_ text: String) {
        var text = text
        _ = text.withUTF8 { write(2, $0.baseAddress, $0.count) }
    }
}
