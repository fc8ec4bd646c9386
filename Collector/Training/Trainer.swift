import CVector
package import Forecasting
import Numerics
package import TFT

/// Trains a network on a table. A step: random windows of all series, sixteen a chunk, chunks shared between threads;
/// the sum of their gradients in the chunks' own order; AdamW. The same seed gives the same numbers to the last bit,
/// whatever the number of threads.
///
///     var trainer = try Trainer(table, spec, settings)
///     let result = try trainer.run { progress in print(progress.loss); return true }
///     let quantiles = trainer.forecast([Window(series: 0, origin: 500, context: 288)])
// One thread uses it; the pool's threads work inside its calls only, each on chunks of its own.
package final class Trainer {
    package enum Fault: Error, Equatable, CustomStringConvertible {
        case rule(String)
        case checkpoint(file: String, reason: String)
        case diverged(step: Int)

        package var description: String {
            switch self {
            case .rule(let rule): rule
            case .checkpoint(let file, let reason): "\(file): \(reason)"
            case .diverged(let step):
                "step \(step): the loss is no number any more; the last checkpoint stays; try a lower rate"
            }
        }
    }

    package let table: SeriesTable
    package let spec: WindowSpec
    package let settings: TrainerSettings
    package let config: TFTConfig
    let source: WindowSource
    let model: TrainedModel
    let desk: TrainerDesk
    /// Adam's moments and the best parameters so far, all as the layout says.
    var state: TrainerState
    let filler: WindowFiller
    /// Of the table's numbers; a checkpoint is asked for it often, and it is the same for all of a run.
    private(set) lazy var numbers = CheckpointFile.hash(table)

    /// `start`: a network of the same shape to go on from, instead of a new one.
    package init(
        _ table: SeriesTable, _ spec: WindowSpec, _ settings: TrainerSettings, from start: TFTModel? = nil,
        pool: WorkerPool = WorkerPool()
    ) throws(Fault) {
        if let fault = settings.fault ?? spec.fault(in: table) { throw .rule(fault) }
        source = WindowSource(table, spec, settings)
        guard source.count > 0 else { throw .rule(WindowSource.tooShort(spec)) }
        var spec = spec
        if spec.scalers.isEmpty { spec.fitScalers(table, source, seed: settings.seed) }
        (self.table, self.spec, self.settings) = (table, spec, settings)
        config = spec.network(table, settings)
        filler = WindowFiller(spec, table, config)
        var network = start ?? TFTModel(config)
        guard network.config == config else { throw .rule("a run goes on from a network of its own shape only") }
        if start == nil { network.initialise(seed: settings.seed) }
        model = TrainedModel(network, dropout: settings.dropout)
        state = TrainerState(parameters: network.parameters)
        desk = TrainerDesk(model, chunks: (settings.batch + TrainingChunk.windows - 1) / TrainingChunk.windows, pool)
        if settings.isResuming { try resume() }
    }

    /// The network with its best parameters.
    package var best: TFTModel {
        var copy = model.current
        copy.parameters = state.best
        return copy
    }

    // MARK: A step

    /// One step of the optimiser at a rate; gives the mean pinball loss of its windows before it, in network space.
    @discardableResult
    package func step(rate: Float) throws(Fault) -> Double {
        let (number, settings, source) = (state.step, settings, source)
        let (table, filler, config) = (table, filler, config)
        let nominal = 1 / Float(settings.batch * config.targets.count * config.decoderSteps * config.quantileCount)
        let (loss, count) = desk.run(isLearning: nominal, seed: settings.seed, step: number) { index, chunk, room in
            chunk.clear(encoderSteps: config.encoderSteps)
            for lane in 0..<min(TrainingChunk.windows, settings.batch - index * TrainingChunk.windows) {
                var random = PlacedRandom(
                    seed: settings.seed, number, index * TrainingChunk.windows + lane)
                let window = source.random(&random, shortShare: settings.shortShare)
                _ = filler.fill(
                    chunk, lane: lane, table.series[window.series], window, isLearning: true, &room)
            }
        }
        guard loss.isFinite else { throw .diverged(step: number) }
        let all = Float(max(1, count * config.quantileCount))
        let gradients = desk.gradients
        model.collect(gradients)
        let scale = 1 / (nominal * all)
        let norm = desk.norm(count: model.layout.count) * scale
        guard norm.isFinite else { throw .diverged(step: number) }
        state.step += 1
        state.update(
            model, desk.gradients, rate: rate, decay: settings.decay,
            scale: norm > settings.clip ? scale * settings.clip / norm : scale)
        return loss / Double(all)
    }

    /// Warm-up, then as the schedule says.
    func rate(at step: Int, shareLeft: Double) -> Float {
        let warm = min(1, Float(step + 1) / Float(max(1, settings.warmUpSteps)))
        return settings.rate * warm * Float(settings.schedule == .linear ? shareLeft : state.rateShare)
    }
}

/// Everything that a run changes, apart from the parameters in use: what a checkpoint holds.
struct TrainerState: Equatable, Sendable {
    var step = 0
    var seconds = 0.0
    var first: [Float]
    var second: [Float]
    /// The parameters' moving average, which is judged and kept: it does not jump about as they do.
    var average: [Float]
    var best: [Float]
    var bestLoss = Double.infinity
    var bestStep = 0
    /// Looks at the validation windows since the best.
    var looksInVain = 0
    /// What plateaus have left of the rate.
    var rateShare = 1.0

    init(parameters: [Float]) {
        first = Array(repeating: 0, count: parameters.count)
        second = first
        average = parameters
        best = parameters
    }

    /// AdamW's step number `step`, with the gradients times `scale`.
    mutating func update(
        _ model: TrainedModel, _ gradients: UnsafeMutableBufferPointer<Float>, rate: Float, decay: Float, scale: Float
    ) {
        let (c1, c2) = (1 / (1 - Self.power(0.9, step)), 1 / (1 - Self.power(0.999, step)))
        guard let p = model.parameters.baseAddress, let g = gradients.baseAddress else { return }
        first.withUnsafeMutableBufferPointer { first in
            second.withUnsafeMutableBufferPointer { second in
                guard let first = first.baseAddress, let second = second.baseAddress else { return }
                vector_adam(model.layout.count, p, g, first, second, rate, decay, scale, Float(c1), Float(c2))
            }
        }
        // Short at first, so that the beginning is soon forgotten (Polyak and Juditsky, 1992).
        let keep = Float(min(0.995, Double(1 + step) / Double(10 + step)))
        average.withUnsafeMutableBufferPointer { average in
            for i in average.indices { average[i] = keep * average[i] + (1 - keep) * p[i] }
        }
        model.refresh()
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, factor, left) = (1.0, base, exponent)
        while left > 0 {
            if left & 1 == 1 { result *= factor }
            factor *= factor
            left >>= 1
        }
        return result
    }
}
