import Insight
import Telemetry

@testable import Risk

/// A host made for a test: everything normal for its profile, save what is named.
struct Scene {
    static let now = 1_760_054_400.0
    static let cpus = 8

    var profile: Profile
    /// Signal → values at minutes before now, earliest first; straight lines in between, flat before.
    var past: [RiskSignal: [(minutesAgo: Double, value: Double)]] = [:]
    /// Signal → the forecast's median 30 minutes ahead and from then on. Not named: it stays as it is.
    var ahead: [RiskSignal: Double] = [:]
    var hasForecast = true
    var historyHours = 4.0

    init(_ profile: Profile = .generic) { self.profile = profile }

    func setting(_ signal: RiskSignal, _ value: Double, ahead: Double? = nil) -> Scene {
        self.setting(signal, [(0, value)], ahead: ahead)
    }

    func setting(_ signal: RiskSignal, _ values: [(Double, Double)], ahead: Double? = nil) -> Scene {
        var scene = self
        scene.past[signal] = values
        scene.ahead[signal] = ahead
        return scene
    }

    func withoutForecast() -> Scene {
        var scene = self
        scene.hasForecast = false
        return scene
    }

    /// The middle of the profile's normal range.
    func normal(_ signal: RiskSignal) -> Double {
        guard let limits = RiskConfiguration.shippedProfiles[profile.rawValue]?[signal.name] else { return 0 }
        return (limits.normalLow + limits.normalHigh) / 2
    }

    func value(_ signal: RiskSignal, minutesAgo: Double) -> Double {
        guard let points = past[signal], let first = points.first else { return normal(signal) }
        guard minutesAgo < first.minutesAgo else { return first.value }
        for (earlier, later) in zip(points, points.dropFirst()) where minutesAgo >= later.minutesAgo {
            let along = (earlier.minutesAgo - minutesAgo) / (earlier.minutesAgo - later.minutesAgo)
            return earlier.value + along * (later.value - earlier.value)
        }
        return points.last?.value ?? normal(signal)
    }

    var input: RiskInput {
        let start = Int(Self.now)
        let steps = Int(historyHours * 12)
        let history = (0..<steps).map { index in
            let back = steps - index
            return StepRow(
                start: start - back * Step.seconds, means: metrics(minutesAgo: Double(back) * 5 - 2.5), samples: 60)
        }
        return RiskInput(
            profile: profile, cpus: Self.cpus, now: metrics(minutesAgo: 0), history: history,
            forecast: hasForecast ? forecast : nil, time: Self.now)
    }

    func metrics(minutesAgo: Double) -> MetricVector {
        metrics { value($0, minutesAgo: minutesAgo) }
    }

    private func metrics(_ value: (RiskSignal) -> Double) -> MetricVector {
        var metrics = MetricVector()
        for signal in RiskSignal.allCases { metrics[signal.metric] = value(signal) }
        metrics[.cpuIdle] = 100 - value(.cpuUsed)
        metrics[.loadAverage] = value(.loadPerCPU) * Double(Self.cpus)
        let busy = max(0, value(.cpuUsed) - value(.ioWait))
        metrics[.cpuUser] = busy * 0.75
        metrics[.cpuSystem] = busy * 0.25
        metrics[.uptime] = 12.5
        return metrics
    }

    /// Normal quantiles around the median with a modest spread: two points of a percentage, 5 % of anything else.
    private var forecast: Forecast {
        let deviations = [-2.054, -1.282, -0.674, 0, 0.674, 1.282, 2.054]
        var values: [Float] = []
        values.reserveCapacity(Forecast.valueCount)
        let steps = (0..<Forecast.horizon).map { step in
            metrics { signal in
                let now = value(signal, minutesAgo: 0)
                return now + ((ahead[signal] ?? now) - now) * min(1, Double(step + 1) / 6)
            }
        }
        for metric in Metric.allCases {
            for step in steps {
                let median = step[metric] ?? 0
                let spread = metric.unit == .percent ? 2 : 0.05 * median
                for deviation in deviations {
                    let value = median + spread * deviation
                    values.append(Float(min(max(value, 0), metric.unit == .percent ? 100 : .infinity)))
                }
            }
        }
        return Forecast(firstStep: Int(Self.now), historySteps: 288, model: "test", values: values)
    }
}
