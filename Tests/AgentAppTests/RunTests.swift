import Compression
import Daemon
import Foundation
import TestSupport
import Testing

@testable import AgentApp

/// `run`, as a service manager runs it.
struct RunTests {
    /// A running agent with the shortest intervals there are.
    final class Running {
        let child: Program

        init(_ folder: Folder, collector: String, more: String = "") throws {
            let text = "collector: \(collector)\ninterval: 1s\npush_interval: 1s\nstate: \(folder.path)/state\n\(more)"
            let config = try folder.write("agent.yaml", text)
            child = try Program("forewarn-agent", ["run", "--config", config])
        }

        /// The log, after the end.
        func end(_ signal: Int32) -> (status: Int32, seconds: Double, log: String) {
            let start = Clock.monotonicSeconds()
            let status = child.end(signal)
            return (status, Clock.monotonicSeconds() - start, child.text)
        }
    }

    static func until(seconds: Double = 20, _ condition: () throws -> Bool) rethrows -> Bool {
        let end = Clock.monotonicSeconds() + seconds
        while Clock.monotonicSeconds() < end {
            if try condition() { return true }
            usleep(50_000)
        }
        return false
    }

    /// Every sequence and boot that the collector has answered with 2xx, in order of arrival.
    static func stored(_ requests: [StubServer.Request]) throws -> [(boot: String, sequence: Int)] {
        try requests.flatMap { request in
            let body = try gunzip(request.body, limitBytes: 1 << 20)
            let json = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
            let boot = try #require(json["boot_id"] as? String)
            return Wire.sequences(json).map { (boot, $0) }
        }
    }

    @Test func samplesArriveAndSIGTERMLeavesWithNothingWaiting() throws {
        let server = try StubServer { _ in .stored() }
        defer { server.stop() }
        let folder = try Folder()
        let agent = try Running(
            folder, collector: server.url, more: "host: web-7\nprofile: web_api\nlabels: {team: x}\n")
        #expect(try Self.until { try Self.stored(server.requests).count >= 3 })
        let end = agent.end(SIGTERM)
        #expect(end.status == 0 && end.seconds < 5, "\(end)")
        let sequences = try Self.stored(server.requests).map(\.sequence)
        #expect(sequences == Array(1...sequences.count))
        #expect(end.log.contains("info started") && end.log.contains("info the collector takes our records"))
        #expect(end.log.contains("info stopped waiting=0 last_push=stored"), "\(end.log)")
        // One line each, not one a push.
        #expect(end.log.split(separator: "\n").count <= 5)
        let body = try gunzip(#require(server.requests.first).body, limitBytes: 1 << 20)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        #expect(json["host"] as? String == "web-7" && json["profile"] as? String == "web_api")
        let first = try #require((json["rows"] as? [[Any]])?.first)
        // The first record has its rates already: the time, then user, system, wait and idle.
        #expect(first.count == 15 && first[4] is Double)
    }

    @Test func aKillLosesAndRepeatsNothing() throws {
        let isUp = Locked(true)
        let server = try StubServer { _ in isUp.withLock { $0 } ? .status(204) : .status(503) }
        defer { server.stop() }
        let folder = try Folder()
        let refused = Locked(0)
        for round in 0..<3 {
            // The second one finds nobody and must keep what it has for the third.
            isUp.withLock { $0 = round != 1 }
            let before = server.requests.count
            let agent = try Running(folder, collector: server.url)
            #expect(Self.until { server.requests.count >= before + 2 })
            if round == 1 { refused.withLock { $0 = server.requests.count - before } }
            _ = agent.end(SIGKILL)
        }
        isUp.withLock { $0 = true }
        let last = try Running(folder, collector: server.url)
        let before = server.requests.count
        #expect(Self.until { server.requests.count > before + 1 })
        let end = last.end(SIGTERM)
        #expect(end.log.contains("stopped waiting=0"), "\(end.log)")
        let all = try Self.stored(server.requests)
        #expect(Set(all.map(\.boot)).count == 1)
        let sequences = Set(all.map(\.sequence))
        #expect(sequences == Set(1...(sequences.max() ?? 0)), "a gap in \(sequences.sorted())")
        #expect(refused.withLock { $0 } >= 2)
    }

    @Test func aCollectorThatHangsDoesNotHoldTheEndUp() throws {
        let server = try StubServer { _ in .hang }
        defer { server.stop() }
        let folder = try Folder()
        let agent = try Running(folder, collector: server.url)
        #expect(Self.until { !server.requests.isEmpty })
        let end = agent.end(SIGTERM)
        #expect(end.status == 0 && end.seconds < 6, "\(end)")
        #expect(end.log.contains("stopped waiting=") && !end.log.contains("stopped waiting=0"))
    }

    @Test func contactLostAndRegainedIsSaidOnce() throws {
        let isUp = Locked(false)
        let server = try StubServer { _ in isUp.withLock { $0 } ? .status(204) : .status(503, body: "full") }
        defer { server.stop() }
        let folder = try Folder()
        let agent = try Running(folder, collector: server.url)
        #expect(Self.until { server.requests.count >= 2 })
        isUp.withLock { $0 = true }
        let failed = server.requests.count
        #expect(Self.until { server.requests.count > failed })
        usleep(300_000)
        let end = agent.end(SIGTERM)
        #expect(end.log.components(separatedBy: "warning lost contact").count == 2, "\(end.log)")
        #expect(
            end.log.components(separatedBy: "info regained contact").count == 2 && end.log.contains("status 503: full"))
    }

    @Test func aTokenIsReadAgainOnSIGHUP() throws {
        let server = try StubServer { _ in .status(204) }
        defer { server.stop() }
        let folder = try Folder()
        let token = try folder.write("token", "one\n")
        let agent = try Running(folder, collector: server.url, more: "token_file: \(token)\n")
        #expect(Self.until { server.requests.last?.headers["authorization"] == "Bearer one" })
        _ = try folder.write("token", "two\n")
        agent.child.signal(SIGHUP)
        #expect(Self.until { server.requests.last?.headers["authorization"] == "Bearer two" })
        let end = agent.end(SIGTERM)
        #expect(
            end.log.contains("read the configuration again changed=\"nothing but what its files hold\"")
                && !end.log.contains("Bearer"))
    }

    @Test func twoAgentsDoNotShareAState() throws {
        let server = try StubServer { _ in .status(204) }
        defer { server.stop() }
        let folder = try Folder()
        let first = try Running(folder, collector: server.url)
        #expect(Self.until { !server.requests.isEmpty })
        let second = try Running(folder, collector: server.url)
        #expect(second.child.wait() == 1 && second.child.text.contains("in use by another agent"))
        #expect(first.end(SIGTERM).status == 0)
    }

    /// Somebody ran it once as root, by hand.
    @Test(.enabled(if: geteuid() == 0, "another user's files need root"))
    func aStateOfAnotherUserEndsTheStart() throws {
        let folder = try Folder()
        let spool = "\(folder.path)/state/spool"
        try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
        _ = try folder.write("state/spool/state", "whose?")
        for path in ["\(folder.path)/state", spool] { chown(path, 65534, 65534) }
        let program = "\(folder.path)/agent"
        try FileManager.default.copyItem(atPath: Program.agent, toPath: program)
        let child = try Program(
            "/usr/bin/setpriv",
            ["--reuid", "65534", "--clear-groups", program, "run", "--state", "\(folder.path)/state"])
        let status = child.wait()
        let words = "\(spool)/state belongs to user 0 and may not be opened by user 65534; run chown -R 65534 \(spool)"
        #expect(status == 1 && child.text.contains(words), "\(child.text)")
    }
}
