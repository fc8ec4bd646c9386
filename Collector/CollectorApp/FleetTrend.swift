import API
import Daemon
import Insight
import Store
import Telemetry

/// Keeps the fleet's minutes, and holds the newest step against what was forecast for it half an hour before.
final class FleetTrend: Sendable {
    private struct State {
        var minute = 0
        var step = 0
        var foreseen: FleetForeseen?
        var isFailing = false
    }
    private let store: Store
    private let fleet: @Sendable () -> FleetRisk
    private let steps: StepClock
    private let log: Log
    private let state = Locked(State())

    init(store: Store, steps: StepClock, log: Log, fleet: @escaping @Sendable () -> FleetRisk) {
        (self.store, self.steps, self.log, self.fleet) = (store, steps, log, fleet)
    }

    /// Nil while there is no forecast that is half an hour old.
    var foreseen: FleetForeseen? { state.withLock { $0.foreseen } }

    func look(now: Double) {
        do throws(StoreError) {
            let minute = Int(now) / 60 * 60
            let risk = fleet()
            if risk.hosts > 0, state.withLock({ $0.minute != minute }) {
                try store.save(FleetMoment(minute: minute, risk: risk))
                state.withLock { $0.minute = minute }
            }
            let step = steps.boundary(at: now) - Step.seconds
            if state.withLock({ $0.step != step }) {
                let foreseen = try compare(step: step)
                state.withLock { ($0.step, $0.foreseen) = (step, foreseen) }
            }
            state.withLock { $0.isFailing = false }
        } catch {
            let isNew = state.withLock { state in
                defer { state.isFailing = true }
                return !state.isFailing
            }
            if isNew { log.warning("the fleet's minutes are not kept", ["reason": "\(error)"]) }
        }
    }

    /// The step's truths beside the first horizon of the forecasts that ended half an hour before the step does.
    private func compare(step: Int) throws(StoreError) -> FleetForeseen? {
        let ahead = KeptForecast.horizons[0]
        let madeAt = step - (ahead - 1) * Step.seconds
        let means = try store.means(ofStep: step)
        var foreseen = FleetForeseen(step: step, madeAt: madeAt)
        try store.keptForecasts(firstStep: madeAt) { forecast in
            guard let truth = means[forecast.serverID] else { return }
            func median(_ metric: Metric) -> Double {
                let place = metric.rawValue * KeptForecast.horizons.count * Forecast.quantiles.count
                return Double(forecast.values[place + Forecast.medianIndex])
            }
            foreseen.add(
                cpu: (truth[.cpuIdle].map { 100 - $0 }, 100 - median(.cpuIdle)),
                memory: (truth[.memoryUsed], median(.memoryUsed)))
        }
        return foreseen.hosts == 0 ? nil : foreseen
    }
}
