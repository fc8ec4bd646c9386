package import Telemetry

/// Another recent past of a host, to ask the model about: one metric over the time up to now.
package struct WhatIfChange: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// In the metric's unit.
        case set(Double)
        case add(Double)
        case scale(Double)
    }

    package var metric: Metric
    /// How far back it reaches from now, in seconds.
    package var overSeconds: Double
    package var kind: Kind

    package init(metric: Metric, overSeconds: Double, kind: Kind) {
        (self.metric, self.overSeconds, self.kind) = (metric, overSeconds, kind)
    }

    /// The other value, kept within the metric's range. What was not measured stays so.
    package func value(insteadOf value: Double) -> Double {
        let wanted =
            switch kind {
            case .set(let value): value
            case .add(let more): value + more
            case .scale(let factor): value * factor
            }
        return min(max(wanted, metric.range.lowerBound), metric.plausibleMaximum)
    }

    package func apply(to values: inout MetricVector) {
        if let value = values[metric] { values[metric] = self.value(insteadOf: value) }
    }

    /// Changes the steps that begin within `overSeconds` of `end` (Unix seconds), the newest one at least. Returns how
    /// many had a value to change.
    @discardableResult
    package func apply(to steps: inout [StepRow], end: Int) -> Int {
        let first = Double(end) - max(overSeconds, Double(Step.seconds))
        var changed = 0
        for index in steps.indices where Double(steps[index].start) >= first && steps[index].start < end {
            if steps[index].means[metric] != nil { changed += 1 }
            apply(to: &steps[index].means)
        }
        return changed
    }
}

/// What the model says of the past as it was, and as it is asked about; and the same engine's scores of both.
package struct WhatIfAnswer: Sendable {
    package var base: Forecast
    package var changed: Forecast
    package var baseRisk: RiskScore
    package var changedRisk: RiskScore
    /// The host's newest minute, both ways.
    package var now: MetricVector
    package var changedNow: MetricVector
    /// How many measured steps each change touched, in the order of the changes.
    package var steps: [Int]

    package init(
        base: Forecast, changed: Forecast, baseRisk: RiskScore, changedRisk: RiskScore, now: MetricVector,
        changedNow: MetricVector, steps: [Int]
    ) {
        (self.base, self.changed, self.baseRisk, self.changedRisk) = (base, changed, baseRisk, changedRisk)
        (self.now, self.changedNow, self.steps) = (now, changedNow, steps)
    }
}

/// An answer, or why there is none now.
package enum WhatIfOutcome: Sendable {
    case answer(WhatIfAnswer)
    /// Asked too often: try again in so many seconds.
    case busy(afterSeconds: Int)
    /// There is nothing to ask about: no fresh sample, no forecast, no model.
    case nothing(reason: String)
    case failed(reason: String)
}
