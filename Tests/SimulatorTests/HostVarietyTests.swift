import Telemetry
import Testing

@testable import Simulator

struct HostVarietyTests {
    static func records(seed: UInt64) -> (plain: [Record], varied: [Record]) {
        let fleet = Fleet(size: .twenty)
        var simulation = Simulation(fleet: fleet, start: friday, cadenceSeconds: 300)
        let plain = simulation.advance(to: friday + 86_400)
        var variety = HostVariety(fleet, seed: seed)
        let varied = plain.map { record in
            var record = record
            record.values = variety.applied(to: record)
            return record
        }
        return (plain, varied)
    }

    @Test func theSeedRepeatsIt() {
        #expect(Self.records(seed: 1).varied == Self.records(seed: 1).varied)
        #expect(Self.records(seed: 1).varied != Self.records(seed: 2).varied)
    }

    @Test func whatComesOutCanBe() {
        let (plain, varied) = Self.records(seed: 5)
        for (before, record) in zip(plain, varied) {
            for metric in Metric.allCases {
                let value = record.values[metric] ?? -1
                #expect(metric.range.contains(value) && value <= metric.plausibleMaximum, "\(metric.name) \(value)")
            }
            let shares: [Metric] = [.cpuUser, .cpuSystem, .cpuIOWait, .cpuIdle]
            #expect(abs(shares.reduce(0) { $0 + (record.values[$1] ?? 0) } - 100) < 1e-9)
            #expect((record.values[.javaCPU] ?? 0) <= (record.values[.cpuUser] ?? 0) + (record.values[.cpuSystem] ?? 0))
            #expect(record.values[.uptime] == before.values[.uptime])
        }
    }

    /// Orders of magnitude between hosts, and some metrics that are always zero.
    @Test func hostsAreUnlike() {
        let varied = Self.records(seed: 5).varied
        let byHost = Dictionary(grouping: varied, by: \.host)
        let network = byHost.values.map { $0.reduce(0) { $0 + ($1.values[.networkOut] ?? 0) } / Double($0.count) }
        let busy = network.filter { $0 > 0 }
        #expect((busy.max() ?? 0) > 100 * (busy.min() ?? 1))
        let zeros = byHost.values.reduce(0) { sum, records in
            sum + Metric.allCases.count { metric in records.allSatisfy { $0.values[metric] == 0 } }
        }
        #expect(zeros > 10 && zeros < 70)
    }
}
