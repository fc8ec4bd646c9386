import CVector
import Numerics

/// A network that answers all steps of a window at once: a straight line and, beside it, two layers for what no line
/// says.
///
///     h = relu(W₁ x + b₁)    g = h + relu(W₂ h + b₂)    y = B g + c + A x, the same A x for all levels of a step
///
/// x: [inputs], y: [steps · levels]; weights lie as [from][to], all in one run of floats, so that the optimiser is one
/// loop.
/// A line over a long past with a small network beside it is hard to beat where days repeat (Zeng et al.,
/// arXiv:2205.13504; Das et al., arXiv:2304.08424), and costs a fraction of a step of the TFT.
struct DirectNetwork: Sendable {
    let inputs: Int
    let hidden: Int
    let steps: Int
    let levels: Int
    var outputs: Int { steps * levels }

    /// Where each tensor begins, in the order A, W₁, b₁, W₂, b₂, B, c.
    private let starts: [Int]
    let count: Int

    init(inputs: Int, hidden: Int, steps: Int, levels: Int) {
        (self.inputs, self.hidden, self.steps, self.levels) = (inputs, hidden, steps, levels)
        let outputs = steps * levels
        let sizes = [
            inputs * steps, inputs * hidden, hidden, hidden * hidden, hidden, hidden * outputs, outputs,
        ]
        var (starts, end): ([Int], Int) = ([], 0)
        for size in sizes {
            starts.append(end)
            end += size
        }
        (self.starts, count) = (starts, end)
    }

    var line: Int { starts[0] }
    var first: Int { starts[1] }
    var firstBias: Int { starts[2] }
    var second: Int { starts[3] }
    var secondBias: Int { starts[4] }
    var answer: Int { starts[5] }
    var answerBias: Int { starts[6] }

    /// The line starts at nothing, or by repeating the input `newest` at every step; the layers start as He et al. 2015
    /// have it, and the answers at `quantiles` (repeated for every step), roughly where those of the normalised values
    /// lie.
    func initialised(seed: UInt64, quantiles: [Float], repeating newest: Int? = nil) -> [Float] {
        var parameters = [Float](repeating: 0, count: count)
        if let newest { for step in 0..<steps { parameters[line + newest * steps + step] = 1 } }
        for (site, (start, rows, columns, gain)) in [
            (first, inputs, hidden, Float(0.7)), (second, hidden, hidden, 0.7), (answer, hidden, outputs, 0.1),
        ].enumerated() {
            var random = PlacedRandom(seed: seed, -3, site)
            let deviation = gain * (2 / Float(rows)).squareRoot()
            for i in start..<start + rows * columns { parameters[i] = deviation * random.normal() }
        }
        for i in 0..<outputs { parameters[answerBias + i] = quantiles[i % quantiles.count] - 0.5 }
        return parameters
    }
}

/// The memory of a part of a batch on its way through the network and back. Allocated once.
// One thread at a time has it.
final class DirectPass: @unchecked Sendable {  // handed from thread to thread, see above
    let network: DirectNetwork
    let rows: Int
    /// [rows][inputs]
    let x: UnsafeMutablePointer<Float>
    /// Answers; after `learn`, what the loss makes of them: [rows][outputs]
    let y: UnsafeMutablePointer<Float>
    /// [rows][steps], NaN where there is none, and how much each row weighs.
    let wanted: UnsafeMutablePointer<Float>
    let weights: UnsafeMutablePointer<Float>
    let gradients: UnsafeMutablePointer<Float>
    private let first: UnsafeMutablePointer<Float>
    private let second: UnsafeMutablePointer<Float>
    private let top: UnsafeMutablePointer<Float>
    private let dfirst: UnsafeMutablePointer<Float>
    private let dsecond: UnsafeMutablePointer<Float>
    /// What the line says, and its gradient: [rows][steps]
    private let line: UnsafeMutablePointer<Float>
    private let quantiles: [Float]
    private var all: [UnsafeMutablePointer<Float>] = []

    /// `isLearning`: with room for gradients.
    init(_ network: DirectNetwork, rows: Int, quantiles: [Float], isLearning: Bool) {
        (self.network, self.rows, self.quantiles) = (network, rows, quantiles)
        func room(_ floats: Int) -> UnsafeMutablePointer<Float> {
            let start = UnsafeMutablePointer<Float>.allocate(capacity: max(1, floats))
            start.initialize(repeating: 0, count: max(1, floats))
            return start
        }
        x = room(rows * network.inputs)
        y = room(rows * network.outputs)
        wanted = room(rows * network.steps)
        line = room(rows * network.steps)
        weights = room(rows)
        gradients = room(isLearning ? network.count : 0)
        first = room(rows * network.hidden)
        second = room(rows * network.hidden)
        top = room(rows * network.hidden)
        dfirst = room(rows * network.hidden)
        dsecond = room(rows * network.hidden)
        all = [x, y, wanted, line, weights, gradients, first, second, top, dfirst, dsecond]
    }

    deinit { for start in all { start.deallocate() } }

    /// `dropout`: the share of hidden units left out, decided by `random`.
    func forward(_ parameters: UnsafePointer<Float>, dropout: Float = 0, _ random: inout PlacedRandom) {
        let n = network
        spread(parameters + n.firstBias, n.hidden, into: first)
        product(
            Strided(x, n.inputs), Strided(parameters + n.first, n.hidden), into: first, n.hidden, m: rows, n: n.hidden,
            k: n.inputs, adding: 1)
        rectify(first, dropout, &random)
        spread(parameters + n.secondBias, n.hidden, into: second)
        product(
            Strided(first, n.hidden), Strided(parameters + n.second, n.hidden), into: second, n.hidden, m: rows,
            n: n.hidden, k: n.hidden, adding: 1)
        rectify(second, dropout, &random)
        for i in 0..<rows * n.hidden { top[i] = first[i] + second[i] }
        spread(parameters + n.answerBias, n.outputs, into: y)
        product(
            Strided(top, n.hidden), Strided(parameters + n.answer, n.outputs), into: y, n.outputs, m: rows,
            n: n.outputs, k: n.hidden, adding: 1)
        product(
            Strided(x, n.inputs), Strided(parameters + n.line, n.steps), into: line, n.steps, m: rows, n: n.steps,
            k: n.inputs)
        for i in 0..<rows * n.steps { for q in 0..<n.levels { y[i * n.levels + q] += line[i] } }
    }

    /// After `forward` with the same dropout: the pinball loss, weighted and summed, and in `gradients` those of
    /// `scale` times it. `y` is overwritten.
    func learn(_ parameters: UnsafePointer<Float>, scale: Float, dropout: Float) -> Double {
        let n = network
        let loss = lose(scale)
        let dy = Strided(y, n.outputs)
        product(
            Strided(x, n.inputs, isTransposed: true), Strided(line, n.steps), into: gradients + n.line, n.steps,
            m: n.inputs, n: n.steps, k: rows)
        product(
            Strided(top, n.hidden, isTransposed: true), dy, into: gradients + n.answer, n.outputs, m: n.hidden,
            n: n.outputs, k: rows)
        sum(y, n.outputs, into: gradients + n.answerBias)
        product(
            dy, Strided(parameters + n.answer, n.outputs, isTransposed: true), into: dfirst, n.hidden, m: rows,
            n: n.hidden, k: n.outputs)
        let kept = 1 / (1 - dropout)
        // A unit that was dropped or negative stands at 0, and passes nothing back.
        for i in 0..<rows * n.hidden { dsecond[i] = second[i] > 0 ? dfirst[i] * kept : 0 }
        product(
            Strided(first, n.hidden, isTransposed: true), Strided(dsecond, n.hidden), into: gradients + n.second,
            n.hidden, m: n.hidden, n: n.hidden, k: rows)
        sum(dsecond, n.hidden, into: gradients + n.secondBias)
        product(
            Strided(dsecond, n.hidden), Strided(parameters + n.second, n.hidden, isTransposed: true), into: dfirst,
            n.hidden, m: rows, n: n.hidden, k: n.hidden, adding: 1)
        for i in 0..<rows * n.hidden { dfirst[i] = first[i] > 0 ? dfirst[i] * kept : 0 }
        product(
            Strided(x, n.inputs, isTransposed: true), Strided(dfirst, n.hidden), into: gradients + n.first, n.hidden,
            m: n.inputs, n: n.hidden, k: rows)
        sum(dfirst, n.hidden, into: gradients + n.firstBias)
        return loss
    }

    /// The weighted pinball loss of `y`, summed; `y` becomes its gradient times `scale`, and `line` that of the line.
    private func lose(_ scale: Float) -> Double {
        let (steps, levels) = (network.steps, network.levels)
        var loss = 0.0
        quantiles.withUnsafeBufferPointer { quantiles in
            for row in 0..<rows {
                var sum: Float = 0
                let up = scale * weights[row]
                for step in 0..<steps {
                    let truth = wanted[row * steps + step]
                    let answers = y + (row * steps + step) * levels
                    guard !truth.isNaN else {
                        answers.update(repeating: 0, count: levels)
                        line[row * steps + step] = 0
                        continue
                    }
                    var turn: Float = 0
                    for q in 0..<levels {
                        let error = truth - answers[q]
                        let slope = error > 0 ? quantiles[q] : quantiles[q] - 1
                        sum += slope * error
                        turn += slope
                        answers[q] = -up * slope
                    }
                    line[row * steps + step] = -up * turn
                }
                loss += Double(sum * weights[row])
            }
        }
        return loss
    }

    private func spread(_ bias: UnsafePointer<Float>, _ width: Int, into to: UnsafeMutablePointer<Float>) {
        for row in 0..<rows { (to + row * width).update(from: bias, count: width) }
    }

    private func sum(_ from: UnsafePointer<Float>, _ width: Int, into to: UnsafeMutablePointer<Float>) {
        to.update(from: from, count: width)
        for row in 1..<max(1, rows) { for i in 0..<width { to[i] += from[row * width + i] } }
    }

    private func rectify(_ x: UnsafeMutablePointer<Float>, _ dropout: Float, _ random: inout PlacedRandom) {
        let count = rows * network.hidden
        guard dropout > 0 else {
            for i in 0..<count { x[i] = max(0, x[i]) }
            return
        }
        let (limit, kept) = (UInt64(dropout * 65_536), 1 / (1 - dropout))
        var (bits, left): (UInt64, Int) = (0, 0)
        for i in 0..<count {
            if left == 0 { (bits, left) = (random.next(), 4) }
            x[i] = bits & 0xffff >= limit ? max(0, x[i]) * kept : 0
            (bits, left) = (bits >> 16, left - 1)
        }
    }
}
