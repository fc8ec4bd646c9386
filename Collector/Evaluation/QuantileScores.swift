/// Adds up how good quantile forecasts were. A pair without a truth or without a forecast does not count.
///
///     pinball_q(y, f) = max(q·(y − f), (q − 1)·(y − f))
///     CRPS            = mean over q of  Σ 2·pinball_q / Σ |y|      (weighted quantile loss, as GIFT-Eval has it)
///     coverage        = share of the truths within [first quantile, last quantile] of the given pair
package struct QuantileScores: Sendable, Equatable {
    package let levels: [Double]
    package private(set) var count = 0
    private var pinball: [Double]
    private var absoluteTruth = 0.0
    private var absoluteError = 0.0
    private var within = 0
    private let medianIndex: Int
    private let bounds: (low: Int, high: Int)

    package static func == (left: Self, right: Self) -> Bool {
        left.levels == right.levels && left.count == right.count && left.pinball == right.pinball
            && left.absoluteTruth == right.absoluteTruth && left.within == right.within
    }

    /// `levels` ascend; coverage is counted between the ones nearest to .1 and .9.
    package init(levels: [Double]) {
        self.levels = levels
        pinball = .init(repeating: 0, count: levels.count)
        medianIndex = Self.nearest(0.5, levels)
        bounds = (Self.nearest(0.1, levels), Self.nearest(0.9, levels))
    }

    private static func nearest(_ level: Double, _ levels: [Double]) -> Int {
        levels.indices.min { abs(levels[$0] - level) < abs(levels[$1] - level) } ?? 0
    }

    /// `quantile` gives the value of each of `levels` by its index; a forecast of one number gives the same for all.
    package mutating func add(truth: Float, _ quantile: (Int) -> Float) {
        guard !truth.isNaN, !quantile(medianIndex).isNaN else { return }
        let truth = Double(truth)
        count += 1
        absoluteTruth += abs(truth)
        absoluteError += abs(truth - Double(quantile(medianIndex)))
        for (index, level) in levels.enumerated() {
            let error = truth - Double(quantile(index))
            pinball[index] += max(level * error, (level - 1) * error)
        }
        if truth >= Double(quantile(bounds.low)), truth <= Double(quantile(bounds.high)) { within += 1 }
    }

    package mutating func add(_ other: QuantileScores) {
        precondition(levels == other.levels)
        count += other.count
        for index in pinball.indices { pinball[index] += other.pinball[index] }
        absoluteTruth += other.absoluteTruth
        absoluteError += other.absoluteError
        within += other.within
    }

    /// Mean over quantiles and pairs, in the unit of the values; nil without a pair.
    package var meanPinball: Double? {
        count > 0 ? pinball.reduce(0, +) / Double(levels.count * count) : nil
    }

    package var crps: Double? {
        guard absoluteTruth > 0 else { return nil }
        return pinball.reduce(0) { $0 + 2 * $1 / absoluteTruth } / Double(levels.count)
    }

    /// Of the median.
    package var meanAbsoluteError: Double? { count > 0 ? absoluteError / Double(count) : nil }

    package var coverage: Double? { count > 0 ? Double(within) / Double(count) : nil }
}
