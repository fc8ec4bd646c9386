import Forecasting
import Foundation
import Testing

@testable import Training

struct DirectTrainerTests {
    static func table(steps: Int = 1500, noise: Float = 0) throws -> SeriesTable {
        var table = try SeriesTable(columns: ["value"], stepSeconds: 900)
        for s in 0..<2 {
            var random = PlacedRandom(seed: 4, s)
            let values = (0..<steps).map { Float(sin(2 * .pi * Double($0 + 5 * s) / 48)) + noise * random.normal() }
            try table.add(
                "s\(s)", start: 1_467_331_200, steps: steps, values: values, category: Int32(s + 1))
        }
        return table
    }

    static func spec(context: Int = 48) -> WindowSpec {
        WindowSpec(
            targets: [0], floors: [0.1], isAsinh: true, seriesClasses: .init(name: "column", words: ["a", "b"]),
            context: context, horizon: 8, season: 48, quantiles: [0.1, 0.5, 0.9])
    }

    static func settings(steps: Int) -> DirectSettings {
        var settings = DirectSettings()
        (settings.hidden, settings.batch, settings.steps, settings.warmUpSteps) = (16, 32, steps, 10)
        (settings.rate, settings.validationSteps, settings.validationWindows) = (5e-3, 200, 32)
        (settings.validateEvery, settings.seconds) = (50, 600)
        return settings
    }

    @Test func learnsAWave() throws {
        let table = try Self.table()
        let trainer = try DirectTrainer(table, Self.spec(), Self.settings(steps: 250), pool: WorkerPool(workers: 2))
        let result = try trainer.run { _ in true }
        #expect(result.steps == 250)
        #expect(result.validation.skill > 0.8, "\(result)")
        let forecast = trainer.forecast([Window(series: 0, origin: 1400, context: 48)])[0]
        for step in 0..<8 {
            let row = Array(forecast[step * 3..<step * 3 + 3])
            #expect(row == row.sorted())
            #expect(abs(row[1] - table.series[0].values[1400 + step]) < 0.25)
        }
    }

    @Test func theSameSeedGivesTheSameBitsOnAnyNumberOfThreads() throws {
        let table = try Self.table(noise: 0.1)
        func answer(workers: Int, seed: UInt64) throws -> [Float] {
            var settings = Self.settings(steps: 5)
            settings.seed = seed
            let trainer = try DirectTrainer(table, Self.spec(), settings, pool: WorkerPool(workers: workers))
            _ = try trainer.run { _ in true }
            return trainer.forecast([Window(series: 1, origin: 900, context: 48)])[0]
        }
        let one = try answer(workers: 1, seed: 5)
        #expect(try answer(workers: 2, seed: 5) == one)
        #expect(try answer(workers: 2, seed: 6) != one)
    }

    /// Every gradient against a difference of losses.
    @Test func gradientsAreTheLosssOwn() {
        let network = DirectNetwork(inputs: 5, hidden: 4, steps: 2, levels: 3)
        var parameters = network.initialised(seed: 3, quantiles: [0.25, 0.5, 0.75])
        var random = PlacedRandom(seed: 9, 1)
        for i in parameters.indices { parameters[i] += 0.3 * random.normal() }
        let pass = DirectPass(network, rows: 3, quantiles: [0.25, 0.5, 0.75], isLearning: true)
        for i in 0..<15 { pass.x[i] = random.normal() }
        for i in 0..<6 { pass.wanted[i] = 3 * random.normal() }
        pass.wanted[4] = .nan
        for row in 0..<3 { pass.weights[row] = Float(row) + 0.5 }
        func loss(_ parameters: [Float]) -> Double {
            var unused = PlacedRandom(seed: 1, 1)
            pass.forward(parameters, &unused)
            return pass.learn(parameters, scale: 0.5, dropout: 0)
        }
        _ = loss(parameters)
        let gradients = Array(UnsafeBufferPointer(start: pass.gradients, count: network.count))
        for i in stride(from: 0, to: network.count, by: 3) {
            var (up, down) = (parameters, parameters)
            up[i] += 1e-3
            down[i] -= 1e-3
            let slope = (loss(up) - loss(down)) / 2e-3 * 0.5
            #expect(abs(slope - Double(gradients[i])) < 2e-2 * max(1, abs(slope)), "\(i)")
        }
    }

    /// Without a season, the network starts from the newest value.
    @Test func aWalkStartsWhereItStands() throws {
        var table = try SeriesTable(columns: ["value"], stepSeconds: 60)
        var (random, at): (PlacedRandom, Float) = (PlacedRandom(seed: 2, 0), 0)
        let values = (0..<900).map { _ -> Float in
            at += random.normal()
            return at
        }
        try table.add("walk", start: 0, steps: 900, values: values)
        var spec = Self.spec()
        (spec.season, spec.seriesClasses) = (nil, nil)
        let trainer = try DirectTrainer(table, spec, Self.settings(steps: 1), pool: WorkerPool(workers: 1))
        let forecast = trainer.forecast([Window(series: 0, origin: 800, context: 48)])[0]
        for step in 0..<8 { #expect(abs(forecast[3 * step + 1] - values[799]) < 4) }
    }

    /// Gaps, a window that reaches before the first step, a past of nothing.
    @Test func oddWindowsAreAnswered() throws {
        var table = try SeriesTable(columns: ["value"], stepSeconds: 900)
        let values = (0..<400).map { $0 < 100 || $0 % 7 == 0 ? Float.nan : 5 }
        try table.add("odd", start: 0, steps: 400, values: values)
        let trainer = try DirectTrainer(
            table, Self.spec(context: 96), Self.settings(steps: 30), pool: WorkerPool(workers: 1))
        _ = try trainer.run { _ in true }
        let answers = trainer.forecast([90, 150, 400].map { Window(series: 0, origin: $0, context: 96) })
        #expect(answers[0].allSatisfy { $0.isNaN })
        #expect(answers[1].allSatisfy { $0.isFinite } && answers[2].allSatisfy { $0.isFinite })
    }

    /// More than it may show step by step is shown as means; the newest value is always there.
    @Test func aLongPastIsShownAsMeans() throws {
        let table = try Self.table(steps: 4000)
        let inputs = DirectInputs(table, Self.spec(context: 2000))
        var x = [Float](repeating: .nan, count: inputs.count)
        let found = x.withUnsafeMutableBufferPointer { x in
            x.baseAddress.flatMap { inputs.fill($0, table.series[0], origin: 3000) }
        }
        let scales = try #require(found)
        #expect(x.allSatisfy { $0.isFinite })
        #expect(x.count < 800)
        let newest = (table.series[0].values[2999] - scales.centre) / scales.spread
        #expect(abs(x[inputs.newest] - asinhf(newest)) < 1e-6)
    }

    /// One column's outage as long as a window's past must not cost the others their training.
    @Test func anOutageIsNotValidatedOn() throws {
        var table = try SeriesTable(columns: ["value"], stepSeconds: 900)
        for s in 0..<2 {
            let values = (0..<1500).map { step -> Float in
                s == 1 && step > 1000 ? .nan : Float(sin(2 * .pi * Double(step) / 48))
            }
            try table.add("s\(s)", start: 1_467_331_200, steps: 1500, values: values, category: Int32(s + 1))
        }
        let trainer = try DirectTrainer(table, Self.spec(), Self.settings(steps: 150), pool: WorkerPool(workers: 1))
        let result = try trainer.run { _ in true }
        #expect(result.validation.model.isFinite)
        #expect(result.bestStep > 0)
    }
}
