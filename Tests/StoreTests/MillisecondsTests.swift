import Testing

@testable import Store

struct MillisecondsTests {
    @Test(
        arguments: [
            (0, 0), (1.0004, 1000), (1.0006, 1001), (1_767_614_400.25, 1_767_614_400_250), (-0.5, -500), (.nan, 0),
            (.infinity, 1_000_000_000_000_000), (-1e300, -1_000_000_000_000_000),
        ] as [(Double, Int64)])
    func timesAreWholeMilliseconds(seconds: Double, milliseconds: Int64) {
        #expect(Milliseconds.of(seconds) == milliseconds)
    }
}
