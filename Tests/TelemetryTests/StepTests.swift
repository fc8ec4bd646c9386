import Testing

@testable import Telemetry

struct StepTests {
    @Test(arguments: [(0.0, 0), (299.999, 0), (300, 300), (-0.5, -300), (1_795_428_123.4, 1_795_428_000)])
    func aMomentHasOneStep(time: Double, start: Int) { #expect(Step.start(of: time) == start) }

    @Test(arguments: [(5.0, 20), (1, 100), (60, 2), (300, 1), (3600, 1)])
    func aThirdIsNeeded(interval: Double, samples: Int) {
        #expect(Step.samplesNeeded(intervalSeconds: interval) == samples)
    }
}
