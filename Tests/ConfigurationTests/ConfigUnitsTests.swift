import Testing

@testable import Configuration

struct ConfigUnitsTests {
    @Test(arguments: [
        ("5s", 5.0), ("500ms", 0.5), ("1.5 h", 5400), ("24h", 86_400), ("7d", 604_800), ("15m", 900), ("0s", 0),
    ])
    func durations(text: String, seconds: Double) { #expect(ConfigUnits.seconds(text) == seconds) }

    @Test(arguments: ["", "5", "s", "-5s", "5 parsecs", "1e9s", "5S", "..s", "nans", "٣s"])
    func notDurations(text: String) { #expect(ConfigUnits.seconds(text) == nil) }

    @Test(arguments: [("1B", 1), ("64KiB", 65_536), ("64KB", 64_000), ("1.5MiB", 1_572_864), ("2GiB", 2 << 30)])
    func sizes(text: String, bytes: Int) { #expect(ConfigUnits.bytes(text) == bytes) }

    @Test(arguments: ["", "64", "64K", "64mib", "99999999999999TiB"])
    func notSizes(text: String) { #expect(ConfigUnits.bytes(text) == nil) }

    @Test(arguments: [
        (5, "5s"), (0.5, "500ms"), (60, "1m"), (90, "90s"), (86_400, "24h"), (172_800, "2d"), (2.5, "2500ms"),
        (0, "0s"),
    ])
    func wordsOfSeconds(seconds: Double, words: String) { #expect(ConfigUnits.words(seconds: seconds) == words) }

    @Test(arguments: [(0, "0B"), (1000, "1000B"), (64 << 20, "64MiB"), (1 << 30, "1GiB")])
    func wordsOfBytes(bytes: Int, words: String) { #expect(ConfigUnits.words(bytes: bytes) == words) }
}
