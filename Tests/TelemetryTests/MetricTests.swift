import Testing

@testable import Telemetry

struct MetricTests {
    @Test func namesAreTheContracts() {
        #expect(
            Metric.allCases.map(\.name) == [
                "cpu_user_pct", "cpu_sys_pct", "cpu_iowait_pct", "cpu_idle_pct", "java_cpu_pct", "mem_used_pct",
                "swap_used_pct", "disk_usage_pct", "net_in_mb_s", "net_out_mb_s", "back_close_wait",
                "front_close_wait", "load_average", "uptime_days",
            ])
        #expect(Metric.allCases.count == Metric.count)
        #expect(Metric.allCases.allSatisfy { Metric(name: $0.name) == $0 })
        #expect(Metric(name: "cpu") == nil)
    }

    @Test func criticalOnesAreTheContracts() {
        #expect(Metric.allCases.filter(\.isCritical) == [.cpuIOWait, .memoryUsed, .swapUsed])
    }
}
