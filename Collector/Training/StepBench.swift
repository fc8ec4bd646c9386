import Daemon
package import Forecasting
package import TFT

/// Steps of the optimiser on one made-up batch of a network, for timing: everything that training does but choosing
/// windows.
package final class StepBench {
    private let model: TrainedModel
    private let desk: TrainerDesk
    private var state: TrainerState
    private let windows: Int
    private var isLoaded = false

    package init(_ network: TFTModel, windows: Int = 64, dropout: Float = 0.1, pool: WorkerPool) {
        self.windows = windows
        model = TrainedModel(network, dropout: dropout)
        state = TrainerState(parameters: network.parameters)
        desk = TrainerDesk(model, chunks: (windows + TrainingChunk.windows - 1) / TrainingChunk.windows, pool)
    }

    /// Seconds of one step.
    package func step() -> Double {
        let began = Clock.monotonicSeconds()
        let (config, isLoaded, windows) = (model.config, isLoaded, windows)
        let scale = 1 / Float(windows * config.targets.count * config.decoderSteps * config.quantileCount)
        _ = desk.run(isLearning: scale, seed: 1, step: state.step) { index, chunk, _ in
            if !isLoaded { Self.fill(chunk, windows: windows - index * TrainingChunk.windows, seed: index) }
        }
        self.isLoaded = true
        model.collect(desk.gradients)
        _ = desk.norm(count: model.layout.count)
        state.step += 1
        state.update(model, desk.gradients, rate: 1e-4, decay: 1e-2, scale: 1)
        return Clock.monotonicSeconds() - began
    }

    /// Noise that is the same in every run.
    private static func fill(_ chunk: TrainingChunk, windows: Int, seed: Int) {
        var random = PlacedRandom(seed: 7, seed)
        let config = chunk.config
        for lane in 0..<min(windows, TrainingChunk.windows) {
            chunk.setLength(config.encoderSteps, lane: lane)
            for c in config.staticReals.indices { chunk.staticColumn(c, lane: lane)[0] = random.normal() }
            for c in config.encoderReals.indices {
                let column = chunk.encoderColumn(c, lane: lane)
                for step in 0..<config.encoderSteps { column[step] = random.normal() }
            }
            for c in config.decoderReals.indices {
                let column = chunk.decoderColumn(c, lane: lane)
                for step in 0..<config.decoderSteps { column[step] = random.normal() }
            }
            if !config.staticCategoricals.isEmpty {
                chunk.staticColumn(config.staticReals.count, lane: lane)[0] = 1
            }
            if !config.encoderCategoricals.isEmpty {
                let column = chunk.encoderColumn(config.encoderReals.count, lane: lane)
                for step in 0..<config.encoderSteps { column[step] = 1 }
            }
            for target in config.targets.indices {
                let column = chunk.targetColumn(target, lane: lane)
                for step in 0..<config.decoderSteps { column[step] = random.normal() }
            }
        }
    }
}
