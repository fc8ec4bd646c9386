import Configuration
package import Daemon
import Glibc
import HostMetrics
import Spool
import Telemetry

/// The program behind `forewarn-agent`: which command, with what.
package struct AgentApp {
    package enum Exit {
        package static let done: Int32 = 0
        package static let failure: Int32 = 1
        package static let usage: Int32 = 2
        /// Of `doctor` only.
        package static let warnings: Int32 = 3
    }

    private let output: @Sendable (String) -> Int32
    private let log: Log

    /// `output` gets what goes to standard output, and answers an errno, 0 when it is all written.
    package init(log: Log = .standard(), output: @escaping @Sendable (String) -> Int32 = writeOut) {
        self.log = log
        self.output = output
    }

    /// Half a record, or half a configuration, is no answer.
    private func print(_ text: String) throws(OutputError) {
        let code = output(text)
        guard code == 0 else { throw OutputError(code: code) }
    }

    /// - Parameter arguments: without the program's own name.
    /// - Returns: the exit code.
    package func run(_ arguments: [String]) -> Int32 {
        do {
            return try dispatch(arguments)
        } catch let mistake as UsageError {
            log.error("\(mistake); see forewarn-agent --help")
        } catch let error as ConfigError {
            log.error("\(error)")
        } catch {
            log.error("\(error)")
            return Exit.failure
        }
        return Exit.usage
    }

    private func dispatch(_ arguments: [String]) throws -> Int32 {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case nil, "--help", "-h", "help": try print(Help.program)
        case "--version": try print("forewarn-agent \(Version.program)\n")
        case "run": return try runAgent(rest)
        case "once": return try once(rest)
        case "check-config": try checkConfig(rest)
        case "doctor": return try doctor(rest)
        case let word?: throw UsageError("unknown command \(word)")
        }
        return arguments.isEmpty ? Exit.usage : Exit.done
    }

    private func runAgent(_ words: [String]) throws -> Int32 {
        let arguments = try Arguments(
            words, options: ["--config": 1, "--collector": 1, "--state": 1, "--proc-root": 1, "--help": 0])
        if arguments.has("--help") {
            try print(Help.run)
            return Exit.done
        }
        // Before any thread starts, so that all of them inherit it.
        Signals.block()
        let root = try Self.root(arguments.value("--proc-root") ?? "/proc")
        var agent = try Agent(root: root, log: log) { try AgentSetup(Self.file(arguments)) }
        return try agent.run()
    }

    private func checkConfig(_ words: [String]) throws {
        let arguments = try Arguments(words, options: ["--config": 1, "--collector": 1, "--state": 1, "--help": 0])
        if arguments.has("--help") { return try print(Help.checkConfig) }
        let file = try Self.file(arguments)
        _ = try AgentSetup(file)
        try print(file.effective)
    }

    private func doctor(_ words: [String]) throws -> Int32 {
        let arguments = try Arguments(
            words,
            options: ["--config": 1, "--collector": 1, "--state": 1, "--proc-root": 1, "--json": 0, "--help": 0])
        if arguments.has("--help") {
            try print(Help.doctor)
            return Exit.done
        }
        let setup = try AgentSetup(Self.file(arguments))
        let root = try Self.root(arguments.value("--proc-root") ?? "/proc")
        let findings = Doctor(setup: setup, root: root, clock: .system).examine()
        try print(arguments.has("--json") ? DoctorFormat.json(of: findings) : DoctorFormat.text(of: findings))
        return Doctor.status(of: findings)
    }

    private func once(_ words: [String]) throws -> Int32 {
        let arguments = try Arguments(
            words,
            options: [
                "--config": 1, "--state": 1, "--format": 1, "--proc-root": 1, "--replay": 2, "--seconds": 1,
                "--help": 0,
            ])
        if arguments.has("--help") {
            try print(Help.once)
            return Exit.done
        }
        let name = arguments.value("--format") ?? OnceFormat.table.rawValue
        guard let format = OnceFormat(rawValue: name) else {
            let known = OnceFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("--format must be one of \(known), found \(name)")
        }
        let spool = format == .prometheus ? try Self.spoolFolder(arguments) : nil
        let (record, reports) = try Self.sample(arguments)
        let own = reports.isEmpty ? nil : SelfMetrics(readers: reports, process: .read())
        let view = spool.flatMap { SpoolView(directory: $0, timeOf: Batch.time) }
        try print(format.text(of: record, own: own, spool: view))
        return record.values.missingCount == Metric.count ? Exit.failure : Exit.done
    }

    /// nil for captured trees. A configuration that was not asked for and cannot be read, or has a mistake, does not
    /// keep the sample from being printed.
    private static func spoolFolder(_ arguments: Arguments) throws -> String? {
        guard !arguments.has("--replay") else { return nil }
        do {
            return "\(try AgentConfig(file(arguments)).state)/spool"
        } catch {
            if arguments.has("--config") || arguments.has("--state") { throw error }
            return nil
        }
    }

    private static func sample(_ arguments: Arguments) throws -> (Record, [ReaderReport]) {
        if let folders = arguments.values["--replay"] {
            guard !arguments.has("--proc-root") else {
                throw UsageError("--replay brings its own roots, leave --proc-root out")
            }
            guard let seconds = arguments.value("--seconds").flatMap(Double.init), seconds > 0, seconds.isFinite else {
                throw UsageError("--replay needs --seconds N, the time between the two, above 0")
            }
            let (old, new) = (try root(folders[0]), try root(folders[1]))
            let record = Sampler.replay(
                from: old, to: new, seconds: seconds, host: new.hostName, time: Clock.system.now())
            return (record, [])
        }
        guard !arguments.has("--seconds") else {
            throw UsageError("--seconds belongs to --replay")
        }
        let root = try root(arguments.value("--proc-root") ?? "/proc")
        var sampler = Sampler(root: root, host: root.hostName)
        sampler.prime()
        // Rates need two readings.
        sleep(1)
        return (sampler.sample(), sampler.reports)
    }

    private static func root(_ path: String) throws -> ProcRoot {
        let root = ProcRoot(path: path)
        guard access("\(root.path)/.", F_OK) == 0 else {
            throw UsageError("\(path) is no folder that stands for /proc")
        }
        return root
    }

    /// The file that is named, else the standard one if it exists, else none; options win over it.
    private static func file(_ arguments: Arguments) throws(ConfigError) -> ConfigFile {
        let file: ConfigFile
        if let path = arguments.value("--config") {
            file = try ConfigFile(path: path)
        } else if access(AgentConfig.standardPath, F_OK) == 0 {
            file = try ConfigFile(path: AgentConfig.standardPath)
        } else {
            file = .empty
        }
        for (option, key) in [("--collector", "collector"), ("--state", "state")] {
            if let value = arguments.value(option) {
                file.override(key, with: key == "state" ? absolute(value) : value, from: option)
            }
        }
        return file
    }

    /// An option's path counts from where the shell stands.
    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getcwd(&buffer, buffer.count) != nil else { return path }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/" + path
    }
}

/// Standard output took less than all of it.
private struct OutputError: Error, CustomStringConvertible {
    let code: Int32
    var description: String { "standard output: \(String(cString: strerror(code)))" }
}

/// Writes to standard output, whole.
/// - Returns: an errno, 0 when all is written.
package func writeOut(_ text: String) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
        var rest = UnsafeBufferPointer(rebasing: bytes[...])
        while !rest.isEmpty {
            let count = write(1, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            rest = UnsafeBufferPointer(rebasing: rest.dropFirst(count))
        }
        return 0
    }
}
