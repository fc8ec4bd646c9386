import Testing

@testable import Simulator

struct GeneratorTests {
    @Test func normalNumbersAreNormal() {
        var generator = Generator(seed: 9)
        let numbers = (0..<200_000).map { _ in generator.normal() }
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)
        #expect(abs(mean) < 0.01 && abs(variance - 1) < 0.02)
        #expect(abs(Double(numbers.count { abs($0) < 1.959964 }) / 200_000 - 0.95) < 0.003)
    }

    @Test func streamsOfOneSeedDiffer() {
        var (a, b, c) = (Generator(seed: 1, stream: 1), Generator(seed: 1, stream: 2), Generator(seed: 1, stream: 1))
        let first = a.next()
        #expect(first != b.next())
        #expect(first == c.next())
    }
}
