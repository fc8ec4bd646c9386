import Testing

@testable import Telemetry

struct MetricVectorTests {
    @Test func missingIsNotZero() {
        var values: MetricVector = [.cpuUser: 0]
        #expect(values[.cpuUser] == 0)
        #expect(values[.memoryUsed] == nil)
        #expect(values.missingCount == 13)
        values[.cpuUser] = nil
        #expect(values == MetricVector())
    }
}
