import Foundation
import Insight
import Store
import Telemetry
import Testing

@testable import Store

/// What is old goes, and what is kept stays right.
struct RetentionTests {
    let scene = Scene()

    @Test func rawSamplesGoAfterTwoDaysAndStepsAfterNinety() throws {
        let store = try scene.open { $0.sliceSeconds = 0 }
        for host in 0..<5 {
            try store.ingestAndWait(scene.batch(samples("web\(host)", from: Scene.noon, count: 120)))
            try store.ingestAndWait(scene.batch(samples("web\(host)", from: Scene.noon + 7200, count: 60)))
        }
        try store.settle()
        try store.retain()
        #expect(store.counters().samplesRemoved == 0)

        scene.now = Scene.noon + 48 * 3600 + 450
        try store.retain()
        let host = try #require(store.host(named: "web3"))
        #expect(try store.samples(of: host, from: 0, to: .infinity).count == 120)
        #expect(store.counters().samplesRemoved == 5 * 60)
        #expect(try store.steps(of: host, from: 0, to: .max).map(\.samples) == [60, 60, 60])

        scene.now = Scene.noon + 49 * 3600
        try store.retain()
        #expect(try store.samples(of: host, from: 0, to: .infinity).count == 60)
        #expect(try store.steps(of: host, from: 0, to: .max).map(\.samples) == [60, 60, 60])

        scene.now = Scene.noon + 90 * 86_400 + 600
        try store.retain()
        #expect(try store.samples(of: host, from: 0, to: .infinity).isEmpty)
        #expect(try store.steps(of: host, from: 0, to: .max).map(\.start) == [Int(Scene.noon) + 7200])
        #expect(store.counters().stepsRemoved == 10)
        #expect(try scene.shell("SELECT count(*) FROM step") == ["5"])
    }

    /// A year's data comes in through `import`, far older than raw samples are kept.
    @Test(arguments: [1, 60])
    func anOldImportIsCountedOnce(batchSize: Int) throws {
        let store = try scene.open { $0.stepSeconds = 800 * 86_400 }
        let records = samples("web", from: Scene.noon - 365 * 86_400, count: 120)
        func send() throws -> Int {
            try stride(from: 0, to: 120, by: batchSize).reduce(0) { duplicates, begin in
                let batch = scene.batch(Array(records[begin..<begin + batchSize]))
                return duplicates + (try store.ingestAndWait(batch).duplicates)
            }
        }
        try store.retain()
        #expect(try send() == 0)
        let host = try #require(store.host(named: "web"))
        // An import that is going on keeps its samples.
        try store.settle()
        try store.retain()
        #expect(try send() == 120)
        // And afterwards its steps are sealed.
        scene.now += 3600
        try store.retain()
        #expect(try store.samples(of: host, from: 0, to: .infinity).isEmpty)
        #expect(try send() == 120)
        #expect(try store.steps(of: host, from: 0, to: .max).map(\.samples) == [60, 60])
        #expect(try scene.shell("SELECT sum(samples) FROM step_means") == ["120"])
        // A step that never was is still made.
        let others = samples("web", from: Scene.noon - 365 * 86_400 + 900, count: 60)
        #expect(try store.ingestAndWait(scene.batch(others)).duplicates == 0)
        #expect(try store.steps(of: host, from: 0, to: .max).map(\.samples) == [60, 60, 60])
    }

    @Test func batchesAreAnsweredWhileOldRowsGo() throws {
        let store = try scene.open { $0.sliceSeconds = 0.001 }
        for host in 0..<50 {
            try store.ingestAndWait(scene.batch(samples("web\(host)", from: Scene.noon, count: 720)))
        }
        scene.now = Scene.noon + 72 * 3600
        let records = (0..<50).map { sample("web\($0)", scene.now) }
        let removing = Thread { try? store.retain() }
        removing.start()
        while store.counters().samplesRemoved < 50 * 720 {
            let time = scene.now
            scene.now += 5
            let outcome = try store.ingestAndWait(
                scene.batch(
                    records.map { record in
                        var record = record
                        record.time = time
                        return record
                    }))
            #expect(outcome.duplicates == 0)
        }
        #expect(store.counters().commits > 50)
    }
}
