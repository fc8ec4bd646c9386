import Alerting
import Insight
import Risk
import Telemetry
import Testing

@testable import Rehearsal

struct RehearsalTests {
    private static let start = 1_760_000_100 / 300 * 300

    /// A day of calm, then memory and swap climb for an hour, stay an hour, and are well again.
    private func host(_ name: String, isIll: Bool) -> RehearsedHost {
        let rows = (0..<336).map { step -> StepRow in
            var means = MetricVector()
            for metric in Metric.allCases { means[metric] = 1 }
            means[.cpuIdle] = 60
            let force = isIll ? min(1, max(0, Double(step - 288) / 12)) * (step < 312 ? 1 : 0) : 0
            means[.memoryUsed] = 45 + 54 * force
            means[.swapUsed] = 2 + 60 * force
            means[.cpuIOWait] = 2 + 40 * force
            return StepRow(start: Self.start + step * 300, means: means, samples: 60)
        }
        return RehearsedHost(name: name, profile: .generic, cpus: 8, rows: rows)
    }

    private func time(_ step: Int) -> Double { Double(Self.start + step * 300) }

    private func replay(_ hosts: [RehearsedHost], _ rule: Rehearsal.Rule) -> AlertMachine.Replayed {
        Rehearsal(hosts, rules: AlertRules()).run(
            [(rule, RiskEngine())], from: Self.start + 288 * 300, until: Self.start + 336 * 300, historySteps: 288,
            foresee: { _, requests in requests.map { _ in nil } })[0]
    }

    private var incident: RehearsedIncident {
        RehearsedIncident(
            host: "ill", kind: "memory_leak", start: time(288), breach: time(300), end: time(312), hasPrecursor: true)
    }

    private func judge(_ replayed: AlertMachine.Replayed, _ level: RiskLevel) -> AlertJudgement {
        AlertJudgement(
            AlertSpell.all(of: replayed.transitions, at: level), [incident], level: level, hosts: 2, from: time(288),
            until: time(336))
    }

    @Test func anIllHostIsToldInTimeAndAWellOneNever() {
        let replayed = replay([host("ill", isIll: true), host("well", isIll: false)], .score)
        #expect(Set(replayed.transitions.map(\.key.host)) == ["ill"])
        let judged = judge(replayed, .degrading)
        #expect(judged.incidents == 1)
        #expect(judged.inTime == 1)
        #expect(judged.falseAlerts == 0)
        #expect(judged.alerts == 1)
        #expect(judged.leads.first ?? 0 >= 15)
        #expect(judge(replayed, .imminentFailure).leads.first ?? 0 < judged.leads.first ?? 0)
        let spell = AlertSpell.all(of: replayed.transitions, at: .degrading).first
        #expect(spell?.end != nil)
    }

    @Test func fixedLimitsSpeakLater() {
        let hosts = [host("ill", isIll: true)]
        let (early, late) = (judge(replay(hosts, .score), .degrading), judge(replay(hosts, .fixedLimits), .danger))
        #expect(late.announced == 1)
        #expect(late.leads.first ?? 0 < early.leads.first ?? 0)
    }

    @Test func anAlertWithoutAnIncidentIsFalse() {
        let replayed = replay([host("ill", isIll: true)], .score)
        let judged = AlertJudgement(
            AlertSpell.all(of: replayed.transitions, at: .warning), [], level: .warning, hosts: 1, from: time(288),
            until: time(336))
        #expect(judged.falseAlerts == 1)
        #expect(judged.precision == 0)
        #expect(judged.recall == nil)
    }

    /// It was open before and tells of something else; when it rises within the incident, somebody is told anew.
    @Test func aRiseAnnouncesToo() {
        func judged(_ told: [Double]) -> AlertJudgement {
            var spell = AlertSpell(host: "ill", condition: .risk, start: time(280), end: nil)
            spell.told += told
            var later = incident
            later.start = time(288)
            return AlertJudgement(
                [spell], [later], level: .degrading, hosts: 1, from: time(276), until: time(336))
        }
        #expect(judged([]).announced == 0)
        let risen = judged([time(290)])
        #expect(risen.announced == 1 && risen.inTime == 1 && risen.leads == [50])
        // It still began in no incident.
        #expect(risen.falseAlerts == 1)
    }

    /// Two evaluations are seconds where a host is looked at with every sample; a step stands for as many.
    @Test func aStepIsAsManyEvaluationsAsTheRulesLookAt() throws {
        let replayed = replay([host("ill", isIll: true)], .score)
        let opened = try #require(replayed.transitions.first { $0.kind == .opened })
        var slow = AlertRules()
        slow.rise = .init(needed: 5, of: 5)
        let other = Rehearsal([host("ill", isIll: true)], rules: slow).run(
            [(.score, RiskEngine())], from: Self.start + 288 * 300, until: Self.start + 336 * 300, historySteps: 288,
            foresee: { _, requests in requests.map { _ in nil } })[0]
        #expect(other.transitions.first { $0.kind == .opened }?.at == opened.at)
        #expect(opened.at == time(Int((opened.at - time(0)) / 300)))
    }

    /// A cascade is one incident. Those it pulls down breach too soon after their own first sign; the first mover's
    /// alert tells of them.
    @Test func aCascadeIsJudgedByItsFirstMover() {
        let mover = RehearsedIncident(
            host: "db", kind: "cascade", start: time(288), breach: time(296), end: time(310), hasPrecursor: true,
            cause: "db")
        let follower = RehearsedIncident(
            host: "web", kind: "cascade", start: time(295), breach: time(298), end: time(310), hasPrecursor: true,
            cause: "db")
        let spells = [
            AlertSpell(host: "db", condition: .risk, start: time(292), end: time(312)),
            AlertSpell(host: "web", condition: .risk, start: time(297), end: time(312)),
        ]
        let judged = AlertJudgement(
            spells, [mover, follower], level: .degrading, hosts: 2, from: time(276), until: time(336))
        #expect(judged.incidents == 1 && judged.inTime == 1 && judged.recall == 1)
        #expect(judged.followers == 1 && judged.followersInTime == 0 && judged.followersTold == 1)
        #expect(judged.recallAlone == 0.5)
        #expect(judged.falseAlerts == 0)
    }

    /// It was open before, so it announces nothing, however long it lasts.
    @Test func anAlertThatIsAlwaysOnIsFalse() {
        let constant = AlertSpell(host: "ill", condition: .risk, start: time(288), end: nil)
        var later = incident
        (later.start, later.breach, later.end) = (time(300), time(312), time(318))
        let judged = AlertJudgement(
            [constant], [later], level: .danger, hosts: 1, from: time(288), until: time(336))
        #expect(judged.alerts == 1 && judged.falseAlerts == 1 && judged.precision == 0)
        #expect(judged.announced == 0 && judged.inTime == 0 && judged.recall == 0)
        // An hour before the incident, and the last hour but for the half that still speaks of it.
        #expect(judged.hoursOutside == 2)
        #expect(abs(judged.hoursOutsidePerHostMonth - 2 * 30 * 24 / 4.0) < 1e-9)
    }

    @Test func anAlertThatBeginsInTheIncidentIsTrue() {
        let spell = AlertSpell(host: "ill", condition: .risk, start: time(289), end: time(315))
        let judged = AlertJudgement(
            [spell], [incident], level: .danger, hosts: 1, from: time(288), until: time(336))
        #expect(judged.falseAlerts == 0 && judged.inTime == 1 && judged.hoursOutside == 0)
        #expect(judged.leads == [55])
    }

    @Test func aSuddenCrashIsCountedApart() {
        var sudden = incident
        sudden.hasPrecursor = false
        let judged = AlertJudgement([], [sudden], level: .degrading, hosts: 1, from: time(288), until: time(336))
        #expect(judged.sudden == 1)
        #expect(judged.suddenTold == 0)
        #expect(judged.incidents == 0)
    }

    @Test func aReportNamesEveryRuleAndLevel() {
        let judgements = BacktestReport.levels.map { judge(replay([host("ill", isIll: true)], .score), $0) }
        let report = BacktestReport(
            rows: [.init(rule: .score, judgements: judgements)], hosts: 1, days: 0.2, seconds: 1)
        for level in BacktestReport.levels { #expect(report.text.contains(level.name)) }
        #expect(report.text.contains("memory_leak 1/1"))
        #expect(report.json.contains(#""in_time":1"#))
        #expect(report.text.contains("open outside h/host-month"))
        #expect(report.json.contains(#""hours_outside_per_host_month":"#))
    }
}
