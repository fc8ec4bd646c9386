/// The mean absolute scaled error (Hyndman and Koehler, 2006), averaged over series and windows:
///
///     MASE = mean of  MAE(median) / mean |y_t − y_{t−season}| over the history before the window
package struct ScaledError: Sendable, Equatable {
    private var sum = 0.0
    private var count = 0

    package init() {}

    /// A window without a truth or without a forecast, or a history that never changed, has no scaled error and does
    /// not count.
    package mutating func add(truth: ArraySlice<Float>, median: ArraySlice<Float>, seasonalError: Double?) {
        var (error, pairs) = (0.0, 0)
        for (truth, median) in zip(truth, median) where !truth.isNaN && !median.isNaN {
            error += Double(abs(truth - median))
            pairs += 1
        }
        guard let seasonalError, seasonalError > 0, pairs > 0 else { return }
        sum += error / Double(pairs) / seasonalError
        count += 1
    }

    package var mean: Double? { count > 0 ? sum / Double(count) : nil }

    /// The scale: how far a series is from itself one season ago, on average, over all of `history`.
    package static func seasonalError(_ history: ArraySlice<Float>, season: Int) -> Double? {
        var (sum, count) = (0.0, 0)
        for index in history.indices.dropFirst(season) {
            let difference = history[index] - history[index - season]
            guard !difference.isNaN else { continue }
            sum += Double(abs(difference))
            count += 1
        }
        return count > 0 ? sum / Double(count) : nil
    }
}
