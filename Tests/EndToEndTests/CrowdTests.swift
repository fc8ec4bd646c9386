import Daemon
import Foundation
import TestSupport
import Testing

/// The real collector among those who take more than their share. Everything goes over this machine's loopback. One
/// crowd after the other: two at once are more files than a process may open.
@Suite(.serialized)
struct CrowdTests {
    private func collector(_ folder: TemporaryFolder, _ http: String) async throws -> RunningCollector {
        let path = "\(folder.path)/collector.yaml"
        try Data("http: {\(http)}\n".utf8).write(to: URL(filePath: path))
        return try await RunningCollector(state: "\(folder.path)/state", ["--config", path])
    }

    /// Ten thousand, or what the limit of open files gives, which is then told.
    private static func crowd() -> Int {
        let files = FileLimit.raise()
        let crowd = max(min(10_000, files - 1000), 0)
        if crowd < 10_000 { print("only \(crowd) connections are tried: ulimit -H -n is \(files)") }
        return crowd
    }

    @Test func oneNoisyAgentStarvesNobody() async throws {
        let folder = try TemporaryFolder()
        let collector = try await collector(folder, "address_rate: 100, token_rate: 100, rate_burst: 2s")
        let port = collector.port
        let isOver = Locked(false)
        let refused = Locked((count: 0, retryAfter: true))
        let noisy = (0..<4).compactMap { _ in
            OwnThread("noisy") {
                guard let client = try? RawClient(port: port, from: "127.0.0.2") else { return }
                for _ in 0..<200_000 where !isOver.withLock({ $0 }) {
                    guard client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"),
                        let bytes = client.receive(withinSeconds: 10)
                    else { return }
                    let answer = String(decoding: bytes, as: UTF8.self)
                    guard answer.contains(" 429 ") else { continue }
                    refused.withLock {
                        $0.count += 1
                        $0.retryAfter = $0.retryAfter && answer.contains("Retry-After: ")
                    }
                }
            }
        }
        #expect(noisy.count == 4)
        let isNoisy = try await eventually(within: 20) { refused.withLock { $0.count } > 100 }
        #expect(isNoisy, "\(refused.withLock { $0.count }) refused")
        // Twenty agents push, five times each, and each push is answered while the noise goes on.
        let answers = try await withThrowingTaskGroup(of: [Int].self) { group in
            for agent in 0..<20 {
                group.addTask {
                    var answers: [Int] = []
                    for push in 0..<5 {
                        let time = Date().timeIntervalSince1970 - Double(push)
                        answers.append(
                            try await collector.post(
                                "/api/v1/samples",
                                #"{"records":[{"host":"calm\#(agent)","time":\#(time),"cpu_user_pct":1}]}"#
                            ).object["accepted"] as? Int ?? -1)
                    }
                    return answers
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(answers == Array(repeating: 1, count: 100))
        isOver.withLock { $0 = true }
        for thread in noisy { thread.join() }
        #expect(refused.withLock { $0.retryAfter })
        #expect(try await collector.get("/api/v1/hosts").object["total"] as? Int == 20)
        #expect(collector.program.end() == 0)
    }

    @Test func oneTokenOfManyIsHeldBack() async throws {
        let folder = try TemporaryFolder()
        let collector = try await collector(folder, "token_rate: 1, rate_burst: 3s")
        var statuses: [Int] = []
        for _ in 0..<20 {
            let answer = try await collector.send("GET", "/healthz", headers: ["X-API-Key": "secret-of-one"])
            statuses.append(answer.status)
            if answer.status == 429 {
                #expect(answer.object["rule"] as? String == "http.token_rate")
                #expect(!answer.text.contains("secret-of-one"))
            }
        }
        #expect(statuses.prefix(3) == [200, 200, 200] && statuses.contains(429))
        let other = try await collector.send("GET", "/healthz", headers: ["X-API-Key": "secret-of-another"])
        #expect(other.status == 200)
        #expect(!collector.program.text.contains("secret-of-one"))
        #expect(collector.program.end() == 0)
    }

    /// Each of ten thousand connects and stays silent; there is room for two in five. Whoever asks is answered.
    @Test func tenThousandWhoSayNothing() async throws {
        let crowd = Self.crowd()
        let folder = try TemporaryFolder()
        let collector = try await collector(folder, "connections_max: \(crowd * 2 / 5)")
        var silent: [RawClient] = []
        var asked = 0
        for index in 0..<crowd {
            silent.append(try RawClient(port: collector.port, from: "127.0.0.\(2 + index % 5)"))
            guard index % 500 == 499 else { continue }
            let answer = try collector.raw("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200"), "after \(index): \(answer)")
            asked += 1
        }
        #expect(asked == crowd / 500)
        let record = #"{"records":[{"host":"one","time":\#(Date().timeIntervalSince1970),"cpu_user_pct":1}]}"#
        #expect(try await collector.post("/api/v1/samples", record).object["accepted"] as? Int == 1)
        // The first to come were the first to go.
        #expect(silent[0].isClosed(withinSeconds: 10))
        silent = []
        #expect(collector.program.end() == 0)
    }

    /// Those who announce a body and send none are amid something, each for a minute: the agent comes in all the same.
    @Test func strangersWhoOweABodyKeepNobodyOut() async throws {
        let house = try await AccessTests.House("http: {connections_max: 64}")
        let agent = try house.token("create", "agent").token
        #expect(try await house.waits(agent, for: 403))
        let head = "POST /api/v1/samples HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
        var strangers: [RawClient] = []
        for index in 0..<160 {
            let stranger = try RawClient(port: house.collector.port, from: "127.0.0.\(2 + index % 5)")
            stranger.send(head)
            // From here on the collector waits for its body.
            let answer = String(decoding: stranger.receive(withinSeconds: 10) ?? [], as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 100"), "\(index): \(answer)")
            strangers.append(stranger)
        }
        for _ in 0..<5 { #expect(try await house.push("one", agent).status == 200) }
        // The first to come were the first to go, and there are still as many as there is room for.
        #expect(strangers[0].isClosed(withinSeconds: 10))
        #expect(strangers.count { $0.receive(withinSeconds: 0) == nil } > 48)
        #expect(house.collector.program.end() == 0)
    }

    /// With room for them, ten thousand stay, and whoever asks is answered.
    @Test func tenThousandMayStay() async throws {
        let crowd = Self.crowd()
        let folder = try TemporaryFolder()
        let collector = try await collector(folder, "connections_max: \(crowd + 2000), head_timeout: 10m")
        let silent = try (0..<crowd).map { try RawClient(port: collector.port, from: "127.0.0.\(2 + $0 % 5)") }
        for _ in 0..<10 {
            let started = Date()
            #expect(try await collector.get("/healthz").status == 200)
            #expect(Date().timeIntervalSince(started) < 10)
        }
        // The server has hung up on none of them: each can still ask.
        for client in [silent[0], silent[crowd / 2], silent[crowd - 1]] {
            client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            let bytes = try #require(client.receive(withinSeconds: 5))
            #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
        }
        #expect(silent.allSatisfy { $0.receive(withinSeconds: 0)?.isEmpty != true })
        #expect(collector.program.end() == 0)
    }

    /// Slow loris: one byte after the other, in the head, in the body, and of the answer.
    @Test func whoTricklesIsCutOff() async throws {
        let folder = try TemporaryFolder()
        let collector = try await collector(folder, "head_timeout: 1s, body_timeout: 2s")
        let head = try RawClient(port: collector.port)
        let body = try RawClient(port: collector.port)
        body.send("POST /api/v1/samples HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        let chunked = try RawClient(port: collector.port)
        chunked.send("POST /api/v1/samples HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for client in [head, body, chunked] {
            let isCut = Locked(false)
            let trickle = OwnThread("trickle") {
                for index in 0..<600 where !isCut.withLock({ $0 }) {
                    guard client.send(index == 0 && client === chunked ? "3e8\r\n" : "G") else { return }
                    usleep(100_000)
                }
            }
            #expect(client.isClosed(withinSeconds: 30))
            isCut.withLock { $0 = true }
            trickle?.join()
        }
        #expect(try await collector.get("/healthz").status == 200)
        #expect(collector.program.end() == 0)
    }
}
