import Insight
import Telemetry
import Testing

@testable import Risk

struct PlaybookTests {
    private func score(_ parts: [(Metric, RiskFactor, Double)]) -> RiskScore {
        RiskScore(
            value: parts.reduce(0) { $0 + $1.2 }, current: 0, predicted: 0,
            parts: parts.map { RiskPart(metric: $0.0, factor: $0.1, points: $0.2, sentence: "\($0.0.name)") })
    }

    @Test func aLeakIsToldFromFullMemory() {
        let leak = score([(.memoryUsed, .trend, 30), (.swapUsed, .profile, 20)])
        #expect(Playbook().advice(for: leak, profile: .generic).first?.advice.cause == "memory leak")
        let full = score([(.memoryUsed, .trend, 30)])
        #expect(Playbook().advice(for: full, profile: .generic).map(\.advice.cause) == ["memory filling"])
    }

    @Test func theProfilesOwnLineReplacesTheGeneralOne() {
        let waiting = score([(.cpuIOWait, .profile, 40)])
        let database = Playbook().advice(for: waiting, profile: .database)
        #expect(database.map(\.advice.approval) == ["database administrator"])
        #expect(Playbook().advice(for: waiting, profile: .webAPI).map(\.advice.approval) == ["on-call"])
    }

    @Test func aHealthyHostNeedsNothing() {
        #expect(Playbook().advice(for: RiskEngine().score(Scene().input), profile: .generic).isEmpty)
        // What lowers a score is no trouble.
        #expect(Playbook().advice(for: score([(.diskUsage, .trend, -20)]), profile: .generic).isEmpty)
    }

    @Test func thePointsAreThoseOfItsSignals() {
        let both = score([(.swapUsed, .profile, 20), (.cpuIOWait, .correlation, 7), (.cpuIdle, .profile, 4)])
        let first = Playbook().advice(for: both, profile: .generic).first
        #expect(first?.advice.cause == "swap thrashing")
        #expect(first?.points == 27)
        #expect(first?.because == ["swap_used_pct", "cpu_iowait_pct"])
    }
}
