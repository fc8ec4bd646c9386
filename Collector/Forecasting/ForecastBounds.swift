import Insight
import Telemetry

/// Makes the network's answer one that can be true: it does not know what a percentage is.
///
/// 1. Quantiles are sorted, then spread around their median by as much of the window as was not measured.
/// 2. Values stay in their metric's range.
/// 3. The medians of user, system, iowait and idle add up to 100 less the steal that the host had lately. All four are
///    scaled by one factor; the other quantiles of a metric move along with its median.
/// 4. Java's median is not above user + system: its quantiles move down together.
/// 5. Uptime grows with the clock or falls with a reboot, so the median is the last value and the time since, with
///    `clockNoise` about it; the lower quantiles are what the model says of reboots where that is lower.
struct ForecastBounds {
    static let quantiles = Forecast.quantiles.count
    static let median = Forecast.medianIndex
    /// By how much a step's mean uptime is off the clock, in seconds: its samples do not lie evenly in it. Normal, with
    /// a deviation of 25 seconds.
    static let clockNoise: [Float] = [-51, -32, -17, 0, 17, 32, 51]
    static let shares: [Metric] = [.cpuUser, .cpuSystem, .cpuIOWait, .cpuIdle]

    let history: History

    /// `values`: `[metric][step][quantile]` in the metrics' units, NaN for a metric without forecast.
    func apply(to values: inout [Float]) {
        values.withUnsafeMutableBufferPointer { values in
            for metric in Metric.allCases where !values[Self.index(metric, 0)].isNaN { order(values, metric) }
            partition(values)
            boundJava(values)
            boundUptime(values)
        }
    }

    static func index(_ metric: Metric, _ step: Int) -> Int {
        (metric.rawValue * Forecast.horizon + step) * quantiles
    }

    /// Where all of a metric's values stand.
    private static func places(_ metric: Metric) -> StrideTo<Int> {
        stride(from: index(metric, 0), to: index(metric, Forecast.horizon), by: quantiles)
    }

    private struct Limits {
        let least: Float
        let most: Float

        init(_ metric: Metric) {
            least = Float(metric.range.lowerBound)
            most = Float(metric.plausibleMaximum)
        }

        func clamped(_ value: Float) -> Float { min(max(value, least), most) }
    }

    private func order(_ values: UnsafeMutableBufferPointer<Float>, _ metric: Metric) {
        let (widening, range) = (history.widening(metric), Limits(metric))
        for first in Self.places(metric) {
            // Seven numbers, nearly in order: insertion.
            for i in first + 1..<first + Self.quantiles {
                let value = values[i]
                var j = i
                while j > first, values[j - 1] > value {
                    values[j] = values[j - 1]
                    j -= 1
                }
                values[j] = value
            }
            let middle = values[first + Self.median]
            for i in first..<first + Self.quantiles {
                values[i] = range.clamped(middle + (values[i] - middle) * widening)
            }
        }
    }

    /// 100 less the mean steal of the last hour.
    private func wholeOfShares() -> Float {
        var (sum, count) = (0.0, 0)
        for i in max(0, history.count - 12)..<history.count {
            let total = Self.shares.reduce(0) { $0 + history.values[history.places($1).lowerBound + i] }
            if !total.isNaN { (sum, count) = (sum + min(total, 100), count + 1) }
        }
        return count > 0 ? Float(sum / Double(count)) : 100
    }

    private func partition(_ values: UnsafeMutableBufferPointer<Float>) {
        let whole = wholeOfShares()
        for step in 0..<Forecast.horizon {
            var sum: Float = 0
            for metric in Self.shares { sum += values[Self.index(metric, step) + Self.median] }
            if sum.isNaN { return }
            for metric in Self.shares {
                let middle = values[Self.index(metric, step) + Self.median]
                // A host of which nothing is expected is idle.
                let to = sum > 0 ? middle * (whole / sum) : (metric == .cpuIdle ? whole : 0)
                shift(values, metric, step, by: to - middle)
            }
        }
    }

    private func boundJava(_ values: UnsafeMutableBufferPointer<Float>) {
        for step in 0..<Forecast.horizon {
            let user = values[Self.index(.cpuUser, step) + Self.median]
            let most = user + values[Self.index(.cpuSystem, step) + Self.median]
            let java = values[Self.index(.javaCPU, step) + Self.median]
            if java > most { shift(values, .javaCPU, step, by: most - java) }
        }
    }

    private func boundUptime(_ values: UnsafeMutableBufferPointer<Float>) {
        guard let last = history.lastKnown[Metric.uptime.rawValue] else { return }
        for step in 0..<Forecast.horizon {
            let first = Self.index(.uptime, step)
            if values[first].isNaN { return }
            let line = Float(last.value + Double((last.age + step) * Step.seconds) / 86_400)
            for i in 0..<Self.quantiles {
                let clock = max(0, line + Self.clockNoise[i] / 86_400)
                values[first + i] = i < Self.median ? min(values[first + i], clock) : clock
            }
        }
    }

    /// Moves all quantiles of one metric and step; they stay in order and in range.
    private func shift(_ values: UnsafeMutableBufferPointer<Float>, _ metric: Metric, _ step: Int, by amount: Float) {
        let (first, range) = (Self.index(metric, step), Limits(metric))
        for i in first..<first + Self.quantiles { values[i] = range.clamped(values[i] + amount) }
    }
}
