/// The forecasts that need no model, which a model has to beat to be believed. Each gives one number a step.
package enum SimpleForecast: Int, Sendable, CaseIterable {
    /// The last value that was known goes on.
    case persistence
    /// The same time one season ago: yesterday.
    case yesterday
    /// The same time seven seasons ago: last week.
    case lastWeek
    /// Level and trend by exponential smoothing, the trend dying away (Gardner and McKenzie, 1985).
    case dampedTrend

    package var name: String {
        switch self {
        case .persistence: "persistence"
        case .yesterday: "yesterday"
        case .lastWeek: "last_week"
        case .dampedTrend: "damped_trend"
        }
    }

    /// Smoothing of level and trend, and how much of the trend the next step keeps.
    private static let (levelWeight, trendWeight, damping) = (0.4, 0.05, 0.95)
    /// Older steps weigh less than 10⁻²⁰.
    private static let trendSteps = 96

    /// - Parameters:
    ///   - history: ascending in time, NaN for gaps; the step to forecast first follows its last.
    ///   - path: filled whole; NaN where the history holds no number at all.
    package func path(
        _ history: UnsafeBufferPointer<Float>, season: Int, into path: UnsafeMutableBufferPointer<Float>
    ) {
        switch self {
        case .persistence: path.update(repeating: Self.last(history))
        case .yesterday: Self.repeatSeason(history, period: season, into: path)
        case .lastWeek: Self.repeatSeason(history, period: 7 * season, into: path)
        case .dampedTrend: Self.damp(history, into: path)
        }
    }

    private static func last(_ history: UnsafeBufferPointer<Float>) -> Float {
        history.last { !$0.isNaN } ?? .nan
    }

    /// A gap in the season before is filled by the one before that; with no season at hand, the last value goes on.
    private static func repeatSeason(
        _ history: UnsafeBufferPointer<Float>, period: Int, into path: UnsafeMutableBufferPointer<Float>
    ) {
        let newest = last(history)
        for step in path.indices {
            var at = history.count + step - period * (step / period + 1)
            while at >= 0, history[at].isNaN { at -= period }
            path[step] = at >= 0 ? history[at] : newest
        }
    }

    private static func damp(
        _ history: UnsafeBufferPointer<Float>, into path: UnsafeMutableBufferPointer<Float>
    ) {
        var (level, trend) = (Double.nan, 0.0)
        // So many steps that are known, however long ago.
        var (first, known) = (history.count, 0)
        while first > 0, known < trendSteps {
            first -= 1
            if !history[first].isNaN { known += 1 }
        }
        for value in history[first...] where !value.isNaN {
            guard !level.isNaN else {
                level = Double(value)
                continue
            }
            let before = level
            level = levelWeight * Double(value) + (1 - levelWeight) * (before + damping * trend)
            trend = trendWeight * (level - before) + (1 - trendWeight) * damping * trend
        }
        var (ahead, reach) = (damping, damping)
        for step in path.indices {
            path[step] = Float(level + ahead * trend)
            reach *= damping
            ahead += reach
        }
    }
}
