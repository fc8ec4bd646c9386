import Daemon
import Foundation
import TestSupport
import Testing

@testable import AgentApp

/// `run` under a service manager: what it is told, and what SIGHUP changes.
struct ServiceTests {
    /// A running agent whose manager listens.
    final class Served {
        let child: Program
        let socket: NotifySocket
        let folder: Folder

        init(collector: String, more: String = "", watchdogSeconds: Int = 2) throws {
            folder = try Folder()
            socket = try NotifySocket(folder: folder.path)
            let path = try folder.write("agent.yaml", Self.text(folder, collector, more))
            child = try Program(
                "/usr/bin/env",
                [
                    "NOTIFY_SOCKET=\(socket.name)", "WATCHDOG_USEC=\(watchdogSeconds)000000", Program.agent, "run",
                    "--config", path,
                ])
        }

        static func text(_ folder: Folder, _ collector: String, _ more: String) -> String {
            "collector: \(collector)\ninterval: 1s\npush_interval: 1s\nstate: \(folder.path)/state\n\(more)"
        }

        func configure(collector: String, _ more: String) throws {
            _ = try folder.write("agent.yaml", Self.text(folder, collector, more))
            child.signal(SIGHUP)
        }

        func count(_ key: String) -> Int { socket.messages.count { $0[key] == "1" } }
        func status(_ words: String) -> Bool { socket.messages.contains { $0["STATUS"]?.contains(words) ?? false } }
    }

    @Test func readyWatchdogStatusAndStop() throws {
        let server = try StubServer { _ in .status(204) }
        defer { server.stop() }
        let served = try Served(collector: server.url)
        #expect(RunTests.until { served.count("WATCHDOG") >= 2 && served.status(" stored") })
        let status = served.child.end(SIGTERM)
        #expect(status == 0)
        let messages = served.socket.messages
        // Ready with the first sample, not alive before; a last word at the end.
        let ready = try #require(messages.firstIndex { $0["READY"] == "1" })
        #expect(messages[ready]["STATUS"]?.hasPrefix("last sample 20") == true)
        #expect(messages[..<ready].allSatisfy { $0["WATCHDOG"] == nil })
        #expect(messages.last?["STOPPING"] == "1" && served.count("READY") == 1)
    }

    @Test func aStoppedSamplerIsNotAlive() throws {
        let server = try StubServer { _ in .status(204) }
        defer { server.stop() }
        // Without /proc nothing flows: never ready, never alive.
        let folder = try Folder()
        let socket = try NotifySocket(folder: folder.path)
        let root = try Folder()
        let child = try Program(
            "/usr/bin/env",
            [
                "NOTIFY_SOCKET=\(socket.name)", "WATCHDOG_USEC=1000000", Program.agent, "run", "--collector",
                server.url,
                "--state", "\(folder.path)/state", "--proc-root", root.path,
            ])
        #expect(RunTests.until { socket.messages.count >= 3 })
        child.end(SIGTERM)
        #expect(socket.messages.allSatisfy { $0["WATCHDOG"] == nil && $0["READY"] == nil })
    }

    @Test func reloadTakesAllOfItOrNothing() throws {
        let (first, second) = (try StubServer { _ in .status(204) }, try StubServer { _ in .status(204) })
        defer {
            first.stop()
            second.stop()
        }
        let served = try Served(collector: first.url)
        #expect(RunTests.until { !first.requests.isEmpty })

        // A mistake, though other keys are good: nothing changes.
        try served.configure(collector: second.url, "interval_of: 9s\n")
        #expect(RunTests.until { served.count("RELOADING") == 1 && served.count("READY") == 2 })
        let before = first.requests.count
        #expect(RunTests.until { first.requests.count >= before + 2 })
        #expect(second.requests.isEmpty && served.status("refused its new configuration"))

        // Mended: another collector, a label, a token that was not there before; the folder must wait.
        let token = try served.folder.write("token", "one\n")
        try served.configure(
            collector: second.url,
            "labels: {team: x}\ntoken_file: \(token)\n")
        #expect(RunTests.until { second.requests.last?.headers["authorization"] == "Bearer one" })
        let path = "\(served.folder.path)/agent.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        _ = try served.folder.write("agent.yaml", text.replacing("/state\n", with: "/other\n"))
        served.child.signal(SIGHUP)
        #expect(RunTests.until { served.count("RELOADING") == 3 && served.count("READY") == 4 })
        let status = served.child.end(SIGTERM)
        #expect(status == 0)
        for words in [
            "error the configuration in force stays", "\(path):5:1: interval_of: must be a known key",
            "info read the configuration again changed=\"collector labels labels.team token_file\"",
            "warning takes effect at the next start only key=state",
        ] { #expect(served.child.text.contains(words), "\(words)\n\(served.child.text)") }
        #expect(!FileManager.default.fileExists(atPath: "\(served.folder.path)/other"))
    }

    @Test func theWholeEndIsWithinFiveSeconds() throws {
        // Accepts and never answers: the last push hangs.
        let server = try StubServer { _ in .hang }
        defer { server.stop() }
        let served = try Served(collector: server.url)
        #expect(RunTests.until { !server.requests.isEmpty })
        let start = Clock.monotonicSeconds()
        let status = served.child.end(SIGTERM)
        #expect(status == 0 && Clock.monotonicSeconds() - start < 5, "\(served.child.text)")
    }
}
