import Alerting
import Insight
import Risk
import Simulator
import Telemetry
import Testing

@testable import Rehearsal

/// A fleet without incidents, through the whole product but the forecast: nobody is paged. `simulate --incidents 0` and
/// `backtest` do the same over a week of ninety hosts and with forecasts.
struct HealthyFleetTests {
    @Test func pagesNobody() {
        let (days, start) = (2, 1_759_708_800)
        let fleet = Fleet(size: .twenty, seed: 5)
        var simulation = Simulation(
            fleet: fleet, start: Double(start - 86_400), seed: 5, cadenceSeconds: Double(Step.seconds))
        var rows: [String: [StepRow]] = [:]
        for record in simulation.advance(to: Double(start + days * 86_400) - 1) {
            rows[record.host, default: []].append(
                StepRow(start: Int(record.time), means: record.values, samples: 1, state: record.state))
        }
        #expect(simulation.labels.isEmpty)
        let hosts = fleet.hosts.map {
            RehearsedHost(name: $0.name, profile: $0.profile, cpus: $0.cpus, rows: rows[$0.name] ?? [])
        }
        let replayed = Rehearsal(hosts, rules: AlertRules()).run(
            [(.persistence, RiskEngine()), (.fixedLimits, RiskEngine())], from: start, until: start + days * 86_400,
            historySteps: 288, foresee: { _, requests in requests.map { _ in nil } })
        let pages = replayed.map { AlertSpell.all(of: $0.transitions, at: .danger).count }
        #expect(pages[0] == 0)
        #expect(AlertSpell.all(of: replayed[0].transitions, at: .warning).count <= 1)
        // The limits that most monitoring begins with.
        #expect(pages[1] > 20)
    }
}
