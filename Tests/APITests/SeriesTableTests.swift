import Telemetry
import Testing

@testable import API

struct SeriesTableTests {
    private static let memory = [ShownQuantity.memory]

    private func rows(_ values: [Double?], every seconds: Double = 300) -> [SeriesTable.Row] {
        values.enumerated().map { index, value in
            var vector: MetricVector?
            if let value {
                vector = MetricVector()
                vector?[.memoryUsed] = value
            }
            return .init(time: 1_767_614_400 + Double(index) * seconds, values: vector, samples: value == nil ? 0 : 60)
        }
    }

    @Test func asManyAsFitStayAsTheyAre() {
        let table = SeriesTable(
            rows([1, nil, 3]), of: Self.memory, cpus: 8, stepSeconds: 300, pointsMax: 3)
        #expect(!table.isThinned && table.binSeconds == 300 && table.columns[0].mean == [1, nil, 3])
        let lines = [
            "time,mem_used_pct", "2026-01-05T12:00:00Z,1.0", "2026-01-05T12:05:00Z,", "2026-01-05T12:10:00Z,3.0",
        ]
        #expect(String(decoding: table.csv, as: UTF8.self) == lines.map { $0 + "\r\n" }.joined())
    }

    @Test func moreAreGatheredAndAGapStaysAGap() {
        let table = SeriesTable(
            rows([1, 2, nil, nil, 5, 7, 9]), of: Self.memory, cpus: 8, stepSeconds: 300, pointsMax: 4)
        #expect(table.isThinned && table.binSeconds == 600)
        #expect(table.columns[0].mean == [1.5, nil, 6, 9])
        #expect(table.columns[0].low == [1, nil, 5, 9] && table.columns[0].high == [2, nil, 7, 9])
        #expect(table.samples == [120, 0, 120, 60] && table.times[3] == 1_767_616_200)
    }

    @Test(arguments: [(25_920, 2000), (2001, 2000), (100, 10), (11, 10), (17_280, 5000)])
    func neverMoreThanAskedFor(count: Int, pointsMax: Int) {
        let table = SeriesTable(
            rows(.init(repeating: 1, count: count)), of: Self.memory, cpus: nil, stepSeconds: 300, pointsMax: pointsMax)
        #expect(table.times.count <= pointsMax && table.times.count > pointsMax / 3)
        #expect(table.binSeconds % 300 == 0 && table.samples.reduce(0, +) == count * 60)
    }

    @Test func withoutCPUsThereIsNoLoadOfOne() throws {
        let load = try #require(ShownQuantity.all.first { $0.name == "load_per_cpu" })
        var values = MetricVector()
        values[.loadAverage] = 4
        #expect(load.value(in: values, cpus: 8) == 0.5 && load.value(in: values, cpus: nil) == nil)
    }
}
