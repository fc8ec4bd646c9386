package import Insight
import Telemetry

extension RiskEngine {
    /// What each signal alone would have to fall to for each better level, all else as it is: now and in the past.
    /// Its forecast is set aside, because a host whose memory was freed is not the one that was forecast. Easiest gains
    /// first; signals that cannot reach a better level are left out.
    package func counterfactuals(for input: RiskInput) -> [Counterfactual] {
        let level = RiskLevel(score: score(input).value)
        guard level > .healthy else { return [] }
        var found: [(best: Double, levels: [Counterfactual])] = []
        for rule in rules(for: input) {
            guard let value = rule.signal.value(in: input.now, cpus: input.cpus), value > 0 else { continue }
            var trial = input
            trial.skill[rule.signal.metric] = 0
            func score(at value: Double) -> Double {
                trial.set(rule.signal, to: value)
                return self.score(trial).value
            }
            let best = score(at: min(value, rule.limits.normalLow))
            var levels: [Counterfactual] = []
            for better in RiskLevel.allCases.reversed() where better < level && RiskLevel(score: best) <= better {
                let limit = RiskLevel.allCases[better.rawValue + 1].lowerBound
                guard score(at: value) >= limit else { continue }
                var (low, high) = (min(value, rule.limits.normalLow), value)
                while high - low > max(1e-3, 1e-4 * high) {
                    let middle = (low + high) / 2
                    if score(at: middle) < limit { low = middle } else { high = middle }
                }
                let below = Quantity.rounded(down: low, rule.signal)
                let text = Quantity.text(below, rule.signal)
                levels.append(
                    Counterfactual(
                        signal: rule.signal, level: better, below: below, score: score(at: below),
                        sentence: "\(rule.signal.label) below \(text) → \(better.name)"))
            }
            if !levels.isEmpty { found.append((best, levels)) }
        }
        return found.sorted { $0.best < $1.best }.flatMap(\.levels)
    }

    /// When each signal crosses its limit, the end of its ramp, by the forecast: the median and the 80 % interval.
    /// A signal that is there already says 0. Those that never are within the forecast, even by its 90 % quantile, are
    /// left out, as are limits that cannot be reached.
    package func timesToBreach(for input: RiskInput) -> [TimeToBreach] {
        guard let forecast = input.forecast,
            let reader = OutlookReader(
                forecast, cpus: input.cpus, now: input.moment, settings: configuration.prediction)
        else { return [] }
        return rules(for: input).compactMap { rule in
            let limit = rule.limits.rampEnd
            guard limit <= rule.signal.metric.range.upperBound, rule.signal != .loadPerCPU || input.cpus > 0 else {
                return nil
            }
            func minutes(_ quantile: Int) -> Double? {
                reader.minutes(until: rule.signal, reaches: limit, quantile: quantile)
            }
            let already = rule.signal.value(in: input.now, cpus: input.cpus).map { $0 >= limit } ?? false
            guard let earliest = already ? 0 : minutes(Self.ninetyPercent) else { return nil }
            return TimeToBreach(
                signal: rule.signal, limit: limit,
                medianMinutes: already ? 0 : minutes(Forecast.medianIndex), earliestMinutes: earliest,
                latestMinutes: already ? 0 : minutes(Self.tenPercent))
        }
    }

    private static let tenPercent = 1
    private static let ninetyPercent = 5
}

extension RiskInput {
    /// Makes a signal what it is not.
    mutating func set(_ signal: RiskSignal, to value: Double) {
        switch signal {
        case .cpuUsed: now[.cpuIdle] = 100 - value
        case .loadPerCPU: now[.loadAverage] = value * Double(cpus)
        default: now[signal.metric] = value
        }
    }
}
