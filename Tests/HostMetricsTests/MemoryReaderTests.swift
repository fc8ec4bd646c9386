import Testing

@testable import HostMetrics

struct MemoryReaderTests {
    typealias KiB = (free: Double, of: Double)

    @Test(
        arguments: [
            ("126_gib", (130_327_756, 132_003_228), (1, 1)), ("4_gib", (3_386_876, 3_997_272), (1, 1)),
            ("gopsutil_16_gib", (11_225_936, 16_115_528), (1, 1)),
            ("missing_fields", (14_221_924, 16_201_888), (4_186_844, 4_194_300)),
        ] as [(String, KiB, KiB)])
    func capturedFiles(name: String, memory: KiB, swap: KiB) throws {
        let reading = try MemoryReading.parse(captured("meminfo/\(name)"))
        #expect(near(try reading.usedPercent(), 100 * (1 - memory.free / memory.of)))
        #expect(near(try reading.swapUsedPercent(), 100 * (1 - swap.free / swap.of)))
    }

    @Test func beforeMemAvailableItIsMissing() throws {
        let reading = try MemoryReading.parse(captured("meminfo/no_available"))
        #expect(throws: ReadError.noValue("meminfo has no MemAvailable (Linux before 3.14)")) {
            try reading.usedPercent()
        }
        // No swap is no swap in use, not a missing value.
        #expect(try reading.swapUsedPercent() == 0)
    }

    @Test func oddNumbersStayInRange() throws {
        let reading = MemoryReading(total: 100, available: 300, swapTotal: 10, swapFree: 20)
        #expect(try reading.usedPercent() == 0 && reading.swapUsedPercent() == 0)
        #expect(throws: ReadError.self) { try MemoryReading(total: 0, available: 0).usedPercent() }
        #expect(throws: ReadError.self) { try MemoryReading().swapUsedPercent() }
    }

    @Test(arguments: ["MemTotal:\n", "MemTotal: many kB\n", "MemAvailable: -1 kB\n"])
    func malformed(bytes: String) { #expect(throws: ReadError.self) { try MemoryReading.parse(text(bytes)) } }
}
