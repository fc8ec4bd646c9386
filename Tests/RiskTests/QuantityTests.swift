import Insight
import Testing

@testable import Risk

struct QuantityTests {
    @Test(arguments: [
        (98.44, RiskSignal.memory, "98.4 %"), (100, .memory, "100 %"), (62.3, .memory, "62 %"), (0, .swap, "0 %"),
        (2.04, .swap, "2 %"), (1.236, .loadPerCPU, "1.24"), (120.4, .networkIn, "120 MB/s"), (20, .backCloseWait, "20"),
        (-0.001, .cpuUsed, "0 %"),
    ])
    func values(value: Double, signal: RiskSignal, text: String) {
        #expect(Quantity.text(value, signal) == text)
    }

    @Test(arguments: [(3.0, "5 minutes"), (30, "30 minutes"), (33, "35 minutes"), (58, "1 hour"), (470, "8 hours")])
    func spans(minutes: Double, text: String) {
        #expect(Quantity.span(minutes: minutes) == text)
    }
}
