import API
import Alerting
import Daemon
import Insight
import Store
import Telemetry

/// The alert machine of a running collector: fed with what the scorer sees and with what people do, and every step on
/// disk, together with the deliveries of its notices, before it counts. What could not be written has not happened: the
/// machine is a value, and the old one stays.
final class AlertKeeper: Sendable {
    struct State {
        var machine: AlertMachine
        /// Readings that wait for the store to work again, the newest of each host.
        var waiting: [String: AlertReading] = [:]
        var nextMute: Int64
        /// Set while nothing can be written, so that it is said once.
        var isFailing = false
    }

    let store: Store
    let clock: Clock
    let log: Log
    private let route: NoticeRouter
    /// Hears what has happened, when it is on disk. Called under the keeper's lock: it must be short.
    let listener = Locked<(@Sendable (AlertChanges, AlertState) -> Void)?>(nil)
    let state: Locked<State>

    init(
        _ rules: AlertRules, store: Store, clock: Clock, log: Log, route: @escaping NoticeRouter
    ) throws(StoreError) {
        (self.store, self.clock, self.log, self.route) = (store, clock, log, route)
        let now = clock.now()
        var loaded = try store.alertState(openedSince: now - 86_400)
        let mutes = AlertMutes(try store.mutes(endingAfter: now), log: log)
        (loaded.silences, loaded.maintenance) = (mutes.silences, mutes.maintenance)
        let nextMute = try store.nextMuteID()
        state = Locked(State(machine: AlertMachine(rules, state: loaded, at: now), nextMute: nextMute))
        if !loaded.alerts.isEmpty {
            log.info(
                "alerts go on where they were",
                ["open": "\(loaded.alerts.count)", "incidents": "\(loaded.incidents.count)"])
        }
    }

    /// Takes what the scorer saw, and does what is due.
    func look(_ readings: [AlertReading], now: Double) {
        let problem: StoreError? = state.withLock { state in
            for reading in readings { state.waiting[reading.host] = reading }
            var machine = state.machine
            machine.observe(state.waiting.values.sorted { $0.host < $1.host }, at: now)
            do throws(StoreError) {
                try keep(&machine)
                state.machine = machine
                state.waiting = [:]
                return nil
            } catch {
                return error
            }
        }
        tell(problem)
    }

    /// By level, Healthy first: times since an incident was told, while nobody acknowledges.
    var escalations: [[Double]] { state.withLock { $0.machine.rules.escalations } }

    func renew(_ rules: AlertRules) {
        state.withLock { $0.machine.apply(rules) }
    }

    /// Does something to the machine and writes what comes of it.
    func change<Failure: Error>(
        _ body: (inout AlertMachine, Double) throws(Failure) -> Void,
        failed: (StoreError) -> Failure
    ) throws(Failure) {
        let now = clock.now()
        try state.withLock { (state) throws(Failure) in
            var machine = state.machine
            try body(&machine, now)
            do throws(StoreError) { try keep(&machine) } catch { throw failed(error) }
            state.machine = machine
        }
    }

    private func keep(_ machine: inout AlertMachine) throws(StoreError) {
        let changes = machine.takeChanges()
        guard !changes.isEmpty else { return }
        try store.record(changes, deliveries: deliveries(of: changes))
        hear(changes, machine)
    }

    func hear(_ changes: AlertChanges, _ machine: AlertMachine) {
        listener.withLock { $0 }?(changes, machine.state)
    }

    func deliveries(of changes: AlertChanges) -> [NoticeDelivery] {
        changes.notices.map { NoticeDelivery(notice: $0, channels: route($0)) }
    }

    private func tell(_ problem: StoreError?) {
        let changed = state.withLock { state in
            defer { state.isFailing = problem != nil }
            return state.isFailing != (problem != nil)
        }
        guard changed else { return }
        if let problem {
            log.error("alerts cannot be written: nothing is told until they can", ["reason": "\(problem)"])
        } else {
            log.info("alerts are written again")
        }
    }

    var machine: AlertMachine { state.withLock { $0.machine } }

    /// Whether a host is in a maintenance window.
    func isInMaintenance(_ host: Host, at time: Double) -> Bool {
        state.withLock { state in
            state.machine.maintenance(ofHost: host.name, profile: host.profile, labels: host.labels, at: time) != nil
        }
    }
}
