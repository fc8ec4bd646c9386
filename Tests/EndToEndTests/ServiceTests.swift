import Foundation
import TestSupport
import Testing

/// The collector under a service manager: what it is told, and what it is not told when the work stands still.
struct ServiceTests {
    private final class Served: Sendable {
        let socket: NotifySocket
        let collector: RunningCollector
        let folder: TemporaryFolder

        init(watchdogSeconds: Int) async throws {
            folder = try TemporaryFolder()
            socket = try NotifySocket(folder: folder.path)
            collector = try await RunningCollector(
                state: "\(folder.path)/state",
                environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "\(watchdogSeconds)000000"])
        }

        func count(_ key: String) -> Int { socket.messages.count { $0[key] == "1" } }
    }

    @Test func readyWatchdogReloadAndStop() async throws {
        let served = try await Served(watchdogSeconds: 2)
        #expect(try await eventually(within: 20) { served.count("WATCHDOG") >= 2 })
        served.collector.program.signal(SIGHUP)
        #expect(try await eventually(within: 20) { served.count("READY") == 2 })
        let status = served.collector.program.end()
        #expect(status == 0)
        let messages = served.socket.messages
        #expect(messages.first?["READY"] == "1")
        #expect(messages.first?["STATUS"]?.contains("0 hosts; 0 samples since the start; samples are stored") == true)
        #expect(served.count("RELOADING") == 1 && messages.last?["STOPPING"] == "1")
    }

    @Test func aWriterThatHangsIsNotAlive() async throws {
        let served = try await Served(watchdogSeconds: 1)
        #expect(try await eventually(within: 20) { served.count("WATCHDOG") >= 1 })
        // Another program holds the database: the writer waits for it, and with it everyone who sends.
        let holder = try Program(
            "/usr/bin/sqlite3",
            [
                "\(served.folder.path)/state/forewarn.sqlite", "BEGIN IMMEDIATE;", ".shell echo held", ".shell sleep 4",
                "COMMIT;",
            ])
        #expect(try await eventually(within: 10) { holder.text.contains("held") })
        let body = #"{"records":[{"host":"a","time":\#(Date().timeIntervalSince1970),"load_average":1}]}"#
        let collector = served.collector
        let sent = Task { try await collector.post("/api/v1/samples", body) }
        #expect(
            try await eventually(within: 4) {
                served.socket.messages.contains { $0["STATUS"] == "does not move: store" && $0["WATCHDOG"] == nil }
            })
        let before = served.count("WATCHDOG")
        _ = try? await sent.value
        // The lock is gone: it goes on by itself.
        #expect(try await eventually(within: 20) { served.count("WATCHDOG") > before })
        #expect(served.collector.program.text.contains("error does not move parts=store"))
        served.collector.program.end()
    }
}
