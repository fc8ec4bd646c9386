import Insight
import TFT

/// What makes a network's quantiles keep their word: each one's distance from the median times a factor, by target and
/// by how far ahead, found on windows that were not learnt from (conformal quantile regression, Romano et al. 2019,
/// arXiv:1905.03222). It acts on the network's own answers, before they are brought into the metrics' units.
package struct Calibration: Sendable, Equatable {
    /// The first step ahead that no longer belongs to each block: up to 30 minutes, 1, 2, 4 and 8 hours.
    package static let blocks = KeptForecast.horizons
    package static let quantiles = Forecast.quantiles.count
    /// No quantile is moved further than this: what little validation data says is not taken for more.
    package static let limits: ClosedRange<Float> = 0.4...2.5

    /// `[target][block][quantile]`, 1 for the median.
    package let factors: [Float]

    package init(factors: [Float]) { self.factors = factors }

    init(_ fields: JSONFields, targets: [String]) throws(ModelError) {
        let blocks = try fields.numbers("blocks")
        guard blocks == Self.blocks.map({ Double($0) }) else {
            throw fields.fault("blocks", "must be \(Self.blocks)")
        }
        let rows = try fields.object("factors")
        var factors: [Float] = []
        for target in targets {
            let own = try rows.rows(target, of: Self.quantiles, count: Self.blocks.count)
            guard own.allSatisfy({ Self.limits.contains($0) }) else {
                throw rows.fault(target, "must be factors of \(Self.limits.lowerBound) to \(Self.limits.upperBound)")
            }
            factors += own
        }
        self.factors = factors
    }

    /// Corrects one target's answers, `[step][quantile]`.
    package func apply(to answers: UnsafeMutableBufferPointer<Float>, target: Int) {
        var (first, place) = (0, target * Self.blocks.count * Self.quantiles)
        for end in Self.blocks {
            for step in first..<end {
                let row = step * Self.quantiles
                let middle = answers[row + Forecast.medianIndex]
                for q in 0..<Self.quantiles {
                    answers[row + q] = middle + factors[place + q] * (answers[row + q] - middle)
                }
            }
            (first, place) = (end, place + Self.quantiles)
        }
    }
}
