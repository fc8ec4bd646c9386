import Insight

/// Forecasts that need no training, as quantiles: a path, and about it how wrong such paths lately were, so many steps
/// ahead. They are what a network has to beat, and what is left where a table is too short or too odd for one.
struct SimpleQuantiles {
    enum Kind: String, CaseIterable {
        case naive
        case seasonalNaive = "seasonal_naive"
        /// The mean of the last seasons at the same time.
        case usual
        case dampedTrend = "damped_trend"
        /// How the values of the last seasons lie, whenever they were: all there is to say of what comes at no time.
        case climate
    }

    private static let usualSeasons = 7
    private static let stepsWithoutSeason = 28
    /// Errors are pooled over steps of about the same distance, and no more of them are kept.
    private static let pooledMax = 600
    /// How far back paths are tried.
    private static let (triedSeasons, triedHorizons, triedStepsMin) = (30, 20, 200)

    let season: Int
    let horizon: Int
    let levels: [Double]
    /// Beginnings in the past at which a path is tried.
    let origins: Int

    /// `[step][level]` after `history`; NaN when it holds no number. One without a season has no seasonal naive: nil.
    func forecast(_ kind: Kind, _ history: UnsafeBufferPointer<Float>) -> [Float] {
        if kind == .climate { return climate(history) }
        var path = [Float](repeating: .nan, count: horizon)
        fill(kind, history, &path)
        var answer = [Float](repeating: .nan, count: horizon * levels.count)
        for (steps, errors) in errors(kind, history) {
            for step in steps {
                for (q, level) in levels.enumerated() {
                    answer[step * levels.count + q] = path[step] + Self.quantile(errors, level)
                }
            }
        }
        return answer
    }

    /// Steps that double in number: 1, 1, 2, 4, … With each, ascending, how wrong the paths were there.
    private func errors(_ kind: Kind, _ history: UnsafeBufferPointer<Float>) -> [(Range<Int>, [Float])] {
        var blocks: [Range<Int>] = []
        while (blocks.last?.upperBound ?? 0) < horizon {
            let first = blocks.last?.upperBound ?? 0
            blocks.append(first..<min(horizon, max(1, 2 * first)))
        }
        var found = [[Float]](repeating: [], count: blocks.count)
        var path = [Float](repeating: .nan, count: horizon)
        for origin in tried(history.count) {
            fill(kind, UnsafeBufferPointer(rebasing: history[..<origin]), &path)
            for (block, steps) in blocks.enumerated() {
                let stride = Swift.max(1, steps.count * origins / Self.pooledMax)
                for step in Swift.stride(from: steps.lowerBound, to: steps.upperBound, by: stride) {
                    guard origin + step < history.count else { break }
                    let error = history[origin + step] - path[step]
                    if !error.isNaN { found[block].append(error) }
                }
            }
        }
        // What no path reached is taken to be as uncertain as the farthest that one did.
        var last: [Float] = [0]
        return zip(blocks, found).map { steps, errors in
            if errors.count >= 4 || last.count < errors.count { last = errors.sorted() }
            return (steps, last)
        }
    }

    private func tried(_ count: Int) -> [Int] {
        let least = min(count, max(2, season + 1))
        let reach = max(Self.triedSeasons * season, Self.triedHorizons * horizon, Self.triedStepsMin)
        let first = max(least, count - reach)
        // Whole paths where the past allows it, else what there is of them.
        let last = max(first, count - (count - first > 3 * horizon ? horizon : 1))
        guard last > first else { return first < count ? [first] : [] }
        let wanted = min(origins, last - first)
        return (0..<wanted).map { first + (2 * $0 + 1) * (last - first) / (2 * wanted) }
    }

    private func fill(_ kind: Kind, _ history: UnsafeBufferPointer<Float>, _ path: inout [Float]) {
        path.withUnsafeMutableBufferPointer { path in
            switch kind {
            case .naive, .climate: SimpleForecast.persistence.path(history, season: season, into: path)
            case .seasonalNaive: SimpleForecast.yesterday.path(history, season: season, into: path)
            case .dampedTrend: SimpleForecast.dampedTrend.path(history, season: season, into: path)
            case .usual: usual(history, into: path)
            }
        }
    }

    private func usual(_ history: UnsafeBufferPointer<Float>, into path: UnsafeMutableBufferPointer<Float>) {
        let (period, turns) = season > 1 ? (season, Self.usualSeasons) : (1, Self.stepsWithoutSeason)
        SimpleForecast.persistence.path(history, season: season, into: path)
        for step in path.indices {
            guard step < period else {
                path[step] = path[step - period]
                continue
            }
            var (sum, count, at): (Float, Float, Int) = (0, 0, history.count + step - period)
            for _ in 0..<turns where at >= 0 {
                if !history[at].isNaN { (sum, count) = (sum + history[at], count + 1) }
                at -= period
            }
            if count > 0 { path[step] = sum / count }
        }
    }

    private func climate(_ history: UnsafeBufferPointer<Float>) -> [Float] {
        let reach = max(Self.usualSeasons * season, 2 * Self.stepsWithoutSeason)
        let values = history.suffix(reach).filter { !$0.isNaN }.sorted()
        guard !values.isEmpty else { return [Float](repeating: .nan, count: horizon * levels.count) }
        let row = levels.map { Self.quantile(values, $0) }
        return (0..<horizon).flatMap { _ in row }
    }

    /// Of ascending values, straight between two of them (Hyndman and Fan 1996, type 7).
    static func quantile(_ values: [Float], _ level: Double) -> Float {
        let place = level * Double(values.count - 1)
        let low = Int(place)
        let high = min(low + 1, values.count - 1)
        return values[low] + (values[high] - values[low]) * Float(place - Double(low))
    }
}
