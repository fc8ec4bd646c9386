package import Foundation

/// One of our programs, started as a user would start it: the built binary, real pipes, real signals.
package final class Program: @unchecked Sendable {  // `output` is the only state that changes, under its lock
    private let process = Process()
    private let lock = NSLock()
    private var output = ""

    /// The folder that the test run's own programs were built into.
    package static let folder = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()

    /// - Parameter name: of a program of ours, or a path.
    package init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = name.hasPrefix("/") ? URL(filePath: name) : Self.folder.appending(path: name)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let text = String(decoding: handle.availableData, as: UTF8.self)
            if text.isEmpty { return handle.readabilityHandler = nil }
            self?.append(text)
        }
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    private func append(_ text: String) {
        lock.lock()
        defer { lock.unlock() }
        output += text
    }

    /// Everything it has printed so far.
    package var text: String {
        lock.lock()
        defer { lock.unlock() }
        return output
    }

    package var pid: Int32 { process.processIdentifier }
    package var isRunning: Bool { process.isRunning }

    /// Sends a signal and waits for the end; answers the exit status.
    @discardableResult
    package func end(_ signal: Int32 = SIGTERM) -> Int32 {
        if process.isRunning { kill(process.processIdentifier, signal) }
        return wait()
    }

    package func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

    @discardableResult
    package func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Runs a program to its end: what it printed on standard output and error, and its status.
    package static func run(_ name: String, _ arguments: [String]) throws -> (text: String, status: Int32) {
        try run(Self.folder.appending(path: name).path(), arguments: arguments)
    }

    /// The same for a program of the system.
    package static func run(path: String, _ arguments: [String]) throws -> (text: String, status: Int32) {
        try run(path, arguments: arguments)
    }

    private static func run(_ path: String, arguments: [String]) throws -> (text: String, status: Int32) {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: data, as: UTF8.self), process.terminationStatus)
    }
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
