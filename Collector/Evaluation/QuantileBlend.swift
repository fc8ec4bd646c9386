import Glibc

/// Several forecasts made into one: at every step and level, a mean of their quantiles whose weights were fitted on
/// windows that none of them had learnt from.
///
/// Weights are not negative and sum to 1; they differ by distance (blocks of steps) and by group (columns), those of a
/// group held near those of all groups, and those of all near equal ones, as far as the windows do not say otherwise.
/// Afterwards the distances from the median are stretched or shrunk by a factor for each block and side, because means
/// of quantiles are not calibrated by themselves.
struct QuantileBlend {
    /// What the weights are fitted on: one window.
    struct Example {
        /// `[member][step][level]`
        var forecasts: [[Float]]
        /// `[step]`, NaN where there is none.
        var truth: [Float]
        var group: Int
        /// How much an error of 1 counts.
        var importance: Float
    }

    /// Pulls towards equal weights, and of a group's towards everybody's; relative to the loss.
    private static let (pull, groupPull) = (0.004, 0.02)
    private static let rounds = 80
    /// Of a block, fewer than twice so many steps are looked at.
    private static let stepsMax = 16
    private static let factors: [Float] = (0...24).map { 0.7 + 0.025 * Float($0) }

    let levels: [Float]
    let members: Int
    let blocks: [Range<Int>]
    /// `[group][block][member]`
    private(set) var weights: [[[Float]]]
    /// `[block]`: below and above the median.
    private(set) var widths: [(low: Float, high: Float)]

    /// Equal weights; what `fit` begins with.
    init(members: Int, groups: Int, horizon: Int, levels: [Float]) {
        (self.members, self.levels) = (members, levels)
        let borders = horizon < 6 ? [0, horizon] : [0, horizon / 6, horizon / 2, horizon]
        blocks = zip(borders, borders.dropFirst()).map { $0..<$1 }
        let equal = [Float](repeating: 1 / Float(max(1, members)), count: members)
        weights = Array(repeating: Array(repeating: equal, count: blocks.count), count: groups)
        widths = blocks.map { _ in (1, 1) }
    }

    /// Of one window, `[step][level]`, ascending.
    func callAsFunction(_ forecasts: [[Float]], group: Int) -> [Float] {
        var answer = [Float](repeating: 0, count: forecasts[0].count)
        for (block, steps) in blocks.enumerated() {
            let places = steps.lowerBound * levels.count..<steps.upperBound * levels.count
            for (member, weight) in weights[group][block].enumerated() where weight > 0 {
                for i in places { answer[i] += weight * forecasts[member][i] }
            }
            for step in steps { stretch(&answer, step, widths[block]) }
        }
        return answer
    }

    private func stretch(_ answer: inout [Float], _ step: Int, _ width: (low: Float, high: Float)) {
        let first = step * levels.count
        let median = answer[first + levels.count / 2]
        for q in 0..<levels.count {
            answer[first + q] = median + (answer[first + q] - median) * (levels[q] < 0.5 ? width.low : width.high)
        }
    }

    mutating func fit(_ examples: [Example]) {
        guard members > 1, !examples.isEmpty else { return }
        for block in blocks.indices {
            let all = descend(examples, block, from: weights[0][block], pull: Self.pull)
            for group in weights.indices {
                let own = examples.filter { $0.group == group }
                weights[group][block] =
                    weights.count > 1 && own.count > 1 ? descend(own, block, from: all, pull: Self.groupPull) : all
            }
        }
        for block in blocks.indices { widths[block] = (width(examples, block, 0), width(examples, block, 1)) }
    }

    /// Exponentiated gradient (Kivinen and Warmuth, 1997) on the pinball loss, pulled towards where it begins.
    private func descend(_ examples: [Example], _ block: Int, from prior: [Float], pull: Double) -> [Float] {
        var weights = prior
        var gradient = [Double](repeating: 0, count: members)
        let alone = (0..<members).map { member in
            var one = [Float](repeating: 0, count: members)
            one[member] = 1
            return slope(examples, block, one, nil)
        }
        // A block without a truth says nothing of anyone.
        guard examples.contains(where: { one in blocks[block].contains { !one.truth[$0].isNaN } }) else {
            return prior
        }
        // The losses of members alone say what a difference of loss is worth.
        guard let least = alone.min(), least > 0, least.isFinite else {
            guard let exact = alone.firstIndex(of: 0) else { return prior }
            return (0..<members).map { $0 == exact ? 1 : 0 }
        }
        for round in 0..<Self.rounds {
            _ = slope(examples, block, weights, &gradient)
            let rate = 2 / (1 + 4 * Double(round) / Double(Self.rounds))
            var logs = (0..<members).map { m in
                let w = Double(max(weights[m], 1e-9)), p = Double(max(prior[m], 1e-9))
                return log(w) - rate * (gradient[m] / least + pull * log(w / p))
            }
            let highest = logs.max() ?? 0
            for m in logs.indices { logs[m] = exp(logs[m] - highest) }
            let sum = logs.reduce(0, +)
            guard sum.isFinite, sum > 0 else { return prior }
            weights = logs.map { Float($0 / sum) }
        }
        return weights
    }

    /// The mean loss of a block with some weights, and its gradient by them.
    private func slope(
        _ examples: [Example], _ block: Int, _ weights: [Float], _ gradient: UnsafeMutablePointer<[Double]>?
    ) -> Double {
        var (loss, count) = (0.0, 0.0)
        var sums = [Double](repeating: 0, count: members)
        let steps = blocks[block]
        let stride = max(1, steps.count / Self.stepsMax)
        for example in examples {
            var (own, ownLoss) = ([Float](repeating: 0, count: members), Float(0))
            for step in Swift.stride(from: steps.lowerBound, to: steps.upperBound, by: stride) {
                let truth = example.truth[step]
                guard !truth.isNaN else { continue }
                count += Double(levels.count)
                for (q, level) in levels.enumerated() {
                    let place = step * levels.count + q
                    var blended: Float = 0
                    for m in 0..<members { blended += weights[m] * example.forecasts[m][place] }
                    let error = truth - blended
                    let turn = error > 0 ? level : level - 1
                    ownLoss += turn * error
                    if gradient != nil { for m in 0..<members { own[m] -= turn * example.forecasts[m][place] } }
                }
            }
            loss += Double(ownLoss * example.importance)
            for m in 0..<members { sums[m] += Double(own[m] * example.importance) }
        }
        gradient?.pointee = sums.map { $0 / max(1, count) }
        return loss / max(1, count)
    }

    /// The factor of one side with which the blend loses least, half of the way there.
    private func width(_ examples: [Example], _ block: Int, _ side: Int) -> Float {
        var losses = [Double](repeating: 0, count: Self.factors.count)
        for example in examples {
            let blended = self(example.forecasts, group: example.group)
            for step in blocks[block] where !example.truth[step].isNaN {
                let row = blended[step * levels.count..<(step + 1) * levels.count]
                let median = row[row.startIndex + levels.count / 2]
                for (q, level) in levels.enumerated() where side == 0 ? level < 0.5 : level > 0.5 {
                    let distance = row[row.startIndex + q] - median
                    for (f, factor) in Self.factors.enumerated() {
                        let error = example.truth[step] - median - factor * distance
                        losses[f] += Double(example.importance * (error > 0 ? level : level - 1) * error)
                    }
                }
            }
        }
        let best = losses.indices.min { losses[$0] < losses[$1] } ?? 0
        guard losses[best] > 0 else { return 1 }
        return (1 + Self.factors[best]) / 2
    }
}
