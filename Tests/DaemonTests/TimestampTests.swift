import Testing

@testable import Daemon

struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-23T10:00:00Z", 1_795_428_000),
        ("2026-11-23T05:00:00-05:00", 1_795_428_000),
        ("2026-11-23 15:30:00.250+05:30", 1_795_428_000.25),
        ("2024-02-29T23:59:60Z", 1_709_251_200),
        ("1969-12-31T23:59:59.5Z", -0.5),
    ])
    func reads(text: String, seconds: Double) {
        #expect(Timestamp.parse(text) == seconds)
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23T10:00:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z",
        "2026-11-23T10:00:00.Z", "2026-11-23T10:00:00ZZ", "2026-11-23T10:00Z", "now", "2026-11-23T10:00:00+05",
    ])
    func refuses(text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    @Test func knowsTheUsualMistake() {
        #expect(Timestamp.lacksOnlyZone("2026-11-23T10:00:00"))
        #expect(!Timestamp.lacksOnlyZone("2026-11-23T10:00:00Z"))
        #expect(!Timestamp.lacksOnlyZone("yesterday"))
    }

    @Test(arguments: [0, 1_795_428_000, 1_795_428_000.25, -0.5, 951_782_400, 4_102_444_799])
    func writesWhatItReads(seconds: Double) {
        #expect(Timestamp.parse(Timestamp.text(seconds)) == seconds)
    }
}
