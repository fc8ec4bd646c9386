import Daemon
import Foundation
import Insight
import Store
import Telemetry
import TestSupport
import Testing

/// A process that is killed while it stores loses nothing that it has acknowledged.
struct KillTests {
    let scene = Scene()

    @Test(arguments: 0..<3)
    func whatWasAcknowledgedIsThere(round: Int) throws {
        let process = Process()
        let build = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = Self.program(near: build)
        process.arguments = ["store-until-killed", scene.folder]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let lines = Locked<[UInt8]>([])
        let reading = Thread {
            while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
                lines.withLock { $0 += [UInt8](data) }
            }
            lines.withLock { $0.append(0) }
        }
        reading.start()
        usleep(UInt32(1_000_000 + round * 300_000))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        while lines.withLock({ $0.last }) != 0 { usleep(1000) }

        let text = String(decoding: lines.withLock { $0 }, as: UTF8.self)
        let acknowledged = try #require(text.split(separator: "\n").dropLast().last.flatMap { UInt64($0) })
        let store = try scene.open()
        let host = try #require(store.host(named: "killed"))
        let stored = try store.samples(of: host, from: 0, to: .infinity, limit: .max).compactMap(\.sequence)
        #expect(stored.count >= acknowledged)
        #expect(stored == Array(1...UInt64(stored.count)))
        #expect(host.boots.map(\.received) == [Int64(stored.count)])
        #expect(host.boots.map(\.missing) == [0])
        let counted = try store.steps(of: host, from: 0, to: .max, sparse: true).map(\.samples).reduce(0, +)
        #expect(counted == stored.count)
    }

    /// Beside the test bundle, or above it, by build system.
    private static func program(near folder: URL) -> URL {
        var folder = folder
        while folder.path() != "/" {
            let program = folder.appending(path: "bench")
            if FileManager.default.isExecutableFile(atPath: program.path()) { return program }
            folder = folder.deletingLastPathComponent()
        }
        return URL(filePath: Fixture.root + "/../../.build/debug/bench")
    }
}
