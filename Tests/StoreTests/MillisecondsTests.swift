import Testing

@testable import Store

struct MillisecondsTests {
    @Test(
        arguments: [
            (0, 0), (1.0004, 1000), (1.0006, 1000), (1_767_614_400.25, 1_767_614_400_250), (-0.5, -500), (.nan, 0),
            (1_767_614_699.9996, 1_767_614_699_999), (1_795_428_000.123, 1_795_428_000_123), (0.1 + 0.2, 300),
            (.infinity, 1_000_000_000_000_000), (-1e300, -1_000_000_000_000_000),
        ] as [(Double, Int64)])
    func timesAreWholeMilliseconds(seconds: Double, milliseconds: Int64) {
        #expect(Milliseconds.of(seconds) == milliseconds)
    }

    /// What is read out and sent again is the same sample.
    @Test func aMillisecondComesBackAsItself() {
        for number in 0..<5000 {
            let milliseconds = 1_795_428_000_000 + Int64(number) * 997
            #expect(Milliseconds.of(Milliseconds.seconds(milliseconds)) == milliseconds)
        }
    }
}
