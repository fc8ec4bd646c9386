import Foundation
import Numerics
import Testing

@testable import TFT

/// A model, its chunks and one pass over them: what the tests of the backward pass share.
final class TilePassCase {
    let model: TrainedModel
    let chunks: [TrainingChunk]
    let gradients: UnsafeMutableBufferPointer<Float>
    /// How many numbers the mean loss is over.
    let count: Float
    var seed: UInt64 = 0

    init(_ model: TFTModel, _ batch: TFTBatch, wanted: [[Float]], dropout: Float = 0) {
        self.model = TrainedModel(model, dropout: dropout)
        gradients = .allocate(capacity: self.model.gradientCount)
        chunks = stride(from: 0, to: batch.hosts, by: TrainingChunk.windows).map { first in
            let chunk = TrainingChunk(model.config)
            chunk.load(batch, hosts: first..<min(first + TrainingChunk.windows, batch.hosts), wanted: wanted)
            return chunk
        }
        count = Float(chunks.reduce(0) { $0 + $1.wantedCount } * model.config.quantileCount)
    }

    deinit { gradients.deallocate() }

    /// The mean loss; with `isLearning`, its gradients by parameter.
    @discardableResult
    func run(isLearning: Bool) throws -> Double {
        let workspace = TileWorkspace(model)
        gradients.update(repeating: 0)
        var loss = 0.0
        for (i, chunk) in chunks.enumerated() {
            let pass = try #require(
                TilePass(
                    model, workspace, chunk, gradients: gradients, seed: seed, chunkIndex: i, isDropping: true))
            pass.forward()
            loss += isLearning ? pass.learn(scale: 1 / count) : pass.loss()
        }
        if isLearning { model.collect(gradients) }
        return loss / Double(count)
    }

    /// Of the loss along a direction in parameter space: central differences over two steps, extrapolated to none.
    func slope(along direction: [Float], step: Float) throws -> Double {
        let start = Array(model.parameters)
        func loss(_ distance: Float) throws -> Double {
            for i in start.indices { model.parameters[i] = start[i] + distance * direction[i] }
            model.refresh()
            return try run(isLearning: false)
        }
        func slope(_ step: Float) throws -> Double { (try loss(step) - loss(-step)) / Double(2 * step) }
        let (long, short) = (try slope(step), try slope(step / 2))
        _ = try loss(0)
        return (4 * short - long) / 3
    }
}

struct TilePassTests {
    private static func golden(_ name: String) throws -> (TFTModel, GoldenCase, Safetensors) {
        let folder = "\(GoldenFolder.root)/\(name)"
        let model = try TFTModel(folder: folder)
        let path = "\(folder)/\(GoldenCase.name)"
        return (model, try GoldenCase(path: path, config: model.config), try Safetensors(path: path))
    }

    /// `[host][target · D]`, in network space.
    private static func wanted(_ golden: GoldenCase, _ file: Safetensors, _ config: TFTConfig) throws -> [[Float]] {
        var wanted = [[Float]](repeating: [], count: golden.batch.hosts)
        for target in config.targets.indices {
            let values = try file.floats("in.target.\(target)")
            let scales = golden.targetScales[target]
            for host in wanted.indices {
                for step in 0..<config.decoderSteps {
                    let value = values[host * config.decoderSteps + step]
                    wanted[host].append((value - scales[host, 0]) / scales[host, 1])
                }
            }
        }
        return wanted
    }

    @Test(arguments: ["tiny", "ragged", "single", "fleet"])
    func answersAsThePlainPass(name: String) throws {
        let (model, golden, file) = try Self.golden(name)
        let trained = TilePassCase(model, golden.batch, wanted: try Self.wanted(golden, file, model.config))
        let workspace = TileWorkspace(trained.model)
        let plain = model.forward(golden.batch)
        var worst: Float = 0
        for (i, chunk) in trained.chunks.enumerated() {
            try #require(TilePass(trained.model, workspace, chunk, gradients: trained.gradients)).forward()
            for host in i * 16..<min(i * 16 + 16, golden.batch.hosts) {
                for (target, expected) in plain.quantiles.enumerated() {
                    for step in 0..<model.config.decoderSteps {
                        for q in 0..<model.config.quantileCount {
                            let found = workspace.answer(
                                target: target, quantile: q, step: step, lane: host % 16, model.config)
                            let error = abs(found - expected[host * model.config.decoderSteps + step, q])
                            worst = error.isNaN ? .infinity : max(worst, error)
                        }
                    }
                }
            }
        }
        #expect(worst < 1e-4)
    }

    /// Every tensor's gradient against PyTorch's, relative to the tensor's largest.
    @Test(arguments: ["tiny", "ragged", "fleet"])
    func gradientsAsTheReference(name: String) throws {
        let (model, golden, file) = try Self.golden(name)
        let trained = TilePassCase(model, golden.batch, wanted: try Self.wanted(golden, file, model.config))
        let loss = try trained.run(isLearning: true)
        let expectedLoss = try file.floats("loss")[0]
        #expect(abs(Float(loss) - expectedLoss) < 1e-5 * expectedLoss)
        var (worst, worstName, compared): (Float, String, Int) = (0, "", 0)
        for slot in model.layout.slots {
            let name = ([slot.name] + slot.aliases).first { file.entries["grad.\($0)"] != nil }
            let expected = try file.floats("grad.\(try #require(name, "\(slot.name)"))", shape: slot.shape)
            let found = trained.gradients[slot.range]
            let scale = max(expected.reduce(0) { max($0, abs($1)) }, 1e-6)
            let error = zip(found, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } / scale
            if error > worst || error.isNaN { (worst, worstName) = (error.isNaN ? .infinity : error, slot.name) }
            compared += slot.range.count
        }
        print("\(name): worst gradient error \(worst) in \(worstName), \(compared) numbers compared")
        #expect(worst < 1e-3, "\(worstName)")
        #expect(compared == model.layout.count)
    }

    /// Tensor by tensor along its own gradient, with dropout: the masks of both directions must be the same.
    @Test(arguments: [("tiny", Float(0)), ("ragged", 0), ("ragged", 0.25), ("tiny", 0.1)])
    func everyLayerAgreesWithFiniteDifferences(name: String, dropout: Float) throws {
        let (model, golden, file) = try Self.golden(name)
        let trained = TilePassCase(
            model, golden.batch, wanted: try Self.wanted(golden, file, model.config), dropout: dropout)
        trained.seed = 11
        try trained.run(isLearning: true)
        let gradient = Array(trained.gradients[..<model.layout.count])
        for slot in model.layout.slots {
            let norm = gradient[slot.range].reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
            guard norm > 2e-4 else { continue }
            var direction = [Float](repeating: 0, count: gradient.count)
            for i in slot.range { direction[i] = gradient[i] / norm }
            let slope = try trained.slope(along: direction, step: 2.5e-3)
            #expect(abs(Float(slope) - norm) < 0.02 * norm + 1e-4, "\(slot.name): \(slope) against \(norm)")
        }
    }
}
