import Insight
import Telemetry

/// The worst of what a forecast holds for one signal, near steps weighing more than far ones.
struct Outlook {
    /// How far up the ramp, 0…1, weighted by quantile and by distance.
    var breach: Double
    /// The step that said so, and the minutes from now to its end.
    var step: Int
    var minutes: Double
}

/// Looks into one host's forecast.
struct OutlookReader {
    private let forecast: Forecast
    private let cpus: Int
    private let settings: PredictionSettings
    private let weights: [Double]
    /// Steps that have already passed are not the future.
    private let firstStep: Int
    private let minutesToFirstEnd: Double

    /// Nil when the forecast's last step lies in the past.
    init?(_ forecast: Forecast, cpus: Int, now: Double, settings: PredictionSettings) {
        let step = Double(Step.seconds)
        let passed = max(0, Int(((now - Double(forecast.firstStep)) / step).rounded(.down)))
        guard passed < Forecast.horizon else { return nil }
        self.forecast = forecast
        self.cpus = cpus
        self.settings = settings
        weights = settings.quantileWeights
        firstStep = passed
        minutesToFirstEnd = (Double(forecast.firstStep) + step * Double(passed + 1) - now) / 60
    }

    /// Nil when the signal cannot be read from the forecast: it has no such values, or the CPUs that load is shared by
    /// are not known.
    func outlook(of rule: SignalRule) -> Outlook? {
        if rule.signal == .loadPerCPU, cpus <= 0 { return nil }
        var worst = Outlook(breach: 0, step: firstStep, minutes: minutesToFirstEnd)
        let highest = Forecast.quantiles.count - 1
        guard !value(rule.signal, firstStep, highest).isNaN else { return nil }
        for step in firstStep..<Forecast.horizon {
            // The 98 % quantile first: most signals of most hosts end here.
            guard value(rule.signal, step, highest) > rule.limits.rampStart else { continue }
            var breach = 0.0
            for (above, weight) in weights.enumerated() {
                breach += weight * rule.limits.degree(value(rule.signal, step, Forecast.medianIndex + above))
            }
            let minutes = minutes(to: step)
            breach *= weight(minutes)
            if breach > worst.breach { worst = Outlook(breach: breach, step: step, minutes: minutes) }
        }
        return worst
    }

    /// The first step at which a quantile is at or above the limit, in minutes to its end.
    func minutes(until signal: RiskSignal, reaches limit: Double, quantile: Int) -> Double? {
        for step in firstStep..<Forecast.horizon where value(signal, step, quantile) >= limit {
            return minutes(to: step)
        }
        return nil
    }

    /// How far the present is above what the forecast held possible for it, its 98 % quantile, as a part of the ramp; 0
    /// while it is within. Such a forecast was made before the trouble began.
    func surprise(of rule: SignalRule, now value: Double) -> Double {
        let highest = self.value(rule.signal, firstStep, Forecast.quantiles.count - 1)
        return max(0, (value - highest) / (rule.limits.rampEnd - rule.limits.rampStart))
    }

    /// A quantile of the signal. CPU used is 100 − idle, so its quantiles are idle's from the other end.
    func value(_ signal: RiskSignal, _ step: Int, _ quantile: Int) -> Double {
        switch signal {
        case .cpuUsed:
            100 - forecast.value(.cpuIdle, step: step, quantile: Forecast.quantiles.count - 1 - quantile)
        case .loadPerCPU: forecast.value(.loadAverage, step: step, quantile: quantile) / Double(cpus)
        default: forecast.value(signal.metric, step: step, quantile: quantile)
        }
    }

    private func minutes(to step: Int) -> Double {
        minutesToFirstEnd + Double((step - firstStep) * Step.seconds) / 60
    }

    /// 1 up to `nearMinutes`, then evenly down to `farWeight` at the horizon.
    private func weight(_ minutes: Double) -> Double {
        let horizon = Double(Forecast.horizon * Step.seconds) / 60
        guard minutes > settings.nearMinutes, horizon > settings.nearMinutes else { return 1 }
        let along = min(1, (minutes - settings.nearMinutes) / (horizon - settings.nearMinutes))
        return 1 - along * (1 - settings.farWeight)
    }
}
