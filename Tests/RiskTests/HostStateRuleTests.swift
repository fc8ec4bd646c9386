import Insight
import Telemetry
import Testing

@testable import Risk

struct HostStateRuleTests {
    struct Case: Sendable {
        var cpu: Double? = 40
        var memory: Double? = 55
        var load: Double = 4
        var profile: Profile = .generic
        var maintenance = false
        var risk: Double?
        var sinceCritical: Double?
        var hour = 12.0
        var usual: Double? = 30
        let state: HostState
    }

    static let cases = [
        Case(state: .healthy),
        Case(cpu: nil, memory: nil, state: .healthy),
        Case(cpu: 99, maintenance: true, state: .maintenance),
        Case(risk: 80, state: .criticalIssue),
        Case(risk: 79.9, state: .healthy),
        Case(cpu: 96, state: .criticalIssue),
        Case(memory: 97, state: .criticalIssue),
        Case(memory: 99, profile: .database, state: .heavyLoad),
        Case(memory: 97, profile: .database, state: .healthy),
        Case(sinceCritical: 30, state: .recovery),
        Case(sinceCritical: 31, state: .healthy),
        Case(cpu: 82, state: .heavyLoad),
        Case(cpu: 82, profile: .riskAnalytics, state: .healthy),
        Case(memory: 81, state: .heavyLoad),
        Case(cpu: 37, hour: 7.5, state: .morningSpike),
        Case(cpu: 37, hour: 9, state: .healthy),
        Case(cpu: 35, hour: 7.5, state: .healthy),
        Case(cpu: 37, hour: 7.5, usual: nil, state: .healthy),
        Case(cpu: 3, load: 0.4, state: .idle),
        Case(cpu: 3, load: 0.9, state: .healthy),
    ]

    @Test(arguments: cases.indices) func firstThatHoldsWins(_ index: Int) {
        let expected = Self.cases[index]
        var means: MetricVector = [.loadAverage: expected.load]
        means[.cpuIdle] = expected.cpu.map { 100 - $0 }
        means[.memoryUsed] = expected.memory
        var context = HostStateContext(profile: expected.profile, cpus: 8, localHour: expected.hour)
        context.inMaintenance = expected.maintenance
        context.risk = expected.risk
        context.minutesSinceCritical = expected.sinceCritical
        context.usualCPUUsed = expected.usual
        let step = StepRow(start: 0, means: means, samples: 60)
        #expect(RiskEngine().state(of: step, context) == expected.state, "case \(index)")
    }

    @Test func silenceIsOffline() {
        let context = HostStateContext(profile: .generic, cpus: 8, localHour: 12)
        #expect(RiskEngine().state(of: nil, context) == .offline)
        #expect(RiskEngine().state(of: StepRow(start: 0, means: [:], samples: 0), context) == .offline)
    }
}
