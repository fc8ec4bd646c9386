import API
import Alerting
import Daemon
import Foundation
import Insight
import Risk
import Store
import Telemetry
import TestSupport
import Testing

@testable import CollectorApp

/// Thresholds tried on stored samples, with the shipped model and a clock that is set.
struct ThresholdTrialDeskTests {
    private static let noon = 1_767_614_400.0
    private static let hours = 4.0
    private static let grace = 20.0
    /// Stricter than the shipped ones: memory from 43 % on.
    private static let strict: [String: Double?] = [
        "profiles.generic.mem_used_pct.normal_low": 20, "profiles.generic.mem_used_pct.normal_high": 42,
        "profiles.generic.mem_used_pct.ramp_start": 43, "profiles.generic.mem_used_pct.ramp_end": 52,
        "signals.mem_used_pct.points": 80,
    ]

    private let folder: TemporaryFolder
    private let now = Locked(Self.noon)
    private let store: Store
    private let scorer: Scorer
    private let forecaster: Forecaster
    private let thresholds: ThresholdDesk
    private let alerts: AlertKeeper
    private let trials: ThresholdTrialDesk

    init() throws {
        folder = try TemporaryFolder()
        let clock = Clock { [now] in now.withLock { $0 } }
        let log = Log { _, _ in }
        let configuration = CollectorConfiguration()
        store = try Store(directory: folder.path, clock: clock)
        let steps = StepClock(graceSeconds: Self.grace)
        thresholds = try ThresholdDesk(configuration.risk, store: store, clock: clock, log: log)
        var rules = configuration.alerts
        rules.heartbeatSeconds = nil
        alerts = try AlertKeeper(rules, store: store, clock: clock, log: log) { _ in [] }
        scorer = Scorer(
            store: store, board: FleetBoard(), thresholds: thresholds, alerts: alerts, standings: try Standings(store),
            steps: steps, playbook: configuration.playbook, log: log)
        let scoreboard = Scoreboard(store: store, keptSeconds: 172_800, log: log)
        forecaster = Forecaster(
            store: store, scorer: scorer, scoreboard: scoreboard, steps: steps, clock: clock, log: log)
        try #require(forecaster.load(folder: ModelLifeTests.shipped) == nil)
        trials = ThresholdTrialDesk(
            store: store, forecaster: forecaster, thresholds: thresholds, alerts: alerts, steps: steps,
            samplesKept: 172_800, clock: clock, log: log)
    }

    /// A host whose memory swells for half an hour, twice, and one that is well.
    private func values(_ host: String, at time: Double) -> MetricVector {
        let wave = sin(time / 1800)
        var values = MetricVector()
        for metric in Metric.allCases { values[metric] = 1 }
        values[.cpuIdle] = 70 + 3 * wave
        values[.cpuUser] = 25 - 3 * wave
        values[.javaCPU] = 5
        let hour = (time - Self.noon) / 3600
        let isHigh = (1.0..<1.6).contains(hour) || (2.6..<3.1).contains(hour)
        values[.memoryUsed] = host == "swelling" && isHigh ? 51 : 40 + wave
        return values
    }

    private func ingest(from: Double, to: Double) throws {
        for host in ["calm", "swelling"] {
            let records = stride(from: from, to: to, by: 15).map { time -> Record in
                var record = Record(host: host, time: time, values: values(host, at: time))
                record.cpus = 8
                return record
            }
            try store.ingestAndWait(IngestBatch(records: records, receivedAt: to, intervalSeconds: 15))
        }
    }

    private func question(_ settings: [String: Double?], hosts: [String]? = nil) -> ThresholdTrialQuestion {
        ThresholdTrialQuestion(settings: settings, days: Self.hours / 24, hosts: hosts)
    }

    /// The heart of the promise: what a trial says of other thresholds is what living by them brings.
    @Test func livingThroughTheSameDataGivesTheSameAlerts() throws {
        try ingest(from: Self.noon - 5 * 3600, to: Self.noon)
        let change = ThresholdChange.Kind.merge(Self.strict)
        _ = try thresholds.change(ThresholdChange(kind: change, author: "anna"))
        let end = Self.noon + Self.hours * 3600 + Self.grace
        // Pushed and looked at as agents and collector do, every quarter of a minute.
        for time in stride(from: Self.noon + Self.grace, to: end + 1, by: 15) {
            now.withLock { $0 = time }
            try ingest(from: time - 15 + 1e-3, to: time + 1e-3)
            forecaster.look(now: time)
            scorer.look(now: time)
        }
        var query = AlertQuery()
        query.isOpen = nil
        let lived = try store.alerts(query).filter { $0.host == "swelling" }.sorted { $0.openedAt < $1.openedAt }
        #expect(lived.count == 2)

        _ = try thresholds.change(ThresholdChange(kind: .undo, author: "anna"))
        let trial = try trials.run(question(Self.strict))
        #expect(trial.before.alerts == 0)
        #expect(trial.after.alerts == lived.count)
        #expect(trial.changeCount == lived.count)
        #expect(trial.kept.isEmpty)
        for (change, alert) in zip(trial.changes, lived) {
            let spell = try #require(change.after)
            #expect(change.kind == .new)
            #expect(spell.host == alert.host)
            #expect(spell.level == alert.worstLevel)
            #expect(abs(spell.start - alert.openedAt) < 1)
            let (ends, ended) = (spell.end ?? .infinity, alert.resolvedAt ?? .infinity)
            #expect(ends == ended || abs(ends - ended) < 1)
        }
        // It was a trial: what is in force is as it was.
        #expect(thresholds.current.configuration == RiskConfiguration())
    }

    @Test func theSameThresholdsChangeNothing() throws {
        try ingest(from: Self.noon - 5 * 3600, to: Self.noon)
        now.withLock { $0 = Self.noon + 30 }
        let trial = try trials.run(question([:]))
        #expect(trial.changes.isEmpty)
        #expect(trial.before == trial.after)
        #expect(trial.past.hosts == 2)
        #expect(abs(trial.past.days - Self.hours / 24) < 0.01)
    }

    @Test func whatCannotBeTriedIsRefused() throws {
        #expect { try trials.run(question([:])) } throws: {
            if case ThresholdTrialFault.nothingKept = $0 { true } else { false }
        }
        try ingest(from: Self.noon - 3600, to: Self.noon)
        #expect { try trials.run(question([:], hosts: ["nobody"])) } throws: {
            if case ThresholdTrialFault.unknownHost("nobody") = $0 { true } else { false }
        }
        let overlapping: [String: Double?] = ["profiles.generic.mem_used_pct.ramp_end": 60]
        #expect { try trials.run(question(overlapping)) } throws: {
            if case ThresholdTrialFault.change(.rule) = $0 { true } else { false }
        }
        #expect(trials.progress == nil)
        #expect(!trials.cancel())
    }
}
