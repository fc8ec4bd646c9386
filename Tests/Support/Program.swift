package import Foundation

/// A program as a user would start it: the built binary, or one of the system's, with real pipes and real signals.
///
/// Not Foundation's `Process`: a child of that inherits the signal mask of the test's thread, which blocks them all,
/// and stress-ng would never hear its own alarm.
package final class Program: @unchecked Sendable {  // `printed` and `status` are all that changes, under the lock
    package let pid: Int32
    private let lock = NSCondition()
    private var printed: [UInt8] = []
    private var isSilent = false
    private var status: Int32?

    /// The folder that the test run's own programs were built into.
    package static let folder = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
    /// What outlives the program may hold its pipe open; nobody waits longer than this for its last words.
    private static let lastWordsSeconds = 5.0

    /// - Parameter name: of a program of ours, or a path.
    package init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let path = name.hasPrefix("/") ? name : Self.folder.appending(path: name).path()
        let pipe = Pipe()
        let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        pid = try Self.spawn(path, arguments, merged.map { "\($0)=\($1)" }, output: pipe.fileHandleForWriting)
        try pipe.fileHandleForWriting.close()
        let reader = pipe.fileHandleForReading
        Thread { [weak self] in
            while true {
                let data = reader.availableData
                guard let self, self.hear(data) else { return }
            }
        }.start()
    }

    deinit { if status == nil { end(SIGKILL) } }

    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String], output: FileHandle
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for stream in [1, 2] as [Int32] {
            posix_spawn_file_actions_adddup2(&actions, output.fileDescriptor, stream)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // Its own process group, so that what it starts ends with it.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, path, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw POSIXError(.init(rawValue: code) ?? .EIO) }
        return process
    }

    /// False at the end.
    private func hear(_ data: Data) -> Bool {
        lock.withLock {
            printed += data
            isSilent = data.isEmpty
            lock.broadcast()
        }
        return !data.isEmpty
    }

    /// Everything it has printed so far, on standard output and error.
    package var text: String { lock.withLock { String(decoding: printed, as: UTF8.self) } }

    package var isRunning: Bool { reap(WNOHANG) == nil }

    package func signal(_ signal: Int32) { if isRunning { kill(pid, signal) } }

    /// Sends a signal to it and all that it started, and waits for its end; answers the exit status.
    @discardableResult
    package func end(_ signal: Int32 = SIGTERM) -> Int32 {
        if isRunning { kill(-pid, signal) }
        return wait()
    }

    /// The exit status, or less than 0 when a signal ended it; then `text` is whole.
    @discardableResult
    package func wait() -> Int32 {
        while true {
            guard let status = reap(0) else { continue }
            let end = Date(timeIntervalSinceNow: Self.lastWordsSeconds)
            lock.withLock { while !isSilent, lock.wait(until: end) {} }
            return status
        }
    }

    private func reap(_ options: Int32) -> Int32? {
        if let status = lock.withLock({ status }) { return status }
        var raw: Int32 = 0
        guard waitpid(pid, &raw, options) == pid else { return lock.withLock { status } }
        let found = raw & 0x7f == 0 ? raw >> 8 & 0xff : -(raw & 0x7f)
        lock.withLock { status = found }
        return found
    }

    /// Runs a program to its end: what it printed on standard output and error, and its status.
    package static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (text: String, status: Int32) {
        let program = try Program(name, arguments, environment: environment)
        let status = program.wait()
        return (program.text, status)
    }

    /// What a shell command prints.
    package static func shell(_ command: String) throws -> String { try run("/bin/sh", ["-c", command]).text }
}

/// Tries until something holds, for a bounded time.
package func eventually(
    within seconds: Double, every pause: Double = 0.1, _ holds: () async throws -> Bool
) async throws -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    while Date() < end {
        if try await holds() { return true }
        try await Task.sleep(for: .milliseconds(Int(pause * 1000)))
    }
    return try await holds()
}

/// A folder that is gone when its owner is.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        let url = URL(filePath: NSTemporaryDirectory()).appending(path: "forewarn-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
