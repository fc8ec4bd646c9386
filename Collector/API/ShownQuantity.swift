import Insight
import Telemetry

/// A quantity as people read it: a metric of the contract, CPU as used, or load per CPU.
struct ShownQuantity: Sendable, Equatable {
    private enum Kind: Equatable {
        case metric(Metric)
        case signal(RiskSignal)
    }
    private let kind: Kind

    static let all =
        Metric.allCases.map { Self(kind: .metric($0)) }
        + [RiskSignal.cpuUsed, .loadPerCPU].map { Self(kind: .signal($0)) }
    static let cpuUsed = Self(kind: .signal(.cpuUsed))
    static let memory = Self(kind: .metric(.memoryUsed))

    private init(kind: Kind) { self.kind = kind }

    var name: String {
        switch kind {
        case .metric(let metric): metric.name
        case .signal(let signal): signal.name
        }
    }

    /// Nil for what is made from metrics.
    var metric: Metric? { if case .metric(let metric) = kind { metric } else { nil } }

    var unit: String {
        switch kind {
        case .metric(let metric): metric.unit.rawValue
        case .signal(.loadPerCPU): "tasks per CPU"
        case .signal: "%"
        }
    }

    /// `cpus` nil: not known, and then there is no load per CPU.
    func value(in metrics: MetricVector, cpus: Int?) -> Double? {
        switch kind {
        case .metric(let metric): metrics[metric]
        case .signal(let signal): signal.value(in: metrics, cpus: cpus ?? 0)
        }
    }

    /// The forecast's median; nil where the metric was withheld.
    func median(of forecast: Forecast, step: Int, cpus: Int?) -> Double? {
        let value: Double
        switch kind {
        case .metric(let metric): value = forecast.median(metric, step: step)
        case .signal(.cpuUsed): value = 100 - forecast.median(.cpuIdle, step: step)
        case .signal:
            guard let cpus, cpus > 0 else { return nil }
            value = forecast.median(.loadAverage, step: step) / Double(cpus)
        }
        return value.isNaN ? nil : value
    }
}
