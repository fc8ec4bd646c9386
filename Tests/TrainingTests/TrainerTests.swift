import Forecasting
import Foundation
import TFT
import Testing

@testable import Training

/// Tables that are easy to know everything about.
enum Tables {
    /// Waves of their own phase and height on a step of 5 minutes, a day long; `noise` of their height.
    static func waves(series: Int = 4, steps: Int = 2000, period: Double = 48, noise: Float = 0) throws -> SeriesTable {
        var table = try SeriesTable(columns: ["wave", "other"], stepSeconds: 300)
        for s in 0..<series {
            var random = PlacedRandom(seed: 3, s)
            var values = [Float](repeating: 0, count: 2 * steps)
            for t in 0..<steps {
                let phase = 2 * .pi * Double(t) / period + Double(s)
                values[t] = 50 + Float(5 + s) * (Float(sin(phase)) + noise * random.normal())
                values[steps + t] = 20 + Float(cos(phase)) * 3
            }
            try table.add("series\(s)", start: 1_760_000_000, steps: steps, values: values, category: Int32(s % 2 + 1))
        }
        return table
    }

    static func spec(context: Int = 48, horizon: Int = 12) -> WindowSpec {
        WindowSpec(
            targets: [0, 1], floors: [0.1, 0.1], seriesClasses: .init(name: "kind", words: ["odd", "even"]),
            context: context, horizon: horizon, quantiles: [0.1, 0.5, 0.9])
    }

    static func settings(steps: Int) -> TrainerSettings {
        var settings = TrainerSettings()
        (settings.hidden, settings.hiddenContinuous, settings.heads) = (8, 4, 2)
        (settings.batch, settings.steps, settings.validateEvery, settings.warmUpSteps) = (32, steps, 50, 10)
        (settings.validationWindows, settings.rate) = (32, 5e-3)
        return settings
    }

    static func folder() throws -> String {
        let url = FileManager.default.temporaryDirectory.appending(path: "train-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path()
    }
}

struct TrainerTests {
    @Test func learnsAWaveBetterThanPersistence() throws {
        let table = try Tables.waves()
        var settings = Tables.settings(steps: 300)
        settings.heldOut = ["series3"]
        let trainer = try Trainer(table, Tables.spec(), settings)
        var first: Double?
        var last = 0.0
        let result = try trainer.run {
            first = first ?? $0.loss
            last = $0.loss
            return true
        }
        #expect(result.steps == 300)
        #expect(last < (first ?? 0) / 2)
        #expect(result.validation.skill > 0.6, "\(result)")
        #expect((result.heldOut?.skill ?? 0) > 0.4, "\(result)")
        // And in the columns' own units.
        let window = Window(series: 0, origin: 1900, context: 48)
        let forecast = trainer.forecast([window])[0]
        let errors = (0..<12).map { abs(forecast[$0 * 3 + 1] - table.series[0].values[1900 + $0]) }
        #expect(errors.allSatisfy { $0 < 4 }, "\(errors)")
        for step in 0..<12 {
            let row = Array(forecast[step * 3..<step * 3 + 3])
            #expect(row == row.sorted())
        }
    }

    @Test func theSameSeedGivesTheSameBitsOnAnyNumberOfThreads() throws {
        let table = try Tables.waves(noise: 0.1)
        func losses(workers: Int, seed: UInt64) throws -> [Double] {
            var settings = Tables.settings(steps: 4)
            settings.seed = seed
            let trainer = try Trainer(table, Tables.spec(), settings, pool: WorkerPool(workers: workers))
            return try (0..<4).map { _ in try trainer.step(rate: 1e-3) }
        }
        let one = try losses(workers: 1, seed: 5)
        #expect(try losses(workers: 2, seed: 5) == one)
        #expect(try losses(workers: 2, seed: 6) != one)
    }

    /// Noise, and steps far too long: it gets worse, until the rate has fallen.
    @Test func aPlateauLowersTheRate() throws {
        var table = try SeriesTable(columns: ["wave", "other"], stepSeconds: 300)
        var random = PlacedRandom(seed: 8, 0)
        try table.add("noise", start: 0, steps: 600, values: (0..<1200).map { _ in random.normal() }, category: 1)
        var settings = Tables.settings(steps: 60)
        (settings.schedule, settings.validateEvery, settings.rate) = (.plateau, 2, 0.2)
        let trainer = try Trainer(table, Tables.spec(), settings)
        #expect(trainer.rate(at: 1000, shareLeft: 0.25) == settings.rate)
        _ = try trainer.run { _ in true }
        #expect(trainer.state.rateShare < 0.5)
        #expect(trainer.rate(at: 1000, shareLeft: 0.25) == settings.rate * Float(trainer.state.rateShare))
        settings.schedule = .linear
        #expect(try Trainer(table, Tables.spec(), settings).rate(at: 1000, shareLeft: 0.25) == settings.rate * 0.25)
    }

    @Test func aKilledRunGoesOnBitForBit() throws {
        let table = try Tables.waves(noise: 0.1)
        let folder = try Tables.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func run(_ name: String, until stop: Int?, isResuming: Bool) throws -> [Float] {
            var settings = Tables.settings(steps: 40)
            (settings.validateEvery, settings.checkpoint, settings.isResuming) = (10, "\(folder)/\(name)", isResuming)
            let trainer = try Trainer(table, Tables.spec(), settings)
            _ = try trainer.run { $0.step < stop ?? .max }
            return Array(trainer.model.parameters)
        }
        let whole = try run("whole", until: nil, isResuming: false)
        _ = try run("part", until: 20, isResuming: false)
        #expect(try run("part", until: nil, isResuming: true) == whole)
    }

    @Test func aWrongCheckpointIsRefused() throws {
        let table = try Tables.waves()
        let folder = try Tables.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var settings = Tables.settings(steps: 2)
        settings.checkpoint = "\(folder)/run"
        _ = try Trainer(table, Tables.spec(), settings).run { _ in true }
        settings.isResuming = true
        _ = try Trainer(table, Tables.spec(), settings)
        var other = settings
        other.seed = 9
        #expect(throws: Trainer.Fault.self) { try Trainer(table, Tables.spec(), other) }
        // The same hosts and times, and other values.
        let measuredAnew = try Tables.waves(noise: 0.1)
        #expect(throws: Trainer.Fault.self) { try Trainer(measuredAnew, Tables.spec(), settings) }
        var bytes = try Data(contentsOf: URL(filePath: "\(folder)/run"))
        bytes[200] ^= 1
        try bytes.write(to: URL(filePath: "\(folder)/run"))
        let damage = #expect(throws: Trainer.Fault.self) { try Trainer(table, Tables.spec(), settings) }
        #expect(damage.map { "\($0)".contains("is damaged") } == true)
        try bytes[..<100].write(to: URL(filePath: "\(folder)/run"))
        let cut = #expect(throws: Trainer.Fault.self) { try Trainer(table, Tables.spec(), settings) }
        // Whoever runs it by schedule knows by these words that the checkpoint is no good.
        for fault in [damage, cut] { #expect("\(fault as Any)".contains("start without --resume")) }
    }

    @Test func whatCannotBeTrainedIsNamed() throws {
        let short = try Tables.waves(steps: 20)
        #expect(throws: Trainer.Fault.self) { try Trainer(short, Tables.spec(), Tables.settings(steps: 1)) }
        var settings = Tables.settings(steps: 1)
        settings.hidden = 9
        #expect(throws: Trainer.Fault.self) { try Trainer(try Tables.waves(), Tables.spec(), settings) }
        var spec = Tables.spec()
        spec.targets = [0, 7]
        #expect(throws: Trainer.Fault.self) { try Trainer(try Tables.waves(), spec, Tables.settings(steps: 1)) }
    }
}
