import Telemetry
import Testing

@testable import Insight

struct RiskSignalTests {
    @Test func namesAndMetricsLeadBack() {
        for signal in RiskSignal.allCases {
            #expect(RiskSignal(name: signal.name) == signal)
            #expect(RiskSignal(metric: signal.metric) == signal)
        }
        #expect(RiskSignal(metric: .uptime) == nil)
        #expect(RiskSignal(name: "cpu_idle_pct") == nil)
    }

    @Test(
        arguments: [
            ([.cpuIdle: 30], 70),
            ([.cpuIdle: 30, .cpuUser: 1, .cpuSystem: 1, .cpuIOWait: 1], 70),
            ([.cpuUser: 20, .cpuSystem: 5, .cpuIOWait: 2], 27),
            ([.cpuUser: 20, .cpuSystem: 5], nil),
            ([:], nil),
        ] as [([Metric: Double], Double?)])
    func cpuUsedIsWhatIsNotIdle(metrics: [Metric: Double], used: Double?) {
        var vector = MetricVector()
        for (metric, value) in metrics { vector[metric] = value }
        #expect(RiskSignal.cpuUsed.value(in: vector, cpus: 8) == used)
    }

    @Test func loadIsPerCPUOrUnknown() {
        #expect(RiskSignal.loadPerCPU.value(in: [.loadAverage: 12], cpus: 8) == 1.5)
        #expect(RiskSignal.loadPerCPU.value(in: [.loadAverage: 12], cpus: 0) == nil)
        #expect(RiskSignal.swap.value(in: [.memoryUsed: 12], cpus: 8) == nil)
    }
}
