import Foundation
import Numerics
import Testing

@testable import TFT

/// The fast forward pass against the plain one, in units of each target's scale, for which both speak.
struct FoldedModelTests {
    static let limit: Float = 1e-4

    private func worst(_ model: TFTModel, _ batch: TFTBatch) -> Float {
        let plain = model.forward(batch)
        let answers = FoldedModel(model).forward(batch)
        let (targets, run) = (model.config.targets.count, model.config.decoderSteps * model.config.quantileCount)
        var worst: Float = 0
        for host in 0..<batch.hosts {
            for target in 0..<targets {
                for i in 0..<run {
                    let error = abs(
                        plain.quantiles[target].values[host * run + i] - answers[(host * targets + target) * run + i])
                    worst = error.isNaN ? .infinity : max(worst, error)
                }
            }
        }
        return worst
    }

    @Test(arguments: ["tiny", "ragged", "single", "fleet"])
    func agreesWithThePlainPass(name: String) throws {
        let folder = "\(GoldenFolder.root)/\(name)"
        let model = try TFTModel(folder: folder)
        let batch = try GoldenCase(path: "\(folder)/\(GoldenCase.name)", config: model.config).batch
        #expect(worst(model, batch) < Self.limit)
    }

    /// One host, a few (whose steps fill the lanes), many, and more than a workspace holds.
    @Test(arguments: [1, 2, 3, 8, 9, 16, 17, 35])
    func anyNumberOfHosts(hosts: Int) throws {
        let model = try TFTModel(folder: "\(GoldenFolder.root)/ragged")
        let batch = Self.batch(model.config, lengths: (0..<hosts).map { 24 - ($0 * 5) % 23 })
        #expect(worst(model, batch) < Self.limit)
    }

    /// Where all hosts have the same hour at the same step, it is computed once for them.
    @Test(arguments: [9, 16])
    func whatHostsShareIsComputedOnce(hosts: Int) throws {
        let model = try TFTModel(folder: "\(GoldenFolder.root)/ragged")
        var batch = Self.batch(model.config, lengths: Array(repeating: 21, count: hosts))
        for host in 0..<hosts {
            for column in 0..<5 {
                for step in 0..<batch.encoderSteps {
                    batch.encoderReals[host * batch.encoderSteps + step, column] = Float(step + column) / 9 - 1
                }
                for step in 0..<batch.decoderSteps where column != 3 {
                    batch.decoderReals[host * batch.decoderSteps + step, column] = Float(step - column) / 4
                }
            }
        }
        #expect(worst(model, batch) < Self.limit)
    }

    @Test func inputsFarFromWhatWasSeen() throws {
        let model = try TFTModel(folder: "\(GoldenFolder.root)/fleet")
        var batch = Self.batch(model.config, lengths: [40, 288, 12])
        for i in batch.encoderReals.values.indices { batch.encoderReals.values[i] *= 1000 }
        #expect(worst(model, batch) < Self.limit)
    }

    /// What explains an answer is the plain pass's, averaged: variable weights over each host's own steps, attention
    /// over the decoder's steps and the heads.
    @Test(arguments: ["tiny", "ragged", "single", "fleet"])
    func weighsAsThePlainPassDoes(name: String) throws {
        let folder = "\(GoldenFolder.root)/\(name)"
        let model = try TFTModel(folder: folder)
        let batch = try GoldenCase(path: "\(folder)/\(GoldenCase.name)", config: model.config).batch
        #expect(worstWeight(model, batch) < Self.limit)
    }

    /// One host, whose steps fill the lanes; a few; lanes without a host; and hosts of many lengths.
    @Test(arguments: [1, 3, 8, 9, 16])
    func weighsForAnyNumberOfHosts(hosts: Int) throws {
        let model = try TFTModel(folder: "\(GoldenFolder.root)/ragged")
        let batch = Self.batch(model.config, lengths: (0..<hosts).map { 24 - ($0 * 5) % 23 })
        #expect(worstWeight(model, batch) < Self.limit)
    }

    /// And the reference's own, where the golden file holds them.
    @Test(arguments: ["tiny", "ragged"])
    func weighsAsTheReferenceDoes(name: String) throws {
        let folder = "\(GoldenFolder.root)/\(name)"
        let model = try TFTModel(folder: folder)
        let golden = try GoldenCase(path: "\(folder)/\(GoldenCase.name)", config: model.config)
        let (batch, heads) = (golden.batch, model.config.heads)
        let (e, d) = (batch.encoderSteps, batch.decoderSteps)
        let encoder = try #require(golden.encoderAttention)
        let decoder = try #require(golden.decoderAttention)
        var attention = Matrix(batch.hosts * d * heads, e + d)
        for row in 0..<attention.rows {
            for step in 0..<e { attention[row, step] = encoder[row * e + step] }
            for step in 0..<d { attention[row, e + step] = decoder[row * d + step] }
        }
        let counts = (golden.staticWeights.count, golden.encoderWeights.count, golden.decoderWeights.count)
        let output = TFTOutput(
            quantiles: [],
            staticWeights: Matrix(batch.hosts, counts.0 / batch.hosts, values: golden.staticWeights),
            encoderWeights: Matrix(batch.hosts * e, counts.1 / batch.hosts / e, values: golden.encoderWeights),
            decoderWeights: Matrix(batch.hosts * d, counts.2 / batch.hosts / d, values: golden.decoderWeights),
            attention: attention)
        #expect(worstWeight(model, batch, against: output) < Self.limit)
    }

    private func worstWeight(_ model: TFTModel, _ batch: TFTBatch, against output: TFTOutput? = nil) -> Float {
        let folded = FoldedModel(model)
        let (layout, plain) = (folded.layout, output ?? model.forward(batch))
        var answers = [Float](repeating: 0, count: batch.hosts * folded.answerCount)
        var weights = [Float](repeating: .nan, count: batch.hosts * layout.count)
        answers.withUnsafeMutableBufferPointer { answers in
            weights.withUnsafeMutableBufferPointer {
                folded.forward(batch, FoldedWorkspace(folded), into: answers, weights: $0)
            }
        }
        var worst: Float = 0
        func hold(_ host: Int, _ place: Int, _ expected: Float) {
            let error = abs(weights[host * layout.count + place] - expected)
            worst = error.isNaN ? .infinity : max(worst, error)
        }
        for (host, length) in batch.encoderLengths.enumerated() {
            for (v, place) in layout.statics.enumerated() { hold(host, place, plain.staticWeights[host, v]) }
            for (all, x, steps, places) in [
                (batch.encoderSteps, plain.encoderWeights, length, layout.encoder),
                (batch.decoderSteps, plain.decoderWeights, batch.decoderSteps, layout.decoder),
            ] {
                for (v, place) in places.enumerated() {
                    hold(host, place, (0..<steps).reduce(0) { $0 + x[host * all + $1, v] } / Float(steps))
                }
            }
            let rows = batch.decoderSteps * model.config.heads
            for step in 0..<batch.encoderSteps + batch.decoderSteps {
                if step >= length, step < batch.encoderSteps { continue }
                let mean = (0..<rows).reduce(0) { $0 + plain.attention[host * rows + $1, step] } / Float(rows)
                let behind = model.config.encoderSteps - batch.encoderSteps
                let place = layout.attention.lowerBound + step + (step < batch.encoderSteps ? 0 : behind)
                hold(host, place, mean)
            }
        }
        return worst
    }

    @Test func aWorkspaceLeavesNothingBehind() throws {
        let model = try TFTModel(folder: "\(GoldenFolder.root)/ragged")
        let folded = FoldedModel(model)
        let workspace = FoldedWorkspace(folded)
        func answers(_ batch: TFTBatch) -> [Float] {
            var answers = [Float](repeating: 0, count: batch.hosts * folded.answerCount)
            answers.withUnsafeMutableBufferPointer { folded.forward(batch, workspace, into: $0) }
            return answers
        }
        let (long, short) = (Self.batch(model.config, lengths: [24, 20, 24, 3, 9, 11, 24, 1, 8]), [7, 1])
        let first = answers(long)
        let few = answers(Self.batch(model.config, lengths: short))
        #expect(answers(long) == first)
        #expect(answers(Self.batch(model.config, lengths: short)) == few)
    }

    /// Waves of every variable's and host's own phase.
    static func batch(_ config: TFTConfig, lengths: [Int]) -> TFTBatch {
        var batch = TFTBatch(config, lengths: lengths)
        for i in batch.encoderReals.values.indices { batch.encoderReals.values[i] = 2 * sinf(Float(i) * 0.37) }
        for i in batch.decoderReals.values.indices { batch.decoderReals.values[i] = sinf(Float(i) * 0.11) }
        for i in batch.staticReals.values.indices { batch.staticReals.values[i] = 3 * sinf(Float(i) * 0.71) }
        for (c, variable) in config.staticCategoricals.enumerated() {
            for i in batch.staticCategories[c].indices { batch.staticCategories[c][i] = Int32(i % variable.classes) }
        }
        for (c, variable) in config.encoderCategoricals.enumerated() {
            for i in batch.encoderCategories[c].indices {
                batch.encoderCategories[c][i] = Int32(i / 3 % variable.classes)
            }
        }
        return batch
    }
}
