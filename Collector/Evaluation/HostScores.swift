package import Insight
package import Telemetry

/// How good a model's forecasts of hosts were, beside the simple ones: sums by metric, profile and horizon, from which
/// every table is added up.
///
///     pinball   mean over the seven quantiles, in the metric's unit
///     CRPS      Σ 2·pinball / Σ |truth|: no unit
///     MASE      |truth − median| over how far the metric is from itself a day before, mean over the pairs
///     relative  pinball over how far the metric, on all hosts, is from itself a day before: metrics may be averaged
///     skill     1 − model / simple, over the pairs for which both spoke
package struct HostScores: Sendable {
    package struct Key: Hashable, Sendable {
        package var metric: Metric
        package var profile: Profile
        /// Of `KeptForecast.horizons`.
        package var horizon: Int
    }

    package struct Cell: Sendable {
        package fileprivate(set) var sums = AccuracySums()
        fileprivate var absoluteTruth = 0.0
        fileprivate var scaled = Ratio()
        /// By `SimpleForecast.rawValue`.
        fileprivate var simpleScaled = [Ratio](repeating: Ratio(), count: SimpleForecast.allCases.count)

        package init() {}

        fileprivate struct Ratio: Sendable {
            var sum = 0.0
            var count = 0
            var mean: Double? { count > 0 ? sum / Double(count) : nil }

            mutating func add(_ other: Ratio) { (sum, count) = (sum + other.sum, count + other.count) }
        }

        package mutating func add(_ other: Cell) {
            sums.add(other.sums)
            absoluteTruth += other.absoluteTruth
            scaled.add(other.scaled)
            for index in simpleScaled.indices { simpleScaled[index].add(other.simpleScaled[index]) }
        }

        package var crps: Double? { absoluteTruth > 0 ? 2 * sums.pinball / absoluteTruth : nil }
        package var mase: Double? { scaled.mean }
        package func mase(_ simple: SimpleForecast) -> Double? { simpleScaled[simple.rawValue].mean }

        package func pinball(_ simple: SimpleForecast) -> Double? {
            let duel = sums.duels[simple.rawValue]
            return duel.count > 0 ? duel.simple / Double(duel.count) : nil
        }

        /// Over the best of the simple ones.
        package var bestSkill: (over: SimpleForecast, skill: Double)? {
            SimpleForecast.allCases.compactMap { one in sums.skill(over: one).map { (one, $0) } }.min { $0.1 < $1.1 }
        }

        package func crps(_ simple: SimpleForecast) -> Double? {
            guard let pinball = pinball(simple), absoluteTruth > 0 else { return nil }
            return 2 * pinball * Double(sums.count) / absoluteTruth
        }
    }

    package let model: String
    package let origins: [Int]
    package let hosts: Int
    /// Forecasts that the model did not give.
    package private(set) var withheld = 0
    package private(set) var cells: [Key: Cell] = [:]
    /// By metric: the hosts' scales, to be averaged.
    private var scales = [Cell.Ratio](repeating: Cell.Ratio(), count: Metric.count)

    init(model: String, origins: [Int], hosts: Int) {
        (self.model, self.origins, self.hosts) = (model, origins, hosts)
    }

    /// Adds one host's sums. `scales`: by metric, in its unit; nil or 0 where it never changes.
    mutating func add(
        _ sums: [AccuracyKey: AccuracySums], _ medians: MedianErrors, scales: [Double?], profile: Profile
    ) {
        withheld += medians.withheld
        for (metric, scale) in zip(Metric.allCases, scales) {
            if let scale { self.scales[metric.rawValue].add(Cell.Ratio(sum: scale, count: 1)) }
        }
        for (key, own) in sums {
            guard let horizon = KeptForecast.horizons.firstIndex(of: key.horizon) else { continue }
            let place = MedianErrors.place(key.metric, horizon: horizon)
            var cell = Cell()
            cell.sums = own
            cell.absoluteTruth = medians.truth[place]
            if let scale = scales[key.metric.rawValue], scale > 0 {
                cell.scaled = Cell.Ratio(sum: medians.error[place] / scale, count: own.count)
                for (index, duel) in own.duels.enumerated() {
                    // The levels lie evenly about ½, so a point's pinball loss is half its error.
                    cell.simpleScaled[index] = Cell.Ratio(sum: 2 * duel.simple / scale, count: duel.count)
                }
            }
            cells[Key(metric: key.metric, profile: profile, horizon: horizon), default: Cell()].add(cell)
        }
    }

    /// All cells of a metric, of a horizon, or of both.
    package func cell(_ metric: Metric, horizon: Int? = nil) -> Cell {
        var sum = Cell()
        for (key, cell) in cells where key.metric == metric && horizon ?? key.horizon == key.horizon { sum.add(cell) }
        return sum
    }

    package var metrics: [Metric] { Metric.allCases.filter { metric in cells.keys.contains { $0.metric == metric } } }
    package var profiles: [Profile] { Profile.allCases.filter { one in cells.keys.contains { $0.profile == one } } }

    /// Leaves nothing but one profile.
    mutating func keep(_ profile: Profile) { cells = cells.filter { $0.key.profile == profile } }

    // MARK: Over metrics

    /// Means over the metrics, each in units of how far it is from itself a day before; a metric that never changes has
    /// no such unit and does not count.
    package struct Total: Sendable {
        /// Nil where no metric has such a unit: there is less than a day before.
        package fileprivate(set) var pinball: Double?
        package fileprivate(set) var coverage: Double?
        package fileprivate(set) var mase: Double?
        /// By `SimpleForecast.rawValue`: the simple forecast's loss, and the model's over the same pairs.
        package fileprivate(set) var simple: [(simple: Double, model: Double)?] = []

        package func skill(over simple: SimpleForecast) -> Double? {
            self.simple[simple.rawValue].flatMap { $0.simple > 0 ? 1 - $0.model / $0.simple : nil }
        }

        /// Over the best of the simple ones.
        package var skill: (over: SimpleForecast, skill: Double)? {
            SimpleForecast.allCases.compactMap { one in skill(over: one).map { (one, $0) } }.min { $0.1 < $1.1 }
        }
    }

    /// `horizon`: of `KeptForecast.horizons`; nil takes all.
    package func total(horizon: Int? = nil) -> Total {
        let parts = metrics.compactMap { metric -> (cell: Cell, scale: Double)? in
            guard let scale = scales[metric.rawValue].mean, scale > 0 else { return nil }
            return (cell(metric, horizon: horizon), scale)
        }.filter { $0.cell.sums.count > 0 }
        func mean(_ values: [Double]) -> Double? {
            values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }
        var total = Total()
        total.pinball = mean(parts.compactMap { part in part.cell.sums.meanPinball.map { $0 / part.scale } })
        total.coverage = mean(parts.compactMap { $0.cell.sums.coverage })
        total.mase = mean(parts.compactMap { $0.cell.mase })
        total.simple = SimpleForecast.allCases.map { one in
            let duels = parts.map { (duel: $0.cell.sums.duels[one.rawValue], scale: $0.scale) }
                .filter { $0.duel.count > 0 }
            guard let simple = mean(duels.map { $0.duel.simple / Double($0.duel.count) / $0.scale }),
                let model = mean(duels.map { $0.duel.model / Double($0.duel.count) / $0.scale })
            else { return nil }
            return (simple, model)
        }
        return total
    }
}
