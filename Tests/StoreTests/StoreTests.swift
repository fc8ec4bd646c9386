import Daemon
import Foundation
import Insight
import Telemetry
import Testing

@testable import Store

/// What every caller relies on: what was answered is there, once, and its steps are its means.
struct StoreTests {
    let scene = Scene()

    @Test func samplesComeBackAsTheyWereSent() throws {
        let store = try scene.open()
        var record = sample("ppdb001", Scene.noon + 0.25, boot: "boot-a", sequence: 7)
        record.state = .heavyLoad
        record.cpus = 16
        record.labels = ["rack": "b\"7", "site": "north"]
        record.missing = [.javaCPU: "no permission"]
        let outcome = try store.ingestAndWait(scene.batch([record]))
        #expect(outcome == IngestOutcome(accepted: 1, hostsTracked: 1))

        let host = try #require(store.host(named: "ppdb001"))
        #expect(host.profile == .database)
        #expect(host.code == 215_733)
        #expect(host.cpus == 16)
        #expect(host.labels == record.labels)
        #expect(try store.latest(host) == record)
        let stored = try store.samples(of: host, from: 0, to: .infinity)
        #expect(stored.map(\.values) == [record.values])
        #expect(stored.map(\.state) == [.heavyLoad])
        #expect(stored.map(\.sequence) == [7])
        #expect(stored.map(\.bootID) == ["boot-a"])
        #expect(stored.map(\.time) == [record.time])
        store.close()
        #expect(store.health() == .closed)
        #expect(throws: StoreError.closed) { try store.ingestAndWait(scene.batch([record])) }
        #expect(throws: StoreError.closed) { try store.samples(of: host, from: 0, to: 1) }
    }

    @Test(arguments: [1, 3, 60, 300])
    func duplicatesAreCountedAndStoredOnce(batchSize: Int) throws {
        let store = try scene.open()
        let records = samples("web", from: Scene.noon, count: 300)
        for begin in stride(from: 0, to: 300, by: batchSize) {
            let batch = scene.batch(Array(records[begin..<begin + batchSize]))
            #expect(try store.ingestAndWait(batch).duplicates == 0)
            #expect(try store.ingestAndWait(batch).duplicates == batchSize)
        }
        #expect(try store.ingestAndWait(scene.batch(records)).duplicates == 300)
        let host = try #require(store.host(named: "web"))
        #expect(try store.samples(of: host, from: 0, to: .infinity).map(\.time) == records.map(\.time))
        #expect(try store.steps(of: host, from: 0, to: .max).map(\.samples) == [60, 60, 60, 60, 60])
        #expect(store.counters().samplesStored == 300)
    }

    @Test func duplicatesWithinOneBatch() throws {
        let store = try scene.open()
        let one = sample("web", Scene.noon)
        let outcome = try store.ingestAndWait(scene.batch([one, one, sample("web", Scene.noon + 5), one]))
        #expect(outcome == IngestOutcome(accepted: 4, duplicates: 2, hostsTracked: 1))
    }

    @Test func aBatchOfManyHosts() throws {
        let store = try scene.open()
        let records = (0..<40).flatMap { host in samples("web\(host)", from: Scene.noon, count: 2) }.shuffled()
        let outcome = try store.ingestAndWait(scene.batch(records))
        #expect(outcome == IngestOutcome(accepted: 80, hostsTracked: 40))
        #expect(store.hosts().count == 40)
        #expect(store.hosts().map(\.name) == store.hosts().map(\.name).sorted())
    }

    @Test func recentMeanIsOfTheLastMinute() throws {
        let store = try scene.open()
        let records = samples("web", from: Scene.noon, count: 30)
        for record in records { try store.ingestAndWait(scene.batch([record])) }
        let host = try #require(store.host(named: "web"))
        let mean = try #require(try store.recentMean(host))
        let expected = records.suffix(12).compactMap { $0.values[.memoryUsed] }.reduce(0, +) / 12
        #expect(abs((mean[.memoryUsed] ?? 0) - expected) < 1e-9)
        #expect(mean[.javaCPU] == nil)
    }

    /// One sample from a clock that ran ahead does not stand for the host until its time has come.
    @Test(arguments: [false, true]) func aSampleOfTheFutureWaitsForItsTime(isSettled: Bool) throws {
        let store = try scene.open()
        let records = samples("web", from: Scene.noon, count: 30)
        let now = Scene.noon + 146
        try store.ingestAndWait(scene.batch([sample("web", now + 300, value: 99)]))
        for record in records { try store.ingestAndWait(scene.batch([record])) }
        if isSettled { try store.settle() }
        let host = try #require(store.host(named: "web"))
        func memory(_ seconds: Double, until: Double) throws -> Double? {
            try store.recentMean(host, seconds: seconds, until: until)?[.memoryUsed]
        }
        // The window ends 5 seconds after `until`: it holds what came in the last minute less 6 seconds.
        let expected = records.suffix(11).compactMap { $0.values[.memoryUsed] }.reduce(0, +) / 11
        #expect(abs((try memory(60, until: now) ?? 0) - expected) < 1e-9)
        #expect(try memory(60, until: now + 3600) == 99)
        #expect(try store.recentMean(host)?[.memoryUsed] == 99)
        // Nothing of late: the newest one before the future counts, as it would without that.
        #expect(try memory(5, until: now + 200) == records.last?.values[.memoryUsed])
        #expect(try memory(60, until: Scene.noon - 10) == nil)

        #expect(try store.latest(host)?.time == now + 300)
        #expect(try store.latest(host, until: now) == records.last)
        #expect(try store.latest(host, until: now + 295)?.time == now + 300)
        #expect(try store.latest(host, until: now - 60)?.time == Scene.noon + 90)
        #expect(try store.latest(host, until: Scene.noon - 10) == nil)
    }

    @Test func aHundredThreadsShareCommits() throws {
        let store = try scene.open()
        DispatchQueue.concurrentPerform(iterations: 100) { thread in
            for batch in 0..<10 {
                let records = samples("web\(thread)", from: Scene.noon + Double(batch) * 15, count: 3)
                let outcome = try? store.ingestAndWait(scene.batch(records))
                #expect(outcome?.accepted == 3 && outcome?.duplicates == 0)
            }
        }
        let counters = store.counters()
        #expect(counters.samplesStored == 3000)
        #expect(counters.batches == 1000)
        #expect(counters.waitingRecords == 0 && counters.waitingBatches == 0)
        #expect(counters.commits <= 1000 && counters.commitTimes.count == counters.commits)
        #expect(try scene.shell("SELECT count(*) FROM sample") == ["3000"])
    }

    @Test func aFullQueueIsBusy() throws {
        let store = try scene.open { $0.waitingRecordsMax = 10 }
        let answers = Answers()
        // The first completion holds the writer until all others have been turned away or queued.
        let gate = DispatchSemaphore(value: 0)
        store.ingest(scene.batch([sample("web", Scene.noon)])) { _ in gate.wait() }
        while store.counters().commits == 0 { usleep(1000) }
        for index in 1...20 {
            store.ingest(scene.batch([sample("web", Scene.noon + Double(index) * 5)])) { answers.add($0) }
        }
        gate.signal()
        while answers.all.count < 20 { usleep(1000) }
        let busy = answers.all.filter { $0 == .failure(.busy(waitingRecords: 10)) }
        #expect(busy.count == 10)
        #expect(store.counters().busyRefusals == 10)
        #expect(store.counters().samplesStored == 11)
    }

    static let explanation = """
        host profile:100000
        past mem_used_pct:60000 hour:40000
        ahead hour:100000
        attention 70000 10000
        coming 20000
        """

    @Test func forecastsReplaceEachOther() throws {
        let store = try scene.open()
        try store.ingestAndWait(scene.batch((0..<100).map { sample("web\($0)", Scene.noon) }))
        let hosts = store.hosts()
        #expect(try store.forecast(hosts[0]) == nil)
        for round in 0..<2 {
            let all = hosts.enumerated().map { index, host in
                let values = [Float](repeating: Float(index + round), count: Forecast.valueCount)
                var forecast = Forecast(firstStep: round * 300, historySteps: 288, model: "m", values: values)
                forecast.voices = [Self.voice]
                if round == 1 { forecast.explanation = Explanation(text: Self.explanation) }
                let kept = KeptForecast(
                    serverID: host.serverID, firstStep: round * 300, model: "m", values: KeptForecast.scored(values),
                    modelValues: index % 2 == 0 ? nil : KeptForecast.scored(values.map { $0 + 1 }),
                    damped: [Float](repeating: 7, count: KeptForecast.pointCount))
                return (forecast: forecast, kept: kept)
            }
            try store.saveForecasts(all)
        }
        store.close()
        let again = try scene.open()
        let forecast = try #require(try again.forecast(hosts[42]))
        #expect(forecast.firstStep == 300)
        #expect(forecast.historySteps == 288)
        #expect(forecast.values == [Float](repeating: 43, count: Forecast.valueCount))
        #expect(forecast.voices == [Self.voice])
        #expect(try #require(forecast.explanation).text == Self.explanation)
        var kept: [KeptForecast] = []
        for firstStep in [0, 300] { try again.keptForecasts(firstStep: firstStep) { kept.append($0) } }
        #expect(kept.count == 200)
        let own = kept.filter { $0.serverID == hosts[43].serverID }
        #expect(own.map { $0.values[0] } == [43, 44])
        #expect(own.map { $0.modelValues?[0] } == [44, 45])
        #expect(own.allSatisfy { $0.damped[69] == 7 })
    }

    private static let voice = Forecast.Voice(metric: .memoryUsed, shares: [0, 0.25, 0.5, 1, 1], simple: .yesterday)

    @Test func liveRecordsSurvive() throws {
        let store = try scene.open()
        var record = LiveRecord()
        record.add(.swapUsed, horizon: 3, model: 2, simple: [1, nil, 3, 4])
        try store.save([7: record, .max: LiveRecord()])
        store.close()
        #expect(try scene.open().liveRecords() == [7: record, .max: LiveRecord()])
    }
}

private final class Answers: Sendable {
    private let answers = Locked<[Result<IngestOutcome, StoreError>]>([])
    var all: [Result<IngestOutcome, StoreError>] { answers.withLock { $0 } }
    func add(_ answer: Result<IngestOutcome, StoreError>) { answers.withLock { $0.append(answer) } }
}
