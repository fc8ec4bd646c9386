import API
import Daemon
import Foundation
import Insight
import Lifecycle
import Risk
import Store
import Telemetry
import TestSupport
import Testing

@testable import CollectorApp

/// The decisions about models, with scores that are made up and a clock that is set.
struct ModelLifeTests {
    static let noon = 1_767_614_400
    static let shipped = Fixture.root + "/../../Collector/Models/hosts"

    let folder: TemporaryFolder
    let now = Locked(Double(Self.noon))
    let store: Store
    let forecaster: Forecaster
    let scoreboard: Scoreboard
    let life: ModelLife
    let other: String
    let said = Locked<[String]>([])

    /// The shipped model is in use; another, with the same weights, is on the shelf.
    init() throws {
        folder = try TemporaryFolder()
        let (now, said) = (now, said)
        let clock = Clock { now.withLock { $0 } }
        let log = Log { _, line in said.withLock { $0.append(line) } }
        var configuration = CollectorConfiguration()
        configuration.state = folder.path
        store = try Store(directory: folder.path, clock: clock)
        let steps = StepClock(graceSeconds: 20)
        let thresholds = try ThresholdDesk(configuration.risk, store: store, clock: clock, log: log)
        let alerts = try AlertKeeper(configuration.alerts, store: store, clock: clock, log: log) { _ in [] }
        let scorer = Scorer(
            store: store, board: FleetBoard(), thresholds: thresholds, alerts: alerts, standings: try Standings(store),
            steps: steps, playbook: configuration.playbook, log: log)
        scoreboard = Scoreboard(store: store, keptSeconds: 172_800, log: log)
        forecaster = Forecaster(
            store: store, scorer: scorer, scoreboard: scoreboard, steps: steps, clock: clock, log: log)
        life = ModelLife(configuration, store: store, forecaster: forecaster, clock: clock, log: log)
        let copy = try Self.variant()
        other = try life.shelf.add(copy.path).id
        life.start()
    }

    /// The shipped model under another id: its configuration has a line more.
    static func variant() throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        for name in ["config.json", "model.safetensors", "sample.json"] {
            try FileManager.default.copyItem(atPath: "\(shipped)/\(name)", toPath: "\(copy.path)/\(name)")
        }
        let config = try FileHandle(forWritingTo: URL(filePath: "\(copy.path)/config.json"))
        try config.seekToEnd()
        try config.write(contentsOf: Data("\n".utf8))
        return copy
    }

    private var label: String { forecaster.status.model ?? "" }
    private func labelOfOther() throws -> String { try ModelCard(folder: life.shelf.path(of: other)).label }
    private var deeds: [String] { life.shelf.journal.entries().map { "\($0.deed.rawValue) \($0.id)" } }

    private func choose(_ id: String, _ deed: ModelJournal.Deed = .used) throws {
        try life.shelf.choose(id, who: "ann", why: "test", deed: deed, now: now.withLock { $0 })
        life.look(now: now.withLock { $0 })
    }

    /// A day of truths at every horizon.
    private func score(_ change: (inout StepScores, _ horizon: Int) -> Void) throws {
        for hour in 0..<25 {
            var scores = StepScores()
            for horizon in KeptForecast.horizons { change(&scores, horizon) }
            try store.add(scores, ofStep: Self.noon + hour * 3600)
        }
        now.withLock { $0 += 25 * 3600 }
    }

    private func scoreTrial(_ ratio: Double) throws {
        let (champion, challenger) = (label, try labelOfOther())
        try score { scores, horizon in
            let key = TrialKey(challenger: challenger, champion: champion, metric: .memoryUsed, horizon: horizon)
            scores.trial[key] = .init(count: 30, model: ratio * 30, simple: 30)
        }
    }

    private func scoreAlone(_ label: String, _ ratio: Double) throws {
        try score { scores, horizon in
            var sums = AccuracySums()
            sums.count = 100
            for index in sums.duels.indices { sums.duels[index] = .init(count: 100, model: ratio * 50, simple: 50) }
            scores.alone[ModelAccuracyKey(model: label, metric: .memoryUsed, horizon: horizon)] = sums
        }
    }

    private func beginTrial() throws {
        try life.shelf.set(ModelTrial(id: other, since: now.withLock { $0 }))
        life.look(now: now.withLock { $0 })
        #expect(life.report().trial?.id == other)
        #expect(deeds == ["challenger \(other)"])
    }

    private func samples(from: Int, to: Int) throws {
        let records = stride(from: from, to: to, by: 60).map { time in
            var values = MetricVector()
            for metric in Metric.allCases { values[metric] = 20 + Double((time / 300 * 7 + metric.rawValue) % 9) }
            return Record(host: "ppdb001", time: Double(time), values: values)
        }
        try store.ingestAndWait(IngestBatch(records: records, receivedAt: Double(to), intervalSeconds: 60))
    }

    /// A folder outside the shelf may be trained anew.
    @Test func aCardIsReadAgainWhenItsFilesChange() throws {
        let folder = try Self.variant()
        let cards = ModelCards(life.shelf)
        let first = try cards.card(ofFolder: folder.path).get()
        #expect(try cards.card(ofFolder: folder.path).get().id == first.id)
        let config = URL(filePath: "\(folder.path)/config.json")
        try (Data(contentsOf: config) + Data("\n".utf8)).write(to: config)
        #expect(try cards.card(ofFolder: folder.path).get().id != first.id)
    }

    /// A model that looks back further than a day is shown what it can look at.
    @Test func aModelSeesAllOfThePastThatItAsksFor() throws {
        let long = try Self.variant()
        let config = URL(filePath: "\(long.path)/config.json")
        let text = try String(contentsOf: config, encoding: .utf8)
        let longer = text.replacing(/"max_encoder_length": ?288/, with: "\"max_encoder_length\": 320")
        try #require(longer != text)
        try longer.write(to: config, atomically: true, encoding: .utf8)
        #expect(forecaster.load(folder: long.path) == nil)
        for hour in 1...26 { try samples(from: Self.noon - hour * 3600, to: Self.noon - (hour - 1) * 3600) }
        now.withLock { $0 += 30 }
        forecaster.look(now: Double(Self.noon) + 30)
        let host = try #require(store.host(named: "ppdb001"))
        #expect(try store.forecast(host)?.historySteps == 312)
    }

    /// From samples to forecasts, to truths, to scores: the same weights under another name are neither better nor
    /// worse, and nobody but the trial hears of them.
    @Test func aChallengerForecastsUnheardAndIsScoredBesideTheOther() throws {
        try beginTrial()
        try samples(from: Self.noon - 7200, to: Self.noon)
        scoreboard.look(now: Double(Self.noon))
        now.withLock { $0 += 30 }
        forecaster.look(now: Double(Self.noon) + 30)
        let host = try #require(store.host(named: "ppdb001"))
        let shadow = try #require(try store.shadows(firstStep: Self.noon)[host.serverID])
        #expect(shadow.model == (try labelOfOther()))
        #expect(try store.forecast(host)?.model == label)
        #expect(forecaster.challengerSeconds > 0)

        try samples(from: Self.noon, to: Self.noon + 5400)
        now.withLock { $0 = Double(Self.noon + 5400) }
        for _ in 0..<4 { scoreboard.look(now: Double(Self.noon + 5400)) }
        life.look(now: Double(Self.noon + 5400))
        let numbers = try #require(life.report().trial?.numbers)
        #expect(numbers.pairs == 2 * Metric.count && numbers.byHorizon.keys.sorted() == [6, 12])
        #expect(abs((numbers.ratio ?? 0) - 1) < 1e-6)
        #expect(scoreboard.board(days: 1).sums.keys.allSatisfy { $0.model == label })
    }

    @Test func aBetterChallengerTakesOver() throws {
        try beginTrial()
        try scoreTrial(0.9)
        life.look(now: now.withLock { $0 })
        #expect(deeds == ["challenger \(other)", "took_over \(other)"], "\(said.withLock { $0 })")
        #expect(label == (try labelOfOther()) && life.report().inUse == other && life.report().trial == nil)
        #expect(life.shelf.trial() == nil && life.shelf.current()?.previous == "shipped")
        #expect(life.shelf.journal.entries().last?.why.contains("10 % lower than the model's in use") == true)
        #expect(life.report().models.map(\.role) == [.previous, .inUse])
    }

    /// A folder lies where the choice is to be written.
    @Test func aTrialStaysUntilItsOutcomeIsWritten() throws {
        try beginTrial()
        let obstacle = "\(life.shelf.folder)/current"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
        try scoreTrial(0.9)
        life.look(now: now.withLock { $0 })
        #expect(life.shelf.trial()?.id == other && life.report().inUse == "shipped")
        #expect(said.withLock { $0.contains { $0.contains("could not be written down") } })
        try FileManager.default.removeItem(atPath: obstacle)
        try store.add(StepScores(), ofStep: Self.noon + 25 * 3600)
        life.look(now: now.withLock { $0 })
        #expect(life.report().inUse == other && life.shelf.trial() == nil, "\(said.withLock { $0 })")
    }

    @Test func aWorseOneIsRetired() throws {
        try beginTrial()
        let before = label
        try scoreTrial(0.99)
        life.look(now: now.withLock { $0 })
        #expect(deeds.last == "retired \(other)" && label == before && life.report().trial == nil)
        life.look(now: now.withLock { $0 })
        #expect(deeds.count == 2)
    }

    @Test func aTrialShowsItsNumbersWhileItGoesOn() throws {
        try beginTrial()
        let (champion, challenger) = (label, try labelOfOther())
        var scores = StepScores()
        scores.trial[TrialKey(challenger: challenger, champion: champion, metric: .memoryUsed, horizon: 6)] =
            .init(count: 10, model: 5, simple: 10)
        try store.add(scores, ofStep: Self.noon)
        life.look(now: now.withLock { $0 })
        let trial = try #require(life.report().trial)
        #expect(trial.numbers.ratio == 0.5 && trial.numbers.pairs == 10 && trial.why.contains("0 of 24 hours"))
    }

    @Test func aModelThatFailsMakesWay() throws {
        try scoreAlone(label, 0.7)
        try choose(other)
        try FileManager.default.createDirectory(atPath: folder.path + "/x", withIntermediateDirectories: true)
        try store.add(StepScores(), ofStep: Self.noon + 25 * 3600)
        let bad = try labelOfOther()
        for hour in 26..<51 {
            var scores = StepScores()
            for horizon in KeptForecast.horizons {
                var sums = AccuracySums()
                sums.count = 100
                for index in sums.duels.indices { sums.duels[index] = .init(count: 100, model: 60, simple: 50) }
                scores.alone[ModelAccuracyKey(model: bad, metric: .memoryUsed, horizon: horizon)] = sums
            }
            try store.add(scores, ofStep: Self.noon + hour * 3600)
        }
        now.withLock { $0 += 26 * 3600 }
        life.look(now: now.withLock { $0 })
        #expect(deeds == ["used \(other)", "rolled_back shipped"], "\(said.withLock { $0 })")
        let why = try #require(life.shelf.journal.entries().last?.why)
        #expect(why.contains("20 % worse") && why.contains("shipped was 30 % better"))
        #expect(life.report().inUse == "shipped" && life.shelf.current()?.previous == other)
    }

    @Test func aModelThatCannotBeLoadedIsRefusedAndTheOtherStays() throws {
        let before = label
        let weights = URL(filePath: "\(life.shelf.path(of: other))/model.safetensors")
        try Data(contentsOf: weights).prefix(5000).write(to: weights)
        try choose(other)
        #expect(label == before && life.report().inUse == "shipped" && life.shelf.current() == nil)
        #expect(deeds == ["refused \(other)"])
        #expect(life.shelf.journal.entries().last?.why.contains("truncated") == true)
        let model = try #require(life.report().models.last)
        #expect(model.id == other && model.card == nil && model.problem?.contains("truncated") == true)
        // The same with one on trial.
        try life.shelf.set(ModelTrial(id: other, since: 5))
        life.look(now: now.withLock { $0 })
        #expect(life.shelf.trial() == nil && deeds == ["refused \(other)", "refused \(other)"])
    }

    /// A start with a chosen model that has been damaged since.
    @Test func aStartGoesBackToWhatCanBeLoaded() throws {
        try choose(other)
        let weights = URL(filePath: "\(life.shelf.path(of: other))/model.safetensors")
        try Data(contentsOf: weights).prefix(5000).write(to: weights)
        life.start()
        #expect(life.report().inUse == "shipped" && label.hasPrefix("hosts@"))
        #expect(life.shelf.current()?.id == "shipped" && deeds.last == "refused \(other)")
    }
}
