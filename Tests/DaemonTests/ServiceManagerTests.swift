import Foundation
import TestSupport
import Testing

@testable import Daemon

struct ServiceManagerTests {
    static func manager(_ variables: [String: String], process: Int32 = 7) -> ServiceManager {
        ServiceManager(environment: { variables[$0] }, process: process)
    }

    @Test(arguments: [false, true])
    func messagesArrive(isAbstract: Bool) async throws {
        let folder = try TemporaryFolder()
        let socket = try NotifySocket(folder: folder.path, isAbstract: isAbstract)
        let manager = Self.manager(["NOTIFY_SOCKET": socket.name])
        manager.ready(status: "two\nlines")
        manager.alive(status: "a")
        let start = Clock.monotonicSeconds()
        manager.reloading()
        let end = Clock.monotonicSeconds()
        manager.say(status: "b=c")
        manager.stopping(status: "d")
        #expect(try await eventually(within: 5) { socket.messages.count == 5 })
        let messages = socket.messages
        #expect(messages[0] == ["READY": "1", "STATUS": "two lines"])
        #expect(messages[1] == ["WATCHDOG": "1", "STATUS": "a"])
        #expect(messages[2]["RELOADING"] == "1")
        let moment = try #require(messages[2]["MONOTONIC_USEC"].flatMap(Double.init))
        #expect((start - 1e-5...end).contains(moment / 1e6))
        #expect(messages[3] == ["STATUS": "b=c"] && messages[4] == ["STOPPING": "1", "STATUS": "d"])
    }

    @Test(
        arguments: [
            ([:], nil), (["WATCHDOG_USEC": "3000000"], 3), (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"], 3),
            (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"], nil), (["WATCHDOG_USEC": "0"], nil),
            (["WATCHDOG_USEC": "soon"], nil),
        ] as [([String: String], Double?)])
    func theWatchdogIsForOneProcess(variables: [String: String], seconds: Double?) {
        let variables = variables.merging(["NOTIFY_SOCKET": "/run/notify"]) { $1 }
        #expect(Self.manager(variables).watchdogSeconds == seconds)
        #expect(Self.manager(variables).isThere)
    }

    @Test(arguments: ["", "vsock:2:1", "@", "relative", "/" + String(repeating: "x", count: 120)])
    func otherAddressesAreNobody(address: String) {
        let manager = Self.manager(["NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"])
        #expect(!manager.isThere && manager.watchdogSeconds == nil)
        manager.ready(status: "nobody hears")
    }

    @Test func aManagerThatIsGoneIsNoTrouble() {
        Self.manager(["NOTIFY_SOCKET": "/nowhere/notify"]).ready(status: "nobody hears")
    }

    /// A manager that reads nothing holds us up for a second a message, not for ever.
    @Test func aManagerThatReadsNothingDoesNotHoldUs() throws {
        let folder = try TemporaryFolder()
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = "\(folder.path)/deaf"
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        let manager = Self.manager(["NOTIFY_SOCKET": path])
        let limit = (try? String(contentsOfFile: "/proc/sys/net/unix/max_dgram_qlen", encoding: .utf8)) ?? "10"
        let room = Int(limit.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 10
        for _ in 0...room { manager.say(status: "x") }
        let start = Clock.monotonicSeconds()
        manager.say(status: "one too many")
        #expect((0.5...3).contains(Clock.monotonicSeconds() - start))
    }
}
