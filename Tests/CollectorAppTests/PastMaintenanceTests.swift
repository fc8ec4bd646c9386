import Alerting
import Daemon
import Evaluation
import Foundation
import Insight
import Store
import Telemetry
import TestSupport
import Testing

@testable import CollectorApp

/// What a host did in a maintenance window is in its data as maintenance, which training leaves out.
struct PastMaintenanceTests {
    private static let noon = 1_767_614_400.0

    private func collector(at folder: String, endedAt: Double? = nil) throws {
        let now = Locked(Self.noon)
        let store = try Store(directory: folder, clock: Clock { now.withLock { $0 } })
        for host in ["db01", "web01"] {
            let records = stride(from: 0.0, to: 7200, by: 60).map { second -> Record in
                var values = MetricVector()
                for metric in Metric.allCases { values[metric] = 10 }
                return Record(host: host, time: Self.noon + second, values: values)
            }
            now.withLock { $0 = Self.noon + 7200 }
            try store.ingestAndWait(
                IngestBatch(records: records, receivedAt: Self.noon + 7200, intervalSeconds: 60))
        }
        // Planned while it began, so it could still be added.
        let window = try MaintenanceWindow(
            id: 1, matcher: AlertMatcher(host: "db*"), from: Self.noon + 1800, seconds: 1800, rule: nil,
            zone: .utc, by: "anna", why: "a new disk", createdAt: Self.noon + 1800)
        try store.add(StoredMute(window), AlertChanges(), deliveries: [])
        if let endedAt { try store.endMute(1, by: "anna", at: endedAt, AlertChanges(), deliveries: []) }
        store.close()
    }

    private func states(of host: String, in folder: String) throws -> [HostState?] {
        var table = HostTable(now: Self.noon + 86_400)
        try table.add(state: folder, from: Int(Self.noon), to: Int(Self.noon) + 7200)
        return try #require(try table.series().first { $0.name == host }).states
    }

    @Test func stepsInAWindowAreMaintenance() throws {
        let folder = try TemporaryFolder()
        try collector(at: folder.path)
        let states = try states(of: "db01", in: folder.path)
        #expect(states.indices.filter { states[$0] == .maintenance } == Array(6..<12))
        #expect(try !self.states(of: "web01", in: folder.path).contains(.maintenance))
    }

    @Test func aWindowThatWasEndedEndsThere() throws {
        let folder = try TemporaryFolder()
        try collector(at: folder.path, endedAt: Self.noon + 2400)
        let states = try states(of: "db01", in: folder.path)
        #expect(states.indices.filter { states[$0] == .maintenance } == [6, 7])
    }
}
