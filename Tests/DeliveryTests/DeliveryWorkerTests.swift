import Daemon
import Foundation
import HTTPClient
import Insight
import TestSupport
import Testing

@testable import Delivery

/// A worker on a clock of the test's own against receivers that answer as they are told.
struct DeliveryWorkerTests {
    /// A day in a test: every `turn` goes on to when the worker wants to be called again.
    final class Stage {
        let outbox = MemoryOutbox()
        let time = Locked(1000.0)
        let events = Locked<[DeliveryWorker.Event]>([])
        let worker: DeliveryWorker

        init(_ lines: [DeliveryWorker.Line], routing: Routing? = nil) {
            let (time, events) = (time, events)
            let channels = lines.map(\.channel.name)
            worker = DeliveryWorker(
                outbox: outbox, lines: lines, routing: routing ?? Routing(routes: [], channels: channels),
                clock: Clock { time.withLock { $0 } }, chance: { 0.5 },
                tell: { event in events.withLock { $0.append(event) } })
        }

        var now: Double { time.withLock { $0 } }

        func run(forSeconds seconds: Double) {
            let end = now + seconds
            while now < end {
                let pause = worker.turn()
                time.withLock { $0 = min(end, $0 + max(pause, 0.001)) }
            }
        }

        func states(_ channel: String) -> [MemoryOutbox.State] {
            outbox.rows.filter { $0.row.channel == channel }.map(\.state)
        }
    }

    static func pagerDuty(_ server: StubServer, name: String = "pagerduty") -> DeliveryWorker.Line {
        let key = Secret(PagerDutyChannelTests.key)
        return .init(
            PagerDutyChannel(name: name, key: key, url: "\(server.url)/v2/enqueue", timeoutSeconds: 0.5),
            courier: .init(agent: "t"))
    }

    static func slack(_ server: StubServer, name: String = "slack") -> DeliveryWorker.Line {
        .init(
            SlackChannel(name: name, url: Secret("\(server.url)/services/s3cret"), timeoutSeconds: 0.5),
            courier: .init(agent: "t"))
    }

    static func actions(_ server: StubServer) -> [String] {
        server.requests.compactMap { (try? Messages.object($0.body))?["event_action"] as? String }
    }

    @Test func inOrderAndUpdatesCollapse() throws {
        let server = try StubServer { _ in .status(202, body: "{\"message\":\"ok\"}") }
        defer { server.stop() }
        let stage = Stage([Self.pagerDuty(server)])
        for (event, level) in [
            (.trigger, .warning), (.update, .danger), (.update, .critical), (.acknowledge, .critical),
            (.update, .danger), (.resolve, .healthy),
        ] as [(DeliveryMessage.Event, RiskLevel)] {
            stage.outbox.add(Messages.one(event, level: level), to: "pagerduty", at: stage.now)
        }
        stage.run(forSeconds: 5)
        #expect(Self.actions(server) == ["trigger", "trigger", "acknowledge", "trigger", "resolve"])
        let severities = try server.requests.map { request in
            (try Messages.object(request.body)["payload"] as? [String: Any])?["severity"] as? String
        }
        #expect(severities == ["warning", "critical", nil, "error", nil])
        #expect(stage.states("pagerduty") == [.done, .superseded, .done, .done, .done, .done])
    }

    @Test func theWorstGoFirst() throws {
        let server = try StubServer { _ in .status(202) }
        defer { server.stop() }
        let stage = Stage([Self.pagerDuty(server)])
        for (host, level) in [("a", .warning), ("b", .danger), ("c", .imminentFailure)] as [(String, RiskLevel)] {
            stage.outbox.add(Messages.one(level: level, host: host), to: "pagerduty", at: stage.now)
        }
        stage.run(forSeconds: 2)
        let keys = try server.requests.map { try Messages.object($0.body)["dedup_key"] as? String }
        #expect(keys == ["risk:c", "risk:b", "risk:a"])
    }

    /// Retry-After holds the whole channel, to the letter, and then it goes on in order.
    @Test func patienceIsKeptToTheLetter() throws {
        let count = Locked(0)
        let server = try StubServer { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return number == 2 ? .status(429, headers: ["Retry-After": "30"]) : .status(200, body: "ok")
        }
        defer { server.stop() }
        let stage = Stage([Self.slack(server)])
        for host in ["a", "b", "c"] { stage.outbox.add(Messages.one(host: host), to: "slack", at: stage.now) }
        stage.run(forSeconds: 29)
        #expect(server.requests.count == 2)
        stage.run(forSeconds: 10)
        #expect(server.requests.count == 4 && stage.states("slack") == [.done, .done, .done])
        #expect(stage.now - 1000 < 40)
    }

    @Test func rateLimitsAreOurOwn() throws {
        let server = try StubServer { _ in .status(200, body: "ok") }
        defer { server.stop() }
        let stage = Stage([Self.slack(server)])
        for host in 0..<20 { stage.outbox.add(Messages.one(host: "h\(host)"), to: "slack", at: stage.now) }
        stage.run(forSeconds: 10.5)
        #expect(server.requests.count == 11, "one a second")
    }

    @Test func whatHealsIsRetriedAndWhatDoesNotIsDead() throws {
        let answers = Locked([500, 503, 202, 400])
        let server = try StubServer { _ in
            .status(
                answers.withLock { $0.isEmpty ? 202 : $0.removeFirst() }, body: "{\"message\":\"m\",\"errors\":[\"e\"]}"
            )
        }
        let other = try StubServer { _ in .status(200, body: "ok") }
        defer {
            server.stop()
            other.stop()
        }
        let stage = Stage([Self.pagerDuty(server), Self.slack(other)])
        stage.outbox.add(Messages.one(), to: "pagerduty", at: stage.now)
        stage.run(forSeconds: 29)
        #expect(server.requests.count == 1, "thirty seconds apart")
        stage.run(forSeconds: 60)
        #expect(server.requests.count == 3 && stage.states("pagerduty") == [.done])
        stage.outbox.add(Messages.one(host: "b"), to: "pagerduty", at: stage.now)
        stage.run(forSeconds: 3)
        #expect(stage.states("pagerduty") == [.done, .dead] && stage.outbox.rows.contains { $0.said == "400 m; e" })
        // Somebody hears of it on another channel, once.
        let notices = other.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(
            notices.count == 1 && notices[0].contains("The channel pagerduty has refused a message for good: 400 m; e"))
        // And that it works again.
        stage.outbox.add(Messages.one(host: "c"), to: "pagerduty", at: stage.now)
        stage.run(forSeconds: 3)
        #expect(
            other.requests.count == 2
                && String(decoding: other.requests[1].body, as: UTF8.self).contains("takes messages again"))
    }

    @Test func aDisabledChannelKeepsItsMessages() throws {
        let server = try StubServer { _ in .status(410, body: "channel_is_archived") }
        let other = try StubServer { _ in .status(202) }
        defer {
            server.stop()
            other.stop()
        }
        let stage = Stage([Self.slack(server), Self.pagerDuty(other)])
        stage.outbox.add(Messages.one(), to: "slack", at: stage.now)
        stage.outbox.add(Messages.one(host: "b"), to: "slack", at: stage.now)
        stage.run(forSeconds: 30)
        #expect(server.requests.count == 1 && stage.states("slack") == [.waiting, .waiting])
        #expect(stage.events.withLock { $0.contains(.disabled(channel: "slack", reason: "410 channel_is_archived")) })
        #expect(other.requests.count == 1)
    }

    /// A page that cannot go out in time goes to the next in line and says why; nobody is told twice.
    @Test func aStandInTakesOver() throws {
        let down = try StubServer { _ in .close }
        let next = try StubServer { _ in .status(202) }
        defer {
            down.stop()
            next.stop()
        }
        var route = Route(name: "critical", channels: ["pagerduty"])
        route.answerSeconds = 300
        route.escalation = [["senior"], ["director"]]
        let stage = Stage(
            [Self.pagerDuty(down), Self.pagerDuty(next, name: "senior")],
            routing: Routing(routes: [route], channels: ["pagerduty", "senior"]))
        stage.outbox.add(Messages.one(), to: "pagerduty", at: stage.now)
        stage.run(forSeconds: 299)
        #expect(next.requests.isEmpty && down.requests.count > 2)
        stage.run(forSeconds: 200)
        #expect(next.requests.count == 1)
        let details = (try Messages.object(next.requests[0].body)["payload"] as? [String: Any])?["custom_details"]
        let why = (details as? [String: Any])?["why_late"] as? String
        #expect(why == "it could not go out through pagerduty for 5 minutes")
        #expect(stage.states("pagerduty") == [.waiting], "it still tries")
    }

    @Test func aPageThatIsRefusedGoesOnAtOnce() throws {
        let refuses = try StubServer { _ in .status(400, body: "{\"message\":\"bad key\"}") }
        let next = try StubServer { _ in .status(202) }
        defer {
            refuses.stop()
            next.stop()
        }
        var route = Route(name: "critical", channels: ["pagerduty"])
        route.answerSeconds = 300
        route.escalation = [["cto"]]
        let stage = Stage(
            [Self.pagerDuty(refuses), Self.pagerDuty(next, name: "cto")],
            routing: Routing(routes: [route], channels: ["pagerduty", "cto"]))
        stage.outbox.add(Messages.one(), to: "pagerduty", at: stage.now)
        stage.run(forSeconds: 3)
        let keys = try next.requests.map { try Messages.object($0.body)["dedup_key"] as? String }
        #expect(Set(keys) == ["risk:db01", "forewarn/channel/pagerduty"])
    }

    /// A receiver that hangs gets ever less of the one thread's time, and the others theirs.
    @Test func aHangingReceiverHoldsUpNobody() throws {
        let hangs = try StubServer { _ in .hang }
        let works = try StubServer { _ in .status(200, body: "ok") }
        defer {
            hangs.stop()
            works.stop()
        }
        let outbox = MemoryOutbox()
        let lines = [Self.pagerDuty(hangs), Self.slack(works)]
        let worker = DeliveryWorker(
            outbox: outbox, lines: lines, routing: Routing(routes: [], channels: ["pagerduty", "slack"]))
        let now = Clock.system.now()
        for host in 0..<20 { outbox.add(Messages.one(host: "h\(host)"), to: "pagerduty", at: now) }
        for host in 0..<3 { outbox.add(Messages.one(host: "h\(host)"), to: "slack", at: now) }
        while Clock.system.now() - now < 3.8 { usleep(useconds_t(worker.turn() * 1e6)) }
        #expect(works.requests.count == 3)
        #expect(hangs.requests.count <= 4, "\(hangs.requests.count)")
    }

    @Test func anAlertStandsUntilItIsOver() throws {
        let server = try StubServer { _ in .status(200) }
        defer { server.stop() }
        let line = DeliveryWorker.Line(
            AlertmanagerChannel(name: "am", url: server.url, resendSeconds: 60), courier: .init(agent: "t"))
        let stage = Stage([line])
        stage.outbox.add(Messages.one(at: 1000), to: "am", at: stage.now)
        stage.run(forSeconds: 190)
        #expect(server.requests.count == 4)
        stage.outbox.add(Messages.one(.acknowledge, at: 1190), to: "am", at: stage.now)
        stage.run(forSeconds: 60)
        #expect(server.requests.count == 5, "an acknowledgement ends nothing")
        stage.outbox.add(Messages.one(.resolve, at: 1250), to: "am", at: stage.now)
        stage.run(forSeconds: 600)
        #expect(server.requests.count == 6 && stage.states("am") == [.done, .done, .done])
    }

    @Test func givesUpInTheEnd() throws {
        let server = try StubServer { _ in .status(500) }
        defer { server.stop() }
        let stage = Stage([Self.pagerDuty(server)])
        stage.outbox.add(Messages.one(), to: "pagerduty", at: stage.now)
        stage.run(forSeconds: 2 * 86_400)
        #expect(stage.states("pagerduty") == [.dead])
        #expect(stage.outbox.rows[0].said.hasPrefix("given up after 24 hours and "))
    }

    @Test func slackGetsPlainTextAfterARefusal() throws {
        let server = try StubServer { request in
            let isPlain = !String(decoding: request.body, as: UTF8.self).contains("\"blocks\"")
            return isPlain ? .status(200, body: "ok") : .status(400, body: "invalid_blocks")
        }
        defer { server.stop() }
        let stage = Stage([Self.slack(server)])
        stage.outbox.add(Messages.one(), to: "slack", at: stage.now)
        stage.run(forSeconds: 2)
        #expect(server.requests.count == 2 && stage.states("slack") == [.done])
    }

    @Test func stopsAmidARequest() throws {
        let server = try StubServer { _ in .hang }
        defer { server.stop() }
        let (deadline, outbox) = (StopDeadline(), MemoryOutbox())
        var line = Self.pagerDuty(server)
        line.channel = PagerDutyChannel(
            name: "pagerduty", key: Secret(PagerDutyChannelTests.key), url: server.url, timeoutSeconds: 60)
        let worker = DeliveryWorker(
            outbox: outbox, lines: [line], routing: Routing(routes: [], channels: []), stopping: deadline)
        outbox.add(Messages.one(), to: "pagerduty", at: Clock.system.now())
        let begin = Clock.monotonicSeconds()
        deadline.stop(afterSeconds: 0.3)
        _ = worker.turn()
        #expect(Clock.monotonicSeconds() - begin < 5)
        // Nobody knows whether it arrived: it is as if it had not been tried.
        #expect(outbox.rows[0].state == .waiting && outbox.rows[0].row.attempts == 0)
    }
}
