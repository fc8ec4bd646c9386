import Insight
import Telemetry

/// Makes the network's answer one that can be true: it does not know what a percentage is.
///
/// 1. Quantiles are sorted, then spread around their median by as much of the window as was not measured.
/// 2. Values stay in their metric's range.
/// 3. The medians of user, system, iowait and idle add up to 100 less the steal that the host had lately. All four are
///    scaled by one factor; the other quantiles of a metric move along with its median.
/// 4. Java's median is not above user + system: its quantiles move down together.
/// 5. Uptime grows with the clock or falls with a reboot, so nothing lies above the last value and the time since, and
///    from the median up everything lies on it; the lower quantiles are what the model says of reboots.
struct ForecastBounds {
    static let quantiles = Forecast.quantiles.count
    static let median = Forecast.medianIndex
    static let shares: [Metric] = [.cpuUser, .cpuSystem, .cpuIOWait, .cpuIdle]

    let history: History

    /// `values`: `[metric][step][quantile]` in the metrics' units, NaN for a metric without forecast.
    func apply(to values: inout [Float]) {
        for metric in Metric.allCases {
            let widening = history.widening(metric)
            for step in 0..<Forecast.horizon {
                let first = Self.index(metric, step)
                if values[first].isNaN { continue }
                Self.sort(&values, first)
                let middle = values[first + Self.median]
                for i in first..<first + Self.quantiles {
                    values[i] = Self.clamped(middle + (values[i] - middle) * widening, metric)
                }
            }
        }
        let whole = wholeOfShares()
        for step in 0..<Forecast.horizon {
            partition(&values, step, whole: whole)
            boundJava(&values, step)
            boundUptime(&values, step)
        }
    }

    static func index(_ metric: Metric, _ step: Int) -> Int {
        (metric.rawValue * Forecast.horizon + step) * quantiles
    }

    private static func clamped(_ value: Float, _ metric: Metric) -> Float {
        min(max(value, Float(metric.range.lowerBound)), Float(metric.plausibleMaximum))
    }

    /// Seven numbers, nearly in order: insertion.
    private static func sort(_ values: inout [Float], _ first: Int) {
        for i in first + 1..<first + quantiles {
            let value = values[i]
            var j = i
            while j > first, values[j - 1] > value {
                values[j] = values[j - 1]
                j -= 1
            }
            values[j] = value
        }
    }

    /// 100 less the mean steal of the last hour.
    private func wholeOfShares() -> Float {
        var (sum, count) = (0.0, 0)
        for step in history.shown.suffix(12) {
            let total = Self.shares.reduce(0) { $0 + step.values[raw: $1.rawValue] }
            if !total.isNaN { (sum, count) = (sum + min(total, 100), count + 1) }
        }
        return count > 0 ? Float(sum / Double(count)) : 100
    }

    private func partition(_ values: inout [Float], _ step: Int, whole: Float) {
        let medians = Self.shares.map { values[Self.index($0, step) + Self.median] }
        let sum = medians.reduce(0, +)
        guard !sum.isNaN else { return }
        for (metric, middle) in zip(Self.shares, medians) {
            // A host of which nothing is expected is idle.
            let to = sum > 0 ? middle * (whole / sum) : (metric == .cpuIdle ? whole : 0)
            shift(&values, metric, step, by: to - middle)
        }
    }

    private func boundJava(_ values: inout [Float], _ step: Int) {
        let most =
            values[Self.index(.cpuUser, step) + Self.median] + values[Self.index(.cpuSystem, step) + Self.median]
        let java = values[Self.index(.javaCPU, step) + Self.median]
        if java > most { shift(&values, .javaCPU, step, by: most - java) }
    }

    private func boundUptime(_ values: inout [Float], _ step: Int) {
        let first = Self.index(.uptime, step)
        guard !values[first].isNaN, let last = history.lastKnown[Metric.uptime.rawValue] else { return }
        let line = Float(last.value + Double((last.age + step) * Step.seconds) / 86_400)
        for i in 0..<Self.quantiles {
            values[first + i] = i < Self.median ? min(values[first + i], line) : line
        }
    }

    /// Moves all quantiles of one metric and step; they stay in order and in range.
    private func shift(_ values: inout [Float], _ metric: Metric, _ step: Int, by amount: Float) {
        let first = Self.index(metric, step)
        for i in first..<first + Self.quantiles { values[i] = Self.clamped(values[i] + amount, metric) }
    }
}
