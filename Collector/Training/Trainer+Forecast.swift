import Daemon
import TFT

/// The answers of one chunk, read by window.
struct TileWorkspaceView {
    let workspace: TileWorkspace
    let config: TFTConfig

    func answer(target: Int, quantile: Int, step: Int, lane: Int) -> Float {
        workspace.answer(target: target, quantile: quantile, step: step, lane: lane, config)
    }
}

extension Trainer {
    /// The best parameters' quantiles in the columns' own units, `[window][target][D][Q]`, sorted; NaN for a target of
    /// which the window's history says nothing. `other`: another table of the same columns and steps, such as one that
    /// goes on where the training's ends; an origin may be its end.
    package func forecast(_ windows: [Window], in other: SeriesTable? = nil) -> [[Float]] {
        let table = other ?? table
        precondition(table.columns == self.table.columns && table.stepSeconds == self.table.stepSeconds)
        return with(state.best) {
            let (config, filler) = (config, filler)
            let run = config.decoderSteps * config.quantileCount
            let answers = Locked([[Float]](repeating: [], count: windows.count))
            walk(
                windows, in: table, isLearning: false,
                seeing: { first, scales, view in
                    for (lane, own) in scales.enumerated() {
                        var values = [Float](repeating: .nan, count: config.targets.count * run)
                        for target in config.targets.indices where own.length > 0 && !own.centres[target].isNaN {
                            for step in 0..<config.decoderSteps {
                                var row = (0..<config.quantileCount).map {
                                    view.answer(target: target, quantile: $0, step: step, lane: lane)
                                }
                                row.sort()
                                for (q, value) in row.enumerated() {
                                    values[target * run + step * config.quantileCount + q] =
                                        own.centres[target] + own.spreads[target] * filler.restore(value)
                                }
                            }
                        }
                        answers.withLock { [values] in $0[first + lane] = values }
                    }
                }, after: { _, _ in })
            return answers.withLock { $0 }
        }
    }

    /// What persistence, and the value of a day before, lose on the windows in network space.
    func baselines(_ windows: [Window]) -> (persistence: Double, yesterday: Double?) {
        let chunk = TrainingChunk(config)
        let day = 86_400 % table.stepSeconds == 0 ? 86_400 / table.stepSeconds : 0
        let hasDay = day > 0 && day <= spec.context
        var (persistence, yesterday, count) = (0.0, 0.0, 0)
        var room: [Int] = []
        for window in windows {
            chunk.clear(encoderSteps: config.encoderSteps)
            let series = table.series[window.series]
            let scales = filler.fill(chunk, lane: 0, series, window, isLearning: true, &room)
            guard scales.length > 0 else { continue }
            for (target, column) in spec.targets.enumerated() where !scales.centres[target].isNaN {
                let values = chunk.targetColumn(target, lane: 0)
                func normal(_ step: Int) -> Float {
                    guard step >= 0, step < series.steps else { return .nan }
                    return filler.transform(
                        (series.values[column * series.steps + step] - scales.centres[target])
                            / scales.spreads[target])
                }
                let last = (1...window.context).lazy.map { normal(window.origin - $0) }.first { !$0.isNaN } ?? 0
                for step in 0..<spec.horizon where !values[step].isNaN {
                    count += config.quantileCount
                    persistence += pinball(values[step] - last)
                    guard hasDay else { continue }
                    let before = normal(window.origin + step % day - day)
                    yesterday += pinball(values[step] - (before.isNaN ? last : before))
                }
            }
        }
        let all = Double(max(1, count))
        return (persistence / all, hasDay ? yesterday / all : nil)
    }

    /// Of one number taken for all quantiles.
    private func pinball(_ error: Float) -> Double {
        var sum = 0.0
        for q in config.quantiles { sum += Double(max(q * error, (q - 1) * error)) }
        return sum
    }
}
