import Daemon
import Foundation
import TestSupport
import Testing

@testable import CollectorApp

/// Whether a collector that does not move is noticed, and nothing else is.
struct VitalsTests {
    @Test(
        arguments: [
            ([nil, nil], []), ([90, nil], []), ([89, nil], ["a"]), ([89, 50], ["a", "b"]), ([100, 95], []),
        ] as [([Double?], [String])])
    func stuckIsWhatIsAtOneThingForTooLong(since: [Double?], expected: [String]) {
        let parts = zip(["a", "b"], since).map { Vitals.Part($0, busySince: $1) }
        #expect(Vitals(parts: parts).stuck(at: 100, longerThan: 10) == expected)
    }

    @Test func aBeatThatHangsIsSeen() throws {
        let gate = DispatchSemaphore(value: 0)
        let pulse = Pulse("hangs", everySeconds: 0.01) { gate.wait() }
        #expect(Self.until { pulse.busySince != nil })
        let begun = try #require(pulse.busySince)
        usleep(50_000)
        // Still the same beat, however often it should have come.
        #expect(pulse.busySince == begun)
        let vitals = Vitals(parts: [Vitals.Part(pulse.name, busySince: pulse.busySince)])
        #expect(vitals.stuck(at: Clock.monotonicSeconds(), longerThan: 0.04) == ["hangs"])
        gate.signal()
        #expect(Self.until { pulse.busySince != begun })
        for _ in 0..<3 { gate.signal() }
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            pulse.stop()
            ended.signal()
        }
        for _ in 0..<100 where ended.wait(timeout: .now() + 0.05) == .timedOut { gate.signal() }
        #expect(pulse.busySince == nil)
    }

    private static func until(_ holds: () -> Bool) -> Bool {
        for _ in 0..<500 {
            if holds() { return true }
            usleep(10_000)
        }
        return holds()
    }
}
