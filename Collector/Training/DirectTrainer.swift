import CVector
import Daemon
package import Forecasting
import Glibc

/// What a `DirectTrainer` is told.
package struct DirectSettings: Sendable, Equatable {
    package var hidden = 384
    /// Windows of a step of the optimiser.
    package var batch = 256
    package var rate: Float = 1e-3
    /// Decoupled: a step takes `rate · decay` of every parameter.
    package var decay: Float = 1e-2
    package var dropout: Float = 0.1
    package var warmUpSteps = 100
    /// At most so many steps, and so many seconds; the rate ends at 0 with whichever ends first.
    package var steps = 2000
    package var seconds = 120.0
    package var seed: UInt64 = 1
    package var validateEvery = 100
    package var validationWindows = 512
    /// How many looks at the validation windows without progress end the run.
    package var patience = 6
    /// How many of the newest steps of every series are validated on instead of learnt from.
    package var validationSteps = 0

    package init() {}
}

/// Trains a `DirectNetwork` on a table of one column: random windows of all series, weighted by their spread, so that
/// the loss is near to that of the values themselves; AdamW; the parameters' moving average is what is kept. The same
/// seed and steps give the same numbers on any number of threads.
// One thread uses it; the pool's threads work inside its calls only, each on a pass of its own.
package final class DirectTrainer {
    /// A batch is cut in so many parts, whatever the number of threads.
    private static let parts = 2
    /// A single window weighs at most so many times the mean one.
    private static let weightMax: Float = 5

    package let table: SeriesTable
    package let spec: WindowSpec
    package let settings: DirectSettings
    private let inputs: DirectInputs
    private let source: WindowSource
    private let network: DirectNetwork
    private let passes: [DirectPass]
    private let pool: WorkerPool
    private let parameters: UnsafeMutableBufferPointer<Float>
    private var state: DirectState
    /// What is kept, and forecasts are made with.
    package private(set) var best: [Float]
    private var meanSpread: Float = 1

    /// `start`: parameters of another trainer's to go on from.
    /// - Throws: `Trainer.Fault` when there is no window to learn from.
    package init(
        _ table: SeriesTable, _ spec: WindowSpec, _ settings: DirectSettings, from start: [Float]? = nil,
        pool: WorkerPool
    ) throws(Trainer.Fault) {
        if let fault = spec.fault(in: table) { throw .rule(fault) }
        (self.table, self.spec, self.settings, self.pool) = (table, spec, settings, pool)
        inputs = DirectInputs(table, spec)
        var told = TrainerSettings()
        (told.validationSteps, told.validationWindows) = (settings.validationSteps, settings.validationWindows)
        source = WindowSource(table, spec, told)
        guard source.count > 0 else { throw .rule(WindowSource.tooShort(spec)) }
        let network = DirectNetwork(
            inputs: inputs.count, hidden: settings.hidden, steps: spec.horizon,
            levels: spec.quantiles.count)
        self.network = network
        passes = (0..<Self.parts).map { _ in
            DirectPass(
                network, rows: (settings.batch + Self.parts - 1) / Self.parts, quantiles: spec.quantiles,
                isLearning: true)
        }
        // What has no season mostly goes on as it stands, which is slow to be learnt from a few numbers.
        best =
            start
            ?? network.initialised(
                seed: settings.seed, quantiles: spec.quantiles, repeating: spec.season == nil ? inputs.newest : nil)
        precondition(best.count == network.count)
        parameters = .allocate(capacity: network.count)
        _ = parameters.initialize(fromContentsOf: best)
        state = DirectState(best)
        meanSpread = spread()
    }

    deinit { parameters.deallocate() }

    private func spread() -> Float {
        var (sum, count): (Float, Float) = (0, 0)
        for draw in 0..<256 {
            var random = PlacedRandom(seed: settings.seed, -4, draw)
            let window = source.random(&random, shortShare: 0)
            guard let scales = inputs.fill(passes[0].x, table.series[window.series], origin: window.origin) else {
                continue
            }
            (sum, count) = (sum + scales.spread, count + 1)
        }
        return count > 0 ? sum / count : 1
    }

    /// Trains until the steps or the seconds are over, patience ends, or `report` says false.
    package func run(_ report: (TrainerProgress) -> Bool) throws(Trainer.Fault) -> TrainerResult {
        let began = Clock.monotonicSeconds()
        var (sum, since, sinceStep, inVain, isLive) = (0.0, began, 0, 0, true)
        var (bestLoss, bestStep) = (Double.infinity, 0)
        func shareLeft() -> Double {
            min(
                1 - Double(state.step) / Double(settings.steps),
                1 - (Clock.monotonicSeconds() - began) / settings.seconds)
        }
        var left = 1.0
        while isLive, left > 0 {
            let warm = min(1, Float(state.step + 1) / Float(max(1, settings.warmUpSteps)))
            sum += try step(rate: settings.rate * warm * Float(left))
            left = shareLeft()
            let isLook = state.step % settings.validateEvery == 0 || left <= 0
            guard isLook || state.step % 10 == 0 else { continue }
            var score: TrainerScore?
            if isLook {
                let found = validate(state.average)
                score = found
                inVain += 1
                if found.windows == 0 || found.model < bestLoss {
                    (bestLoss, bestStep, best, inVain) = (found.model, state.step, state.average, 0)
                }
            }
            let now = Clock.monotonicSeconds()
            let (steps, perStep) = (state.step - sinceStep, (now - since) / Double(max(1, state.step - sinceStep)))
            let planned = min(settings.steps, Int(settings.seconds / max(perStep, 1e-9)))
            isLive = report(
                TrainerProgress(
                    step: state.step, planned: planned,
                    epoch: Double(state.step * settings.batch) / Double(source.count),
                    loss: sum / Double(max(1, steps)),
                    validation: score, windowsPerSecond: Double(settings.batch) / max(perStep, 1e-9),
                    secondsLeft: min(settings.seconds - now + began, perStep * Double(settings.steps - state.step))))
            if !isLive, bestStep == 0 { best = state.average }
            (sum, since, sinceStep) = (0, Clock.monotonicSeconds(), state.step)
            if inVain >= settings.patience { break }
        }
        return TrainerResult(
            steps: state.step, seconds: Clock.monotonicSeconds() - began, validation: validate(best), heldOut: nil,
            bestStep: bestStep, wasStopped: !isLive)
    }

    /// One step of the optimiser; gives the mean pinball loss of its windows before it.
    private func step(rate: Float) throws(Trainer.Fault) -> Double {
        guard let start = parameters.baseAddress else { return 0 }
        let (number, settings, source, inputs, table) = (state.step, settings, source, inputs, table)
        let (passes, limit, mean) = (passes, Self.weightMax, meanSpread)
        let outputs = passes.count * passes[0].rows * network.outputs
        let losses = Locked([Double](repeating: 0, count: passes.count))
        let shared = SharedParameters(start)
        pool.run(passes.count) { part, _ in
            let pass = passes[part]
            for row in 0..<pass.rows {
                var random = PlacedRandom(seed: settings.seed, number, part * pass.rows + row)
                let window = source.random(&random, shortShare: 0)
                let (series, x) = (table.series[window.series], pass.x + row * inputs.count)
                let wanted = pass.wanted + row * inputs.horizon
                if let scales = inputs.fill(x, series, origin: window.origin) {
                    pass.weights[row] = min(limit, scales.spread / mean)
                    inputs.wanted(
                        wanted, series, origin: window.origin, centre: scales.centre, spread: scales.spread)
                } else {
                    pass.weights[row] = 0
                    wanted.update(repeating: .nan, count: inputs.horizon)
                }
            }
            var random = PlacedRandom(seed: settings.seed, number, -1, part)
            pass.forward(shared.start, dropout: settings.dropout, &random)
            let loss = pass.learn(shared.start, scale: 1 / Float(outputs), dropout: settings.dropout)
            losses.withLock { $0[part] = loss }
        }
        let loss = losses.withLock { $0 }.reduce(0, +) / Double(outputs)
        guard loss.isFinite else { throw .diverged(step: number) }
        for other in passes.dropFirst() {
            for i in 0..<network.count { passes[0].gradients[i] += other.gradients[i] }
        }
        state.update(start, passes[0].gradients, rate: rate, decay: settings.decay)
        return loss
    }

    /// Mean pinball losses of parameters, and of persistence, on the validation windows.
    private func validate(_ parameters: [Float]) -> TrainerScore {
        var (model, naive, count) = (0.0, 0.0, 0)
        let levels = spec.quantiles
        walk(parameters, source.validation, in: table) { window, pass, row, scales in
            // A past without a number has no unit to judge a forecast in.
            guard scales.spread > 0 else { return }
            inputs.wanted(
                pass.wanted, table.series[window.series], origin: window.origin, centre: scales.centre,
                spread: scales.spread)
            let weight = Double(min(Self.weightMax, scales.spread / meanSpread))
            let last = pass.x[row * inputs.count + inputs.newest]
            for step in 0..<spec.horizon where !pass.wanted[step].isNaN {
                count += 1
                for (q, level) in levels.enumerated() {
                    let error = pass.wanted[step] - pass.y[row * network.outputs + step * levels.count + q]
                    let naiveError = pass.wanted[step] - last
                    model += weight * Double(max(level * error, (level - 1) * error))
                    naive += weight * Double(max(level * naiveError, (level - 1) * naiveError))
                }
            }
        }
        let all = Double(max(1, count * levels.count))
        return TrainerScore(
            windows: source.validation.count, model: model / all, persistence: naive / all, yesterday: nil)
    }

    /// `[step][level]` for each window, ascending; NaN for a window whose past holds no number.
    package func forecast(_ windows: [Window], in other: SeriesTable? = nil) -> [[Float]] {
        let (steps, levels) = (spec.horizon, spec.quantiles.count)
        var answers = [[Float]](repeating: [], count: windows.count)
        var next = 0
        walk(best, windows, in: other ?? table) { _, pass, row, scales in
            var values = [Float](repeating: .nan, count: steps * levels)
            for step in 0..<steps where scales.spread > 0 {
                let from = pass.y + row * network.outputs + step * levels
                for (q, value) in (0..<levels).map({ from[$0] }).sorted().enumerated() {
                    values[step * levels + q] = scales.centre + scales.spread * sinhf(min(max(value, -20), 20))
                }
            }
            answers[next] = values
            next += 1
        }
        return answers
    }

    /// Asks about windows, a pass full at a time; a window without a past has a spread of 0.
    private func walk(
        _ parameters: [Float], _ windows: [Window], in table: SeriesTable,
        _ look: (Window, DirectPass, _ row: Int, (centre: Float, spread: Float)) -> Void
    ) {
        let (passes, inputs) = (passes, inputs)
        let rows = passes[0].rows
        parameters.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            let shared = SharedParameters(start)
            for first in stride(from: 0, to: windows.count, by: rows * passes.count) {
                let part = Array(windows[first..<min(first + rows * passes.count, windows.count)])
                let scales = Locked([(centre: Float, spread: Float)](repeating: (0, 0), count: part.count))
                pool.run((part.count + rows - 1) / rows) { job, _ in
                    let pass = passes[job]
                    for row in 0..<min(rows, part.count - job * rows) {
                        let window = part[job * rows + row]
                        let found = inputs.fill(
                            pass.x + row * inputs.count, table.series[window.series], origin: window.origin)
                        if let found { scales.withLock { $0[job * rows + row] = found } }
                    }
                    var random = PlacedRandom(seed: 0, 0)
                    pass.forward(shared.start, &random)
                }
                let found = scales.withLock { $0 }
                for (i, window) in part.enumerated() { look(window, passes[i / rows], i % rows, found[i]) }
            }
        }
    }
}

/// The parameters while the pool's threads read them.
private struct SharedParameters: @unchecked Sendable {  // nobody writes until the pool's run has returned
    let start: UnsafePointer<Float>
    init(_ start: UnsafePointer<Float>) { self.start = start }
}

/// Adam's moments, and the parameters' moving average.
private struct DirectState {
    var step = 0
    var first: [Float]
    var second: [Float]
    var average: [Float]

    init(_ parameters: [Float]) {
        first = Array(repeating: 0, count: parameters.count)
        (second, average) = (first, parameters)
    }

    mutating func update(
        _ p: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, rate: Float, decay: Float
    ) {
        step += 1
        let c1 = Float(1 / (1 - pow(0.9, Double(step)))), c2 = Float(1 / (1 - pow(0.999, Double(step))))
        first.withUnsafeMutableBufferPointer { first in
            second.withUnsafeMutableBufferPointer { second in
                guard let first = first.baseAddress, let second = second.baseAddress else { return }
                vector_adam(average.count, p, gradients, first, second, rate, decay, 1, c1, c2)
            }
        }
        let keep = Float(min(0.995, Double(1 + step) / Double(10 + step)))
        average.withUnsafeMutableBufferPointer { average in
            for i in average.indices { average[i] = keep * average[i] + (1 - keep) * p[i] }
        }
    }
}
