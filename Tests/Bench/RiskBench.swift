import Daemon
import Insight
import Risk
import Simulator
import Telemetry

/// What a score costs: 10 000 hosts, each with the steps that a collector hands over and a forecast whose upper
/// quantiles reach into the ramps of some; one host in twenty is in trouble.
func riskBench() {
    let inputs = riskInputs(hosts: 10_000)
    let engine = RiskEngine()
    var (seconds, high) = ([Double](), 0)
    for _ in 0..<5 {
        let begin = Clock.monotonicSeconds()
        high = inputs.reduce(0) { $0 + (engine.score($1).value >= 50 ? 1 : 0) }
        seconds.append(Clock.monotonicSeconds() - begin)
    }
    seconds.sort()
    let middle = seconds[seconds.count / 2]
    print(
        "10 000 hosts scored on one thread: median \(riskMilliseconds(middle)), least \(riskMilliseconds(seconds[0])); "
            + "\((middle * 1e8 / 1e4).rounded() / 100) µs a host, \(high) of them at 50 or above")
}

private func riskMilliseconds(_ seconds: Double) -> String { "\((seconds * 10_000).rounded() / 10) ms" }

/// The simulated fleet of ninety at many moments of a month.
private func riskInputs(hosts wanted: Int) -> [RiskInput] {
    let (fleet, start) = (Fleet(size: .ninety, seed: 3), 1_759_708_800.0)
    var simulation = Simulation(
        fleet: fleet, start: start, seed: 3, cadenceSeconds: Double(Step.seconds), incidentsPerHostMonth: 30)
    var rows: [String: [StepRow]] = [:]
    for record in simulation.advance(to: start + 5 * 86_400) {
        rows[record.host, default: []].append(
            StepRow(start: Int(record.time), means: record.values, samples: 60, state: record.state))
    }
    let historySteps = 150
    var inputs: [RiskInput] = []
    while inputs.count < wanted {
        for host in fleet.hosts where inputs.count < wanted {
            guard let own = rows[host.name] else { continue }
            let end = historySteps + 7 * (inputs.count / fleet.hosts.count) % (own.count - historySteps)
            let now = own[end - 1].means
            inputs.append(
                RiskInput(
                    profile: host.profile, cpus: host.cpus, now: now, history: Array(own[(end - historySteps)..<end]),
                    forecast: riskForecast(now, firstStep: own[end - 1].start + Step.seconds)))
        }
    }
    return inputs
}

/// The present with quantiles that widen as the hours go by.
private func riskForecast(_ now: MetricVector, firstStep: Int) -> Forecast {
    let spreads = [-0.4, -0.25, -0.13, 0, 0.13, 0.25, 0.4]
    var values = [Float]()
    values.reserveCapacity(Forecast.valueCount)
    for metric in Metric.allCases {
        let value = now[metric] ?? 0
        for step in 0..<Forecast.horizon {
            let width = 0.3 + 0.7 * Double(step) / Double(Forecast.horizon)
            for spread in spreads {
                let quantile = value * (1 + spread * width)
                values.append(Float(metric.unit == .percent ? min(100, quantile) : quantile))
            }
        }
    }
    return Forecast(firstStep: firstStep, historySteps: 288, model: "bench", values: values)
}
