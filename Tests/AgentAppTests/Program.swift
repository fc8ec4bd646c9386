import Foundation
import TestSupport

/// A child process. Foundation's own inherits the signal mask of the test's thread, which blocks them all: stress-ng
/// would never hear its own alarm.
final class Child: @unchecked Sendable {  // used by one test, on whichever thread it runs
    let process: pid_t
    private let output: FileHandle
    private var status: Int32?

    init(_ path: String, _ arguments: [String]) throws {
        let pipe = Pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for stream in [1, 2] as [Int32] {
            posix_spawn_file_actions_adddup2(&actions, pipe.fileHandleForWriting.fileDescriptor, stream)
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
        var words = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, path, &actions, &attributes, words, environ)
        guard code == 0 else { throw POSIXError(.init(rawValue: code) ?? .EIO) }
        try pipe.fileHandleForWriting.close()
        self.process = process
        output = pipe.fileHandleForReading
    }

    deinit { if status == nil { end(SIGKILL) } }

    var isRunning: Bool { status == nil && kill(process, 0) == 0 }

    func signal(_ signal: Int32) { kill(process, signal) }

    /// Everything it prints until its end.
    func wait() -> (status: Int32, text: String) {
        let text = String(decoding: output.readDataToEndOfFile(), as: UTF8.self)
        var raw: Int32 = 0
        if status == nil, waitpid(process, &raw, 0) == process { status = raw & 0x7f == 0 ? raw >> 8 & 0xff : -raw }
        return (status ?? -1, text)
    }

    /// Ends it with all that it started.
    @discardableResult
    func end(_ signal: Int32 = SIGTERM) -> (status: Int32, text: String) {
        kill(-process, signal)
        return wait()
    }
}

/// The real binary, as it was built beside these tests.
enum Program {
    static let path: String = {
        let beside = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let candidates = [
            beside.appending(path: "forewarn-agent").path(),
            "\(Fixture.root)/../../.build/debug/forewarn-agent",
        ]
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? candidates[1]
    }()

    static func run(_ path: String = path, _ arguments: [String]) throws -> (status: Int32, text: String) {
        try Child(path, arguments).wait()
    }

    static func shell(_ command: String) throws -> String {
        try run("/bin/sh", ["-c", command]).text
    }

    /// `once --format json`, parsed.
    static func once(_ arguments: [String] = []) throws -> [String: Any] {
        let text = try run(path, ["once", "--format", "json"] + arguments).text
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }
}
