import Insight
import Telemetry
import Testing

@testable import Risk

/// The sentences, as people read them.
struct NarratorTests {
    static func sentences(_ scene: Scene, _ factor: RiskFactor) -> [String] {
        RiskEngine().score(scene.input).parts.filter { $0.factor == factor && $0.points > 0.2 }.map(\.sentence)
    }

    @Test func profile() {
        let scene = Scene().setting(.ioWait, 35)
        #expect(Self.sentences(scene, .profile) == ["I/O wait is 35 %: usual for a generic host is 0–10 %"])
        let load = Scene(.machineLearning).setting(.loadPerCPU, 3.25)
        #expect(
            Self.sentences(load, .profile) == ["Load per CPU is 3.25: usual for an ML compute host is 0.5–1.25"])
    }

    @Test func trend() {
        let scene = Scene().setting(.memory, [(30, 42), (0, 62)])
        #expect(Self.sentences(scene, .trend) == ["Memory has risen 20 points in 30 minutes"])
        let sockets = Scene().setting(.backCloseWait, [(30, 2), (0, 42)])
        #expect(Self.sentences(sockets, .trend) == ["Back-end CLOSE_WAIT has risen by 40 in 30 minutes"])
    }

    @Test func correlation() {
        let scene = Scene().setting(.memory, 92).setting(.ioWait, 30).setting(.cpuUsed, 60)
        #expect(
            Self.sentences(scene, .correlation) == [
                "I/O wait is 30 % while others are high too: memory 92 %",
                "Memory is 92 % while others are high too: I/O wait 30 %",
            ])
    }

    @Test(arguments: [
        (62.0, 95.0, "Forecast: memory reaches 95 % (median) within 30 minutes"),
        (62.0, 76.0, "Forecast: memory may reach 79 % (90 % quantile) within 30 minutes"),
        (90.0, 90.0, "Forecast: memory stays near 90 % (median)"),
        (95.0, 70.0, "Forecast: memory is still 91 % (median) in 5 minutes"),
    ])
    func prediction(now: Double, ahead: Double, sentence: String) {
        let found = RiskEngine().score(Scene().setting(.memory, now, ahead: ahead).input).parts
            .filter { $0.metric == .memoryUsed && $0.factor == .prediction }.map(\.sentence)
        #expect(found == [sentence])
    }
}
