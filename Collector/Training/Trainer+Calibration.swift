import Daemon
package import Forecasting
import Insight
import TFT

extension Trainer {
    /// Factors that make the best parameters' quantiles keep their word on the windows that were not learnt from: the
    /// newest time, and the series held out. Nil where there are none, or where the network does not forecast what the
    /// collector serves.
    package func calibration() -> Calibration? {
        let windows = source.calibration
        guard !windows.isEmpty, config.decoderSteps == Forecast.horizon,
            config.quantileCount == Calibration.quantiles
        else { return nil }
        var ratios = [[Float]](
            repeating: [], count: config.targets.count * Calibration.blocks.count * config.quantileCount)
        for (window, answer) in zip(windows, with(state.best) { answers(windows) }) {
            for target in config.targets.indices { collect(window, answer, target, into: &ratios) }
        }
        let factors = ratios.indices.map { place in
            factor(&ratios[place], level: config.quantiles[place % config.quantileCount])
        }
        return Calibration(factors: factors)
    }

    /// What is served for windows, before it is sorted and bounded: `[window][target][D][Q]` in the columns' own units;
    /// nothing for a window without history.
    package func served(_ windows: [Window], _ calibration: Calibration?) -> [[Float]] {
        let run = config.decoderSteps * config.quantileCount
        return with(state.best) { answers(windows) }.map { answer in
            var values = answer.values
            for target in config.targets.indices where !values.isEmpty {
                let (centre, spread) = (answer.scales.centres[target], answer.scales.spreads[target])
                values.withUnsafeMutableBufferPointer { all in
                    let own = UnsafeMutableBufferPointer(rebasing: all[target * run..<(target + 1) * run])
                    calibration?.apply(to: own, target: target)
                    for i in own.indices { own[i] = centre + spread * filler.restore(own[i]) }
                }
            }
            return values
        }
    }

    private struct Answer: Sendable {
        var scales = WindowFiller.Scales(centres: [], spreads: [], length: 0)
        /// `[target][D][Q]`, in network space, as the heads gave them.
        var values: [Float] = []
    }

    private func answers(_ windows: [Window]) -> [Answer] {
        let config = config
        let answers = Locked([Answer](repeating: Answer(), count: windows.count))
        walk(
            windows, isLearning: false,
            seeing: { first, scales, view in
                for (lane, own) in scales.enumerated() where own.length > 0 {
                    var values: [Float] = []
                    values.reserveCapacity(config.targets.count * config.decoderSteps * config.quantileCount)
                    for target in config.targets.indices {
                        for step in 0..<config.decoderSteps {
                            for q in 0..<config.quantileCount {
                                values.append(view.answer(target: target, quantile: q, step: step, lane: lane))
                            }
                        }
                    }
                    answers.withLock { [values] in $0[first + lane] = Answer(scales: own, values: values) }
                }
            }, after: { _, _ in })
        return answers.withLock { $0 }
    }

    /// How many times a quantile's distance from the median each truth was away from it.
    private func collect(_ window: Window, _ answer: Answer, _ target: Int, into ratios: inout [[Float]]) {
        let series = table.series[window.series]
        let (column, q) = (spec.targets[target] * series.steps, config.quantileCount)
        guard answer.scales.length > 0, !answer.scales.centres[target].isNaN else { return }
        var (first, block) = (0, target * Calibration.blocks.count)
        for end in Calibration.blocks {
            for step in first..<min(end, series.steps - window.origin) {
                let value = series.values[column + window.origin + step]
                guard !value.isNaN else { continue }
                let truth = filler.transform((value - answer.scales.centres[target]) / answer.scales.spreads[target])
                let row = (target * config.decoderSteps + step) * q
                let middle = answer.values[row + Forecast.medianIndex]
                for level in 0..<q {
                    let distance = answer.values[row + level] - middle
                    if abs(distance) > 1e-6 { ratios[block * q + level].append((truth - middle) / distance) }
                }
            }
            (first, block) = (end, block + 1)
        }
    }

    /// The factor below which a share of the truths lies that the level asks for.
    private func factor(_ ratios: inout [Float], level: Float) -> Float {
        guard level != 0.5, ratios.count >= 100 else { return 1 }
        ratios.sort()
        // Below the median both distances are negative, and a truth below the quantile has the larger ratio.
        let share = level > 0.5 ? level : 1 - level
        let factor = ratios[min(ratios.count - 1, Int(Float(ratios.count) * share))]
        return min(max(factor, Calibration.limits.lowerBound), Calibration.limits.upperBound)
    }
}
