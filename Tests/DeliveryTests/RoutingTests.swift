import Alerting
import Foundation
import Insight
import Telemetry
import Testing

@testable import Delivery

struct RoutingTests {
    static let all = [
        "pagerduty", "slack", "slack-lead", "mail", "cto", "senior", "director", "oncall", "alertmanager",
    ]

    /// The table of levels, as the specification has it.
    @Test(
        arguments: [
            (.imminentFailure, ["pagerduty", "alertmanager"], [["cto"]], 300),
            (.critical, ["pagerduty", "alertmanager"], [["senior"], ["director"]], 900),
            (.danger, ["slack-lead", "mail", "pagerduty", "alertmanager"], [["oncall"]], 1800),
            (.warning, ["slack", "mail", "alertmanager"], [["slack-lead"]], 3600),
            (.degrading, ["mail", "alertmanager"], [], 7200), (.watch, [], [], nil), (.healthy, [], [], nil),
        ] as [(RiskLevel, [String], [[String]], Double?)])
    func theStandardTable(level: RiskLevel, channels: [String], steps: [[String]], answer: Double?) {
        let routing = Routing(routes: Route.standard(channels: Self.all), channels: Self.all)
        let decision = routing.decide(Messages.one(level: level), at: 0)
        #expect(decision.channels == channels && decision.escalation == steps && decision.answerSeconds == answer)
    }

    @Test func whatIsNotConfiguredIsLeftOut() {
        let routing = Routing(routes: Route.standard(channels: ["mail"]), channels: ["mail"])
        #expect(routing.decide(Messages.one(level: .danger), at: 0).channels == ["mail"])
        #expect(routing.decide(Messages.one(level: .critical), at: 0).channels.isEmpty)
    }

    @Test func theFirstThatFitsDecidesUnlessItGoesOn() throws {
        var databases = Route(name: "databases", channels: ["dba"])
        databases.matchers = [try AlertMatcher(host: "db*", profile: .database)]
        databases.goesOn = true
        databases.answerSeconds = 600
        var payments = Route(name: "payments", channels: ["pay"])
        payments.matchers = [try AlertMatcher(labels: ["team": "payments"])]
        payments.levels = [.critical]
        payments.escalation = [["boss"]]
        payments.answerSeconds = 900
        let rest = Route(name: "rest", channels: ["ops", "dba"])
        let routing = Routing(routes: [databases, payments, rest], channels: ["dba", "pay", "ops"])
        let both = routing.decide(Messages.one(), at: 0)
        #expect(both.routes == ["databases", "payments"] && both.channels == ["dba", "pay"])
        #expect(both.answerSeconds == 600 && both.escalation == [["boss"]])
        #expect(routing.decide(Messages.one(level: .danger), at: 0).channels == ["dba", "ops"])
        let web = Messages.one(level: .critical, host: "web1", labels: [])
        #expect(routing.decide(web, at: 0).routes == ["rest"])
    }

    @Test func standInsFollowTheChain() {
        let routing = Routing(routes: Route.standard(channels: Self.all), channels: Self.all)
        let message = Messages.one(level: .critical)
        #expect(
            routing.standIns(for: message, insteadOf: "pagerduty", at: 0) == ["senior", "director", "alertmanager"])
        #expect(routing.standIns(for: message, insteadOf: "senior", at: 0) == ["director"])
        #expect(routing.standIns(for: message, insteadOf: "director", at: 0).isEmpty)
    }

    @Test func troubleIsToldElsewhere() {
        var routing = Routing(routes: [], channels: ["a", "b", "c"])
        #expect(routing.trouble(unusable: ["a"]) == "b" && routing.trouble(unusable: ["a", "b", "c"]) == nil)
        routing.troubleChannel = "c"
        #expect(routing.trouble(unusable: ["a"]) == "c" && routing.trouble(unusable: ["c"]) == "a")
    }

    /// 2026-11-23 is a Monday; Berlin is an hour ahead of UTC then and two on 2026-07-06, a Monday too.
    @Test(
        arguments: [
            ("Mon-Fri 08:00-18:00", 1_795_417_200, true),  // Mon 07:00 UTC, 08:00 in Berlin
            ("Mon-Fri 08:00-18:00", 1_795_417_199, false), ("Mon-Fri 08:00-18:00", 1_795_453_200, false),
            ("Mon-Fri 08:00-18:00", 1_783_317_600, true),  // Mon 06:00 UTC, 08:00 in Berlin's summer
            ("Mon-Fri 08:00-18:00", 1_783_317_599, false), ("Sat,Sun 00:00-24:00", 1_795_417_200, false),
            ("daily 22:00-06:00", 1_795_384_800, true),  // Sun 23:00 in Berlin
            ("Sun 22:00-06:00", 1_795_402_800, true),  // Mon 04:00 in Berlin belongs to Sunday's night
            ("Mon 22:00-06:00", 1_795_402_800, false), ("Fri-Mon 00:00-24:00", 1_795_417_200, true),
        ] as [(String, Double, Bool)])
    func hours(text: String, time: Double, holds: Bool) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")))
        let zone = try #require(ZoneRules(name: "Europe/Berlin", tzif: bytes))
        #expect(try #require(WeekHours(text, zone: zone)).holds(time) == holds)
    }

    @Test(arguments: ["Mon-Fri 08:00-18:00", "daily 22:00-06:00", "Sat,Sun 00:00-24:00", "Mon,Wed 09:30-10:00"])
    func hoursAreWrittenAsTheyAreRead(text: String) throws {
        #expect(try #require(WeekHours(text, zone: .utc)).text.hasPrefix(text.replacing("Sat,Sun", with: "Sat-Sun")))
    }

    @Test(arguments: [
        "", "Mon", "Mon 8-18", "Mon 08:00", "Mon 08:00-08:00", "Mon 25:00-26:00", "Xyz 08:00-18:00",
        "Mon-Tue-Wed 08:00-18:00", "Mon 24:00-06:00", "Mon, 08:00-09:00",
    ])
    func noHours(text: String) { #expect(WeekHours(text, zone: .utc) == nil) }
}
