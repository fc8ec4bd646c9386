import Insight
import Store
import Telemetry

/// A host in one line, as the live updates send it: an array in the order of `columns`, numbers to a tenth, so that
/// what nobody could see changes nothing.
enum HostRow {
    static let columns = [
        "host", "profile", "state", "score", "level", "level_since", "cpu_used_pct", "cpu_iowait_pct", "mem_used_pct",
        "swap_used_pct", "load_per_cpu", "mem_used_pct_in_30_minutes", "cpu_used_pct_in_30_minutes",
        "score_in_30_minutes", "breach_metric", "breach_at", "why", "forecast", "forecast_steps", "forecast_needed",
    ]

    /// `ahead`: the score half an hour on.
    static func json(_ host: Host, _ view: HostView?, ahead: Double?) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.array { json in
            json.value(host.name)
            json.value(host.profile.rawValue)
            json.value(view?.state.rawValue)
            // The last values of a silent host are none of its present.
            let present = view?.risk == nil ? nil : view
            json.value(present?.risk.map { tenth($0.value) })
            json.value(present?.risk?.level.name)
            json.value(present.map { $0.levelSince.rounded() })
            let now = present?.now ?? MetricVector()
            for value in [
                RiskSignal.cpuUsed.value(in: now, cpus: 1), now[.cpuIOWait], now[.memoryUsed], now[.swapUsed],
                RiskSignal.loadPerCPU.value(in: now, cpus: host.cpus ?? 0),
            ] { json.value(value.map(tenth)) }
            let forecast = present?.forecast.ready
            let step = ScoreAhead.step(after: 30)
            for quantity in [ShownQuantity.memory, .cpuUsed] {
                json.value(forecast.flatMap { quantity.median(of: $0, step: step, cpus: host.cpus) }.map(tenth))
            }
            json.value(forecast == nil ? nil : ahead.map(tenth))
            write(present, &json)
            json.value(present?.risk?.parts.first?.sentence)
            writeReadiness(view?.forecast, &json)
        }
        return json.bytes
    }

    /// Which limit will be crossed and at what moment: a moment stands still where "in 35 minutes" would not.
    private static func write(_ view: HostView?, _ json: inout JSONWriter) {
        guard let view, let breach = view.soonestBreach, let minutes = breach.medianMinutes else {
            json.value(String?.none)
            return json.value(Double?.none)
        }
        json.value(breach.signal.name)
        let step = Double(Step.seconds)
        json.value(((view.scoredAt + minutes * 60) / step).rounded() * step)
    }

    private static func writeReadiness(_ status: ForecastStatus?, _ json: inout JSONWriter) {
        json.value(ForecastEndpoints.word(for: status))
        let (steps, needed): (Int?, Int?) =
            switch status {
            case .warmingUp(let steps, let needed): (steps, needed)
            case nil: (0, ForecastStatus.stepsNeeded)
            case .ready, .withheld: (nil, nil)
            }
        json.value(steps)
        json.value(needed)
    }

    private static func tenth(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}

extension ForecastStatus {
    var ready: Forecast? { if case .ready(let forecast) = self { forecast } else { nil } }
}
