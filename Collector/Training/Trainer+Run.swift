import Daemon
import TFT

/// Where a run is.
package struct TrainerProgress: Sendable {
    package var step: Int
    package var planned: Int
    /// How often the run has seen as many windows as there are.
    package var epoch: Double
    /// Mean pinball loss of the training windows since the last report, in network space.
    package var loss: Double
    /// Of the validation windows; nil where they were not looked at.
    package var validation: TrainerScore?
    package var windowsPerSecond: Double
    package var secondsLeft: Double
}

/// Mean pinball losses in network space on the same windows.
package struct TrainerScore: Sendable, Equatable {
    package var windows: Int
    package var model: Double
    package var persistence: Double
    /// What was there a day before; nil where the steps do not divide a day or the context is shorter.
    package var yesterday: Double?

    /// 1: perfect; 0: no better than persistence.
    package var skill: Double { persistence > 0 ? 1 - model / persistence : 0 }
}

package struct TrainerResult: Sendable {
    package var steps: Int
    package var seconds: Double
    package var validation: TrainerScore
    /// Of the series that were held out whole; nil where there is none.
    package var heldOut: TrainerScore?
    package var bestStep: Int
    package var wasStopped: Bool
}

extension Trainer {
    /// Trains until the steps or the minutes are over, patience ends or `report` says false, and keeps the averaged
    /// parameters that did best on the validation windows. A checkpoint is written after every look at them.
    package func run(_ report: (TrainerProgress) -> Bool) throws(Fault) -> TrainerResult {
        let began = Clock.monotonicSeconds() - state.seconds
        var (sum, since, sinceStep) = (0.0, Clock.monotonicSeconds(), state.step)
        var isLive = true
        while isLive, shareLeft > 0 {
            sum += try step(rate: rate(at: state.step, shareLeft: shareLeft))
            let now = Clock.monotonicSeconds()
            state.seconds = now - began
            let isOver = shareLeft <= 0
            let isLook = state.step % settings.validateEvery == 0 || isOver
            guard isLook || state.step % 10 == 0 else { continue }
            var score: TrainerScore?
            if isLook {
                let found = with(state.average) { validate(source.validation) }
                score = found
                state.looksInVain = keep(found) ? 0 : state.looksInVain + 1
                if settings.schedule == .plateau, state.looksInVain > 0,
                    state.looksInVain % TrainerSettings.plateauLooks == 0
                {
                    state.rateShare *= TrainerSettings.plateauShare
                }
                try save()
            }
            let steps = max(1, state.step - sinceStep)
            let perStep = (now - since) / Double(steps)
            let left = secondsLeft(perStep)
            isLive = report(
                TrainerProgress(
                    step: state.step, planned: settings.steps ?? state.step + Int(left / max(perStep, 1e-9)),
                    epoch: Double(state.step * settings.batch) / Double(source.count), loss: sum / Double(steps),
                    validation: score, windowsPerSecond: Double(settings.batch) / max(perStep, 1e-9),
                    secondsLeft: left))
            (sum, since, sinceStep) = (0, Clock.monotonicSeconds(), state.step)
            if state.looksInVain >= settings.patience ?? .max { break }
        }
        if !isLive {
            // The checkpoint is as if nobody had looked, so that going on gives the bits of a run left alone.
            try save()
            _ = keep(with(state.average) { validate(source.validation) })
        }
        return finish(wasStopped: !isLive)
    }

    /// How much of the run is still to come, by its steps, else by its time: a machine that is busy for a while then
    /// makes fewer steps, but the rate still ends at nothing.
    private var shareLeft: Double {
        if let steps = settings.steps { return Double(max(0, steps - state.step)) / Double(steps) }
        return max(0, 1 - state.seconds / (settings.minutes * 60))
    }

    private func secondsLeft(_ perStep: Double) -> Double {
        if let steps = settings.steps { return perStep * Double(max(0, steps - state.step)) }
        return max(0, settings.minutes * 60 - state.seconds)
    }

    /// True when these are the best parameters so far. Without validation windows, the newest are.
    private func keep(_ score: TrainerScore) -> Bool {
        guard score.windows == 0 || score.model < state.bestLoss else { return false }
        (state.bestLoss, state.bestStep) = (score.model, state.step)
        state.best = state.average
        return true
    }

    private func finish(wasStopped: Bool) -> TrainerResult {
        with(state.best) {
            TrainerResult(
                steps: state.step, seconds: state.seconds, validation: validate(source.validation),
                heldOut: source.heldOut.isEmpty ? nil : validate(source.heldOut), bestStep: state.bestStep,
                wasStopped: wasStopped)
        }
    }

    /// Runs `body` with other parameters in use.
    func with<Result>(_ parameters: [Float], _ body: () -> Result) -> Result {
        let current = Array(model.parameters)
        _ = model.parameters.update(fromContentsOf: parameters)
        model.refresh()
        defer {
            _ = model.parameters.update(fromContentsOf: current)
            model.refresh()
        }
        return body()
    }

    /// The parameters in use on some windows, without dropout.
    package func validate(_ windows: [Window]) -> TrainerScore {
        var (loss, count) = (0.0, 0)
        walk(
            windows, seeing: { _, _, _ in },
            after: {
                loss += $0; count += $1
            })
        let values = Double(max(1, count * config.quantileCount))
        let naive = baselines(windows)
        return TrainerScore(
            windows: windows.count, model: loss / values, persistence: naive.persistence, yesterday: naive.yesterday)
    }

    /// Asks the network about windows, a desk full at a time. `seeing` is called on the pool's threads with the
    /// place of a chunk's first window.
    func walk(
        _ windows: [Window], in other: SeriesTable? = nil, isLearning: Bool = true,
        seeing look: @escaping @Sendable (_ first: Int, _ scales: [WindowFiller.Scales], TileWorkspaceView) -> Void,
        after: (_ loss: Double, _ count: Int) -> Void
    ) {
        let lanes = TrainingChunk.windows
        let (table, filler, config, chunks) = (other ?? table, filler, config, desk.chunkCount)
        let scales = Locked([Int: [WindowFiller.Scales]]())
        for start in stride(from: 0, to: windows.count, by: chunks * lanes) {
            let part = Array(windows[start..<min(start + chunks * lanes, windows.count)])
            let (loss, count) = desk.run(
                isLearning: nil, seed: 0, step: 0, chunks: (part.count + lanes - 1) / lanes,
                seeing: { index, workspace in
                    let own = scales.withLock { $0[index] } ?? []
                    look(start + index * lanes, own, TileWorkspaceView(workspace: workspace, config: config))
                }
            ) { index, chunk, room in
                chunk.clear(encoderSteps: config.encoderSteps)
                var own: [WindowFiller.Scales] = []
                for (lane, window) in part.dropFirst(index * lanes).prefix(lanes).enumerated() {
                    own.append(
                        filler.fill(
                            chunk, lane: lane, table.series[window.series], window, isLearning: isLearning, &room))
                }
                scales.withLock { $0[index] = own }
            }
            after(loss, count)
        }
    }
}
