import Glibc
package import Telemetry

/// Makes hosts unlike the demonstration fleet's, for a model that is to serve strangers: quiet ones and busy ones by
/// orders of magnitude, metrics that hardly move, that creep or that come in bursts, and some that are always zero.
/// Each host and metric has a way of its own, which stays.
package struct HostVariety: Sendable {
    /// What becomes of one metric of one host: `factor · smooth(usual · (value / usual)^power)`.
    private struct Way: Sendable {
        /// Above 1: bursts; below: calm.
        var power = 1.0
        /// How much of a new value is taken, 0…1.
        var weight = 1.0
        var factor = 1.0
        /// The profile's mean.
        var usual = 1.0
        private var smooth = Double.nan

        init() {}

        init(usual: Double, factors: ClosedRange<Double>, _ random: inout Generator) {
            self.usual = usual
            power = random.factor(0.5...4)
            weight = random.uniform() < 0.4 ? 1 : random.factor(0.03...1)
            factor = random.uniform() < HostVariety.zeroShare ? 0 : random.factor(factors)
        }

        mutating func take(_ value: Double) -> Double {
            guard !value.isNaN else { return value }
            let shaped = usual * pow(value / usual, power)
            smooth = smooth.isNaN ? shaped : smooth + weight * (shaped - smooth)
            return factor * smooth
        }
    }

    private static let zeroShare = 0.12
    /// By host, in the metrics' order.
    private var ways: [String: [Way]] = [:]

    package init(_ fleet: Fleet, seed: UInt64) {
        var random = Generator(seed: seed, stream: .max - 1)
        for host in fleet.hosts {
            let means = ProfileTraits.of(host.profile).means
            var own = [Way](repeating: Way(), count: Metric.count)
            for quantity in Quantity.allCases {
                own[quantity.metric.rawValue] = Way(
                    usual: means[quantity], factors: Self.factors(quantity.metric), &random)
            }
            ways[host.name] = own
        }
    }

    private static func factors(_ metric: Metric) -> ClosedRange<Double> {
        switch metric {
        case .networkIn, .networkOut: 0.0005...5
        case .backCloseWait, .frontCloseWait: 0.1...5
        case .loadAverage: 0.02...2
        case .memoryUsed, .diskUsage: 0.05...1.2
        default: 0.01...1.2
        }
    }

    package mutating func applied(to record: Record) -> MetricVector {
        guard var own = ways[record.host] else { return record.values }
        var values = record.values
        for metric in Metric.allCases where metric != .cpuIdle && metric != .uptime {
            let value = own[metric.rawValue].take(values[raw: metric.rawValue])
            values[raw: metric.rawValue] = value.isNaN ? value : min(value, metric.plausibleMaximum)
        }
        ways[record.host] = own
        let shares: [Metric] = [.cpuUser, .cpuSystem, .cpuIOWait]
        let busy = shares.reduce(0) { $0 + values[raw: $1.rawValue] }
        if busy > 100 { for metric in shares { values[raw: metric.rawValue] *= 100 / busy } }
        values[.cpuIdle] = max(0, 100 - busy)
        let most = values[raw: Metric.cpuUser.rawValue] + values[raw: Metric.cpuSystem.rawValue]
        values[raw: Metric.javaCPU.rawValue] = min(values[raw: Metric.javaCPU.rawValue], most)
        return values
    }
}

extension Generator {
    /// Evenly spread over the range's logarithm.
    fileprivate mutating func factor(_ range: ClosedRange<Double>) -> Double {
        exp(uniform(log(range.lowerBound)...log(range.upperBound)))
    }
}
