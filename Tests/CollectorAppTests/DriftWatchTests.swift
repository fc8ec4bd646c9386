import Daemon
import Foundation
import Insight
import Lifecycle
import Store
import Telemetry
import TestSupport
import Testing

@testable import CollectorApp

struct DriftWatchTests {
    static let noon = 1_767_614_400
    let folder: TemporaryFolder
    let now = Locked(Double(Self.noon))
    let store: Store
    let watch: DriftWatch

    init() throws {
        folder = try TemporaryFolder()
        let now = now
        store = try Store(directory: folder.path, clock: Clock { now.withLock { $0 } })
        watch = DriftWatch(
            store: store, shelf: ModelShelf(state: folder.path, shipped: "/nowhere"), log: Log { _, _ in })
    }

    /// A day of a host's memory, waves between 40 and 60 and what is added to them.
    private func day(endingAt end: Int, plus: Double) throws {
        let records = stride(from: end - 86_400, to: end, by: 100).map { time in
            Record(
                host: "web", time: Double(time),
                values: [.memoryUsed: 50 + plus + 10 * sin(Double(time) / 7000), .uptime: Double(time) / 86_400])
        }
        try store.ingestAndWait(IngestBatch(records: records, receivedAt: Double(end), intervalSeconds: 100))
    }

    private func look(_ days: Int, _ card: ModelCard? = nil) throws -> DriftReport {
        let time = Double(Self.noon + days * 86_400)
        now.withLock { $0 = time }
        try watch.look(now: time, label: "m@1", card: card)
        return watch.report(days: 30, now: time, model: "m@1")
    }

    @Test func aModelThatDoesNotSayIsMeasuredAgainstTheFirstDay() throws {
        let none = try look(0)
        #expect(none.now == nil && none.words.contains("0 hours are there"))
        try day(endingAt: Self.noon + 86_400, plus: 0)
        let first = try look(1)
        #expect(first.reference == .firstDay && first.now?.state == .stable)
        #expect(first.now?.metrics.keys.sorted() == ["mem_used_pct"])
        try day(endingAt: Self.noon + 2 * 86_400, plus: 0)
        #expect(try look(2).now?.state == .stable)
        try day(endingAt: Self.noon + 3 * 86_400, plus: 30)
        let moved = try look(3)
        #expect(moved.now?.state == .changed && moved.words.hasPrefix("inputs changed: mem_used_pct "))
        #expect(moved.hours.map(\.hour) == (1...3).map { Self.noon + $0 * 86_400 })
        #expect(moved.hours.map { $0.state } == [.stable, .stable, .changed])
    }

    @Test func aCardsInputsAreTheMeasure() throws {
        let model = try ModelLifeTests.variant()
        let values = (0..<1000).map { Float($0) / 10 }
        try Data(ModelCard.bytes(madeAt: 1, command: "", inputs: InputDistribution(of: [.memoryUsed: values])))
            .write(to: URL(filePath: model.path + "/card.json"))
        try day(endingAt: Self.noon + 86_400, plus: 0)
        let report = try look(1, try ModelCard(folder: model.path))
        #expect(report.reference == .training && report.now?.state == .changed)
        #expect(try #require(report.now?.index) > 0.25)
    }

    @Test func skillThatIsLostIsSaid() throws {
        let history = (1...9).map {
            DriftRow(hour: Self.noon - $0 * 86_400, model: "m@1", subject: DriftRow.skill, value: 0.3)
        }
        try store.save(history + [DriftRow(hour: Self.noon, model: "m@1", subject: DriftRow.skill, value: 0.1)])
        try store.save([DriftRow(hour: Self.noon, model: "m@1", subject: "mem_used_pct", value: 0.02)])
        let report = watch.report(days: 30, now: Double(Self.noon), model: "m@1")
        #expect(abs(try #require(report.skillLost) - 0.2) < 1e-9)
        #expect(report.words == "inputs stable; skill changed")
        // Another model's past is not this one's.
        #expect(watch.report(days: 30, now: Double(Self.noon), model: "n@1").now == nil)
    }
}
