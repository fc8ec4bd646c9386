import Alerting
import Daemon
import Foundation
import Insight
import Store
import Telemetry
import TestSupport
import Testing

@testable import API
@testable import CollectorApp

/// Which warnings count: alerts by the real machine, held against stored steps.
struct CostDeskTests {
    private static let noon = 1_767_614_400.0
    private let folder: TemporaryFolder
    private let now = Locked(Self.noon)
    private let store: Store
    private let alerts: AlertKeeper
    private let desk: CostDesk

    init() throws {
        folder = try TemporaryFolder()
        let clock = Clock { [now] in now.withLock { $0 } }
        let log = Log { _, _ in }
        let configuration = CollectorConfiguration()
        store = try Store(directory: folder.path, clock: clock)
        var rules = configuration.alerts
        rules.heartbeatSeconds = nil
        // Each host is an incident of its own.
        rules.cascade.hosts = 100
        alerts = try AlertKeeper(rules, store: store, clock: clock, log: log) { _ in [] }
        desk = CostDesk(
            configuration.cost, store: store,
            thresholds: try ThresholdDesk(configuration.risk, store: store, clock: clock, log: log), clock: clock)
    }

    /// Iowait from `minute` on is at 60, far over any limit; before it is calm.
    private func live(_ host: String, alertAt: Double, breachAt: Double?) throws {
        let records = stride(from: -120.0, to: 180, by: 1).map { minute -> Record in
            var values = MetricVector()
            for metric in Metric.allCases { values[metric] = 1 }
            values[.cpuIdle] = 30
            if let breachAt, minute >= breachAt { values[.cpuIOWait] = 60 }
            return Record(host: host, time: Self.noon + minute * 60, values: values)
        }
        now.withLock { $0 = Self.noon + 181 * 60 }
        try store.ingestAndWait(
            IngestBatch(records: records, receivedAt: Self.noon + 180 * 60, intervalSeconds: 60))
        for look in 0..<2 {
            let time = Self.noon + alertAt * 60 + Double(look)
            alerts.look([AlertReading(host: host, sampledAt: time, score: 75)], now: time)
        }
    }

    private func incident(_ host: String) throws -> CostAvoidance.Incident? {
        try desk.ask(CostQuestion(days: 7)).incidents.first { $0.host == host }
    }

    private func judge(_ host: String, _ verdict: AlertVerdict) throws {
        let id = try #require(alerts.open().first { $0.alert.host == host }?.alert.id)
        try alerts.judge(id, verdict, by: "anna", note: nil)
    }

    @Test func onlyWhatWasWarnedOfAndCameTrueCounts() throws {
        try live("warned", alertAt: 10, breachAt: 60)
        try live("late", alertAt: 80, breachAt: 60)
        try live("nothing", alertAt: 81, breachAt: nil)
        try live("real", alertAt: 82, breachAt: nil)
        try live("false", alertAt: 83, breachAt: 120)
        try judge("real", .real)
        try judge("false", .false)
        #expect(try incident("warned")?.reason == .breached)
        let lead = try #require(try incident("warned")?.leadMinutes)
        #expect(abs(lead - 50) < 1)
        #expect(try incident("late")?.reason == nil)
        #expect(try incident("late")?.why.contains("before the alert") == true)
        #expect(try incident("nothing")?.reason == nil)
        #expect(try incident("real")?.reason == .judgedReal)
        #expect(try incident("false")?.reason == nil)
        let cost = try desk.ask(CostQuestion(days: 7))
        #expect(cost.counted.count == 2)
        #expect(cost.avoided == 2 * 50_000 * 2.5 * 0.85)
        let cheaper = try desk.ask(CostQuestion(days: 7, perHour: 100, outageHours: 1, avoidedShare: 0.5))
        #expect(cheaper.avoided == 100)
    }

    @Test func whatNobodyWasToldOfIsNoWarning() throws {
        _ = try alerts.add(
            SilenceDraft(
                matcher: AlertMatcher(host: "quiet"), from: Self.noon, until: Self.noon + 86_400, by: "anna",
                why: "known"))
        try live("quiet", alertAt: 10, breachAt: 60)
        #expect(try desk.ask(CostQuestion(days: 7)).incidents.isEmpty)
    }
}
