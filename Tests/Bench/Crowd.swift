import Foundation

/// Processes that do nothing but be there, until their owner is gone.
final class Crowd {
    private var processes: [pid_t] = []

    /// - Parameter words: the program's path and its arguments.
    init(_ count: Int, _ words: [String]) throws {
        for _ in 0..<count { processes.append(try Self.spawn(words).process) }
    }

    deinit {
        for process in processes { kill(process, SIGKILL) }
        for process in processes { waitpid(process, nil, 0) }
    }

    /// Starts a program whose standard output can be read.
    static func spawn(_ words: [String]) throws -> (process: pid_t, output: FileHandle) {
        let pipe = Pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipe.fileHandleForWriting.fileDescriptor, 1)
        var arguments = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, words[0], &actions, nil, arguments, environ)
        guard code == 0 else { throw POSIXError(.init(rawValue: code) ?? .EIO) }
        return (process, pipe.fileHandleForReading)
    }
}
