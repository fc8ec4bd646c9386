import Foundation
import Insight
import Telemetry
import Testing

@testable import Store

/// What the store keeps of models' lives.
struct StoreLifecycleTests {
    let scene = Scene()

    private func shadow(_ step: Double, _ value: Float, server: UInt64 = .max - 5) -> ShadowForecast {
        ShadowForecast(
            serverID: server, firstStep: Int(step), model: "new@1",
            values: .init(repeating: value, count: KeptForecast.valueCount))
    }

    @Test func aChallengersForecastsWaitForTheirTruth() throws {
        var store = try scene.open()
        let many = (0..<200).map { shadow(Scene.noon, Float($0), server: UInt64($0)) }
        try store.keep(many + [shadow(Scene.noon + 300, 7), shadow(Scene.noon + 300, 8)])
        store.close()
        store = try scene.open()
        #expect(try store.shadows(firstStep: Int(Scene.noon)).count == 200)
        #expect(try store.shadows(firstStep: Int(Scene.noon))[9] == many[9])
        #expect(try store.shadows(firstStep: Int(Scene.noon) + 300) == [.max - 5: shadow(Scene.noon + 300, 8)])
        #expect(try store.shadows(firstStep: 5).isEmpty)
        scene.now += 49 * 3600
        try store.retain()
        #expect(try scene.shell("SELECT count(*) FROM forecast_shadow") == ["0"])
    }

    @Test func scoresOfAStepAreAddedToTheirHour() throws {
        let store = try scene.open()
        let alone = ModelAccuracyKey(model: "old@1", metric: .memoryUsed, horizon: 6)
        let trial = TrialKey(challenger: "new@1", champion: "old@1", metric: .memoryUsed, horizon: 96)
        var scores = StepScores()
        scores.alone[alone] = AccuracySums()
        scores.alone[alone]?.count = 3
        scores.alone[alone]?.pinball = 1.5
        scores.alone[alone]?.duels[2] = .init(count: 2, model: 1, simple: 4)
        scores.trial[trial] = .init(count: 3, model: 0.5, simple: 0.75)
        for step in [0, 300, 3600] { try store.add(scores, ofStep: Int(Scene.noon) + step) }
        let noon = Int(Scene.noon)

        let all = try store.modelAccuracy(from: noon, to: noon + 7200)
        #expect(all[alone]?.count == 9 && all[alone]?.pinball == 4.5)
        #expect(all[alone]?.duels[2] == .init(count: 6, model: 3, simple: 12))
        #expect(try store.modelAccuracy(from: noon, to: noon + 3600)[alone]?.count == 6)
        let sums = try store.trial(of: "new@1", against: "old@1", from: noon, to: noon + 7200)
        #expect(sums.duels == [trial: .init(count: 9, model: 1.5, simple: 2.25)] && sums.hours == [96: 2])
        #expect(try store.trial(of: "new@1", against: "other", from: noon, to: noon + 7200) == TrialSums())
        #expect(try store.scoredUpTo() == noon + 3600)

        scene.now += 32 * 86_400
        try store.retain()
        #expect(try store.modelAccuracy(from: 0, to: .max).isEmpty)
        #expect(try scene.shell("SELECT count(*) FROM trial_score") == ["0"])
    }

    @Test func driftHasAHistoryOfBoundedLength() throws {
        let store = try scene.open()
        let hours = stride(from: Int(Scene.noon) - 40 * 86_400, through: Int(Scene.noon), by: 6 * 3600)
        let rows = hours.map { DriftRow(hour: $0, model: "m", subject: "mem_used_pct", value: Double($0 % 7)) }
        try store.save(rows)
        try store.save([DriftRow(hour: Int(Scene.noon), model: "m", subject: "mem_used_pct", value: 0.5)])
        try store.retain()
        let kept = try store.drift(from: 0)
        #expect(kept.first?.hour == Int(Scene.noon) - 31 * 86_400 && kept.count == 31 * 4 + 1)
        #expect(kept.last?.value == 0.5)
        #expect(try store.drift(from: Int(Scene.noon)).count == 1)
    }

    // MARK: Reading beside the collector

    @Test func settledStepsAreReadWhileTheStoreIsOpen() throws {
        let store = try scene.open()
        try store.ingestAndWait(scene.batch(samples("web", from: Scene.noon - 1200, count: 240)))
        try store.settle()
        // A batch that is too small to be settled at once.
        let few = samples("web", from: Scene.noon, count: 20, every: 15)
        try store.ingestAndWait(scene.batch(few))
        let host = try #require(store.host(named: "web"))

        let reading = try StoreReading(directory: scene.folder)
        #expect(reading.hosts.map(\.name) == ["web"])
        let range = (from: Int(Scene.noon) - 1500, to: Int(Scene.noon) + 600)
        let seen = try reading.steps(of: reading.hosts[0], from: range.from, to: range.to)
        let whole = try store.steps(of: host, from: range.from, to: range.to)
        // What has arrived and is not settled is not seen; what is seen is the same, and stays so when it settles.
        #expect(whole.count == 5 && seen == Array(whole.prefix(4)))
        try store.settle()
        #expect(try reading.steps(of: reading.hosts[0], from: range.from, to: range.to).prefix(4) == whole.prefix(4))
        let later = try StoreReading(directory: scene.folder)
        #expect(try later.steps(of: later.hosts[0], from: range.from, to: range.to) == whole)
        // The writer goes on, and so does a second reader.
        try store.ingestAndWait(scene.batch(samples("web", from: Scene.noon + 300, count: 60)))
        #expect(try StoreReading(directory: scene.folder).hosts.count == 1)
    }

    @Test func aFolderWithoutADatabaseSaysWhatToDo() throws {
        let error = #expect(throws: StoreError.self) { try StoreReading(directory: "/nowhere") }
        #expect("\(error as Any)".contains("No such file") && "\(error as Any)".contains("--state"))
        try scene.open().close()
        _ = try scene.shell("PRAGMA user_version = 99")
        let newer = #expect(throws: StoreError.self) { try StoreReading(directory: scene.folder) }
        #expect("\(newer as Any)".contains("version 99"))
        try Data("no database".utf8).write(to: URL(filePath: scene.folder + "/forewarn.sqlite"))
        #expect(throws: StoreError.self) { try StoreReading(directory: scene.folder) }
    }
}
