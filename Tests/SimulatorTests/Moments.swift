/// Friday 10 October 2025, 00:00 UTC.
let friday = 1_760_054_400.0

extension [Double] {
    var mean: Double { reduce(0, +) / Double(count) }

    var deviation: Double {
        let mean = mean
        return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
    }
}

/// Timings hold for optimised code only.
#if DEBUG
    let isDebug = true
#else
    let isDebug = false
#endif
