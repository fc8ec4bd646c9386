import API
import Alerting
import Daemon
import Delivery
import Insight
import Store
import Telemetry
import TestSupport
import Testing

@testable import CollectorApp

/// The outbox in the database, against its rules.
struct StoreOutboxTests {
    let folder: TemporaryFolder
    let store: Store
    let outbox: StoreOutbox

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(directory: folder.path)
        outbox = StoreOutbox(store: store, clock: Clock { 5000 }, page: nil)
    }

    func add(
        _ action: Notice.Action, _ key: String = "risk:a", to channels: [String] = ["p"], level: RiskLevel = .critical,
        incident: Int64 = 1, at: Double = 1000
    ) throws {
        let notice = Notice(
            action, key: key, incident: incident, alert: 1, kind: .host, at: at, startedAt: 900, level: level,
            host: "a", condition: .risk, profile: .database, labels: ["team": "x"], summary: "s", reasons: ["r"],
            hosts: [], hostCount: 1, firstMover: "a")
        try store.enqueue(notice, to: channels)
    }

    func ids(_ channel: String = "p", now: Double = 2000) throws -> [Int64] {
        try outbox.heads(channel: channel, now: now, limit: 100).map(\.id)
    }

    func head(now: Double = 2000) throws -> OutboxRow {
        try #require(try outbox.heads(channel: "p", now: now, limit: 1).first)
    }

    @Test func headsAreTheOldestOfTheirLinesTheWorstFirst() throws {
        try add(.trigger, level: .warning)
        try add(.update)
        try add(.trigger, "risk:b", level: .imminentFailure)
        try add(.trigger, "risk:c", to: ["q"])
        #expect(try ids() == [3, 1] && ids("q") == [4] && ids(now: 999).isEmpty)
        #expect(try outbox.nextDue(channel: "p") == 1000 && outbox.nextDue(channel: "z") == nil)
        var first = try head()
        #expect(first.message.incident == "risk:b" && first.message.labels == [.init("team", "x")])
        first.attempts = 1
        try outbox.record(.delivered(said: "202"), of: first, at: 2000)
        var trigger = try head()
        #expect(trigger.id == 1)
        trigger.attempts = 1
        try outbox.record(.waiting(until: 2030, reason: "500"), of: trigger, at: 2000)
        #expect(try ids(now: 2029).isEmpty && outbox.nextDue(channel: "p") == 2030, "an update does not overtake")
        #expect(try head(now: 2030).attempts == 1)
        try outbox.record(.dead(reason: "400"), of: trigger, at: 2030)
        #expect(try ids(now: 2030) == [2])
    }

    @Test func updatesCollapse() throws {
        for action in [.trigger, .update, .update, .digest, .acknowledge, .update, .resolve] as [Notice.Action] {
            try add(action)
        }
        var told: [Int64] = []
        while let row = try outbox.heads(channel: "p", now: 2000, limit: 1).first {
            let newest = try #require(try outbox.newest(row))
            told.append(newest.id)
            try outbox.record(.delivered(said: "ok"), of: newest, at: 2000)
        }
        #expect(told == [1, 4, 5, 6, 7])
        #expect(try store.outboxCounts() == ["p": [.sent: 5, .collapsed: 2]])
    }

    /// The end is offered to everybody who may have heard of the beginning, and told to those who did.
    @Test func endsGoWhereTheBeginningWas() throws {
        try add(.trigger, to: ["p"])
        try add(.resolve, to: ["p", "q"])
        let stray = try #require(try outbox.heads(channel: "q", now: 2000, limit: 1).first)
        #expect(try outbox.newest(stray) == nil && store.outboxEntry(stray.id)?.state == .collapsed)
        let trigger = try head()
        #expect(try outbox.newest(trigger) == trigger)
        try outbox.record(.delivered(said: "ok"), of: trigger, at: 2000)
        let end = try head()
        #expect(try outbox.newest(end) == end)
        // A later incident of the same key is another one.
        try add(.resolve, to: ["p"], incident: 2)
        try outbox.record(.delivered(said: "ok"), of: end, at: 2000)
        #expect(try outbox.newest(head()) == nil)
    }

    @Test func whatStandsEndsWithSomethingNewer() throws {
        try add(.trigger)
        let row = try head()
        try outbox.record(.standing(until: 2060, said: "200"), of: row, at: 2000)
        #expect(try ids(now: 2059).isEmpty && head(now: 2060).isStanding)
        try add(.acknowledge)
        let acknowledged = try head()
        try outbox.record(.delivered(said: "nothing to tell"), of: acknowledged, at: 2001)
        #expect(try ids(now: 2060) == [1], "an acknowledgement ends nothing")
        try add(.resolve)
        #expect(try ids(now: 2060) == [3], "what is over is not said again before its end")
        try outbox.record(.delivered(said: "200"), of: head(now: 2060), at: 2060)
        #expect(try ids(now: 9999).isEmpty && store.outboxEntry(1)?.state == .sent)
    }

    @Test func patienceHoldsTheChannel() throws {
        try add(.trigger)
        try add(.trigger, "risk:b")
        try outbox.hold(channel: "p", until: 2500)
        #expect(try ids(now: 2499).isEmpty && ids(now: 2500) == [1, 2])
    }

    @Test func aStandInIsToldWhyAndOnce() throws {
        try add(.trigger)
        #expect(try outbox.unplanned(limit: 10).map(\.id) == [1])
        try outbox.plan([(try head(), 1300)])
        #expect(try outbox.unplanned(limit: 10).isEmpty && outbox.late(now: 1299, limit: 10).isEmpty)
        let late = try #require(try outbox.late(now: 1300, limit: 10).first)
        try outbox.standIn(for: late, through: "senior", why: "p is down", deadline: 1360, now: 1300)
        let other = try #require(try outbox.heads(channel: "senior", now: 2000, limit: 1).first)
        #expect(other.message.lateness == "p is down" && other.message.event == .trigger && other.deadline == 1360)
        #expect(try outbox.late(now: 1359, limit: 10).isEmpty && ids() == [1], "the first still tries")
    }

    @Test func ourOwnNoticesOpenOnceAndEnd() throws {
        func notice(_ event: DeliveryMessage.Event) -> DeliveryMessage {
            .init(incident: "forewarn/channel/p", event: event, level: .danger, host: "", summary: "s", since: 1, at: 1)
        }
        for _ in 0..<3 { try outbox.addOnce(notice(.trigger), to: "q") }
        #expect(try ids("q").count == 1)
        for _ in 0..<3 { try outbox.resolve(notice(.resolve)) }
        #expect(try store.outboxCounts() == ["q": [.waiting: 2]])
        try outbox.addOnce(notice(.trigger), to: "q")
        #expect(try store.outboxCounts() == ["q": [.waiting: 3]])
    }

    /// What was given up is sent again with its end, unless something newer has been told.
    @Test func replays() throws {
        try add(.trigger)
        try add(.resolve)
        try outbox.record(.dead(reason: "400"), of: head(), at: 2000)
        #expect(try outbox.newest(head()) == nil, "nothing was told that could end")
        let dead = try #require(try store.outboxEntry(1))
        #expect(try store.replay(dead, at: 3000) == 2)
        #expect(try ids(now: 3000) == [1])
        try outbox.record(.dead(reason: "400"), of: head(now: 3000), at: 3000)
        var end = try head(now: 3000)
        end.attempts = 1
        try outbox.record(.delivered(said: "ok"), of: end, at: 3000)
        #expect(try store.replay(dead, at: 4000) == 0, "it would open again what is over")
    }

    @Test func webhooksAreRememberedForAWhile() throws {
        #expect(try !store.hasSeenWebhook("w1"))
        try store.noteWebhook("w1", at: 1000, keptSeconds: 500)
        try store.noteWebhook("w1", at: 1001, keptSeconds: 500)
        #expect(try store.hasSeenWebhook("w1") && !store.hasSeenWebhook("w2"))
        try store.noteWebhook("w2", at: 1500, keptSeconds: 500)
        #expect(try store.hasSeenWebhook("w1"))
        try store.noteWebhook("w3", at: 1501, keptSeconds: 500)
        #expect(try !store.hasSeenWebhook("w1"))
        try add(.trigger, "risk:z")
        #expect(try store.alertID(ofKey: "risk:z") == 1 && store.alertID(ofKey: "risk:none") == nil)
    }

    /// Nobody stands in for what has no deadline, and what was not told by its end is not told any more.
    @Test func aTestLeavesNothingBehind() throws {
        let notices = NoticeOfATest()
        try store.enqueue(notices.begin, to: ["p", "q"], deadline: .infinity)
        #expect(try outbox.unplanned(limit: 10).isEmpty && outbox.late(now: 1e9, limit: 10).isEmpty)
        var told = try head()
        told.attempts = 1
        try outbox.record(.delivered(said: "202"), of: told, at: 2000)
        try store.enqueueEnd(notices.end, dropping: "the test is over")
        let end = try head()
        #expect(try outbox.newest(end) == end && end.message.event == .resolve)
        #expect(try store.outboxEntry(2)?.state == .collapsed && store.outboxEntry(2)?.said == "the test is over")
        let stray = try #require(try outbox.heads(channel: "q", now: 2000, limit: 1).first)
        #expect(try outbox.newest(stray) == nil, "the end of what was never told")
        #expect(try store.outboxNextDue(channel: "q") == nil)
    }

    @Test func aTestThatIsSentAgainStillPagesNobodyElse() throws {
        try store.enqueue(NoticeOfATest().begin, to: ["p"], deadline: .infinity)
        try outbox.record(.dead(reason: "400"), of: head(), at: 2000)
        #expect(try store.replay(#require(try store.outboxEntry(1)), at: 3000) == 1)
        #expect(try store.outboxEntry(1)?.deadline == .infinity)
    }

    /// The whole way, over a channel that answers nothing.
    @Test func aTestOverABrokenChannelPagesNobodyElse() async throws {
        var settings = DeliverySettings()
        settings.channels = ["first", "second"].map { name in
            var channel = ChannelSettings(name: name, kind: .alertmanager)
            channel.url = "http://127.0.0.1:9"
            return channel
        }
        var route = Route(name: "night", channels: ["first"])
        (route.answerSeconds, route.escalation) = (1, [["second"]])
        settings.routes = [route]
        let deliveries = Deliveries(settings, store: store, clock: .system, log: Log { _, _ in })
        deliveries.start { _ in [] }
        defer { deliveries.stop() }
        let answers = try await withCheckedThrowingContinuation { continuation in
            deliveries.test(route: "Night") { continuation.resume(with: $0) }
        }
        #expect(answers.map(\.outcome) == [.waiting])
        try await Task.sleep(for: .seconds(2.5))
        #expect(try store.outboxCounts() == ["first": [.collapsed: 2]])
    }

    @Test func routesOfNotices() throws {
        let key = "\(folder.path)/key"
        var settings = DeliverySettings()
        settings.channels = ["pagerduty", "mail", "slack", "cto"].map { .init(name: $0, kind: .slack) }
        settings.heartbeat = ["slack"]
        let deliveries = Deliveries(settings, store: store, clock: Clock { 1000 }, log: Log { _, _ in })
        func channels(_ action: Notice.Action, _ level: RiskLevel, told: RiskLevel? = nil, step: Int = 0) -> [String] {
            var notice = Notice(
                action, key: key, incident: 1, alert: 1, kind: .host, at: 1, startedAt: 1, level: level, host: "a",
                condition: .risk, profile: .generic, labels: [:], summary: "s", reasons: [], hosts: [], hostCount: 1,
                firstMover: "a")
            (notice.toldLevel, notice.step) = (told, step)
            return deliveries.channels(for: notice)
        }
        #expect(
            channels(.trigger, .imminentFailure) == ["pagerduty"] && channels(.trigger, .warning) == ["slack", "mail"])
        #expect(channels(.update, .critical, told: .warning) == ["pagerduty", "slack", "mail"])
        #expect(channels(.escalate, .imminentFailure, step: 1) == ["cto"])
        #expect(channels(.escalate, .imminentFailure, step: 2).isEmpty)
        #expect(channels(.resolve, .healthy) == ["pagerduty", "cto", "mail", "slack"])
        #expect(channels(.heartbeat, .healthy) == ["slack"])
    }
}

/// A test's beginning and its end.
private struct NoticeOfATest {
    let begin = make(.trigger, at: 1000)
    let end = make(.resolve, at: 1500)

    private static func make(_ action: Notice.Action, at: Double) -> Notice {
        Notice(
            action, key: "forewarn/test/1", incident: 0, alert: 0, kind: .host, at: at, startedAt: 1000,
            level: .imminentFailure, host: "", condition: .risk, profile: .generic, labels: [:], summary: "s",
            reasons: [], hosts: [], hostCount: 0, firstMover: "")
    }
}
