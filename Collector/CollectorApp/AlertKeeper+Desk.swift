import API
import Alerting
import Daemon
import Insight
import Store

extension AlertKeeper: AlertDesk {
    func open() -> [OpenAlert] {
        let remembered = machine.state
        return remembered.alerts.values
            .sorted { ($1.level, $0.openedAt, $0.id) < ($0.level, $1.openedAt, $1.id) }
            .map { OpenAlert(alert: $0, incident: remembered.incidents[$0.incident]) }
    }

    func tally() -> AlertTally {
        state.withLock { state in
            var tally = AlertTally()
            var incidents: Set<Int64> = []
            for alert in state.machine.state.alerts.values {
                tally.levels[alert.key.condition, default: [:]][alert.level, default: 0] += 1
                guard incidents.insert(alert.incident).inserted else { continue }
                if state.machine.state.incidents[alert.incident]?.heldBy != nil { tally.held += 1 }
            }
            tally.incidents = incidents.count
            return tally
        }
    }

    func open(ofHost host: String) -> [OpenAlert] {
        state.withLock { state in
            let remembered = state.machine.state
            return AlertCondition.allCases
                .compactMap { remembered.alerts[AlertKey(host: host, condition: $0)] }
                .sorted { ($1.level, $0.id) < ($0.level, $1.id) }
                .map { OpenAlert(alert: $0, incident: remembered.incidents[$0.incident]) }
        }
    }

    func incidents(_ ids: Set<Int64>) -> [Int64: Incident] {
        state.withLock { state in
            var found: [Int64: Incident] = [:]
            for id in ids { found[id] = state.machine.state.incidents[id] }
            return found
        }
    }

    var counters: AlertCounters { machine.counters }

    func whyNoAlert(_ host: String) -> [GateAnswer] { machine.whyNoAlert(host, at: clock.now()) }

    // MARK: What people do

    func acknowledge(
        _ id: Int64, by person: String, forSeconds seconds: Double?, note: String?
    ) throws(AlertFault) {
        try act { (machine, now) throws(AlertActionError) in
            try machine.acknowledge(id, by: person, forSeconds: seconds, note: note, at: now)
        }
        log.info("alert acknowledged", ["alert": "\(id)", "by": person])
    }

    func resolve(_ id: Int64, by person: String, note: String?) throws(AlertFault) {
        try act { (machine, now) throws(AlertActionError) in
            try machine.resolve(id, by: person, note: note, at: now)
        }
        log.info("alert resolved", ["alert": "\(id)", "by": person])
    }

    func judge(_ id: Int64, _ verdict: AlertVerdict, by person: String, note: String?) throws(AlertFault) {
        let stored: Alert?
        do throws(StoreError) { stored = try store.alert(id) } catch { throw .store(error) }
        try act { (machine, now) throws(AlertActionError) in
            try machine.judge(id, verdict, by: person, note: note, stored: stored, at: now)
        }
    }

    private func act(_ body: (inout AlertMachine, Double) throws(AlertActionError) -> Void) throws(AlertFault) {
        try change(
            { (machine, now) throws(AlertFault) in
                do throws(AlertActionError) {
                    try body(&machine, now)
                } catch {
                    switch error {
                    case .unknown(let id): throw .unknown(id)
                    case .ended(let id): throw .ended(id)
                    case .wrong(let input): throw .wrong(input)
                    }
                }
            }, failed: { .store($0) })
    }

    // MARK: Mutes

    func silences() -> [Silence] {
        let now = clock.now()
        return machine.state.silences.values.filter { $0.until > now }.sorted { $0.id < $1.id }
    }

    func maintenance() -> [MaintenanceWindow] {
        let now = clock.now()
        return machine.state.maintenance.values.filter { $0.endsAt > now }.sorted { $0.id < $1.id }
    }

    func add(_ draft: SilenceDraft) throws(AlertFault) -> Silence {
        let now = clock.now()
        return try state.withLock { (state) throws(AlertFault) in
            var known = state.machine.state.silences.filter { $0.value.until > now }
            try Self.check(known.count, atMost: Silence.countMax, "silences")
            let silence: Silence
            do throws(AlertInputError) {
                silence = try Silence(
                    id: state.nextMute, matcher: draft.matcher, from: draft.from ?? now, until: draft.until,
                    by: draft.by, why: draft.why, createdAt: now)
            } catch {
                throw .wrong(error)
            }
            known[silence.id] = silence
            try mute(&state, StoredMute(silence), known, state.machine.state.maintenance, now)
            return silence
        }
    }

    func add(_ draft: MaintenanceDraft) throws(AlertFault) -> MaintenanceWindow {
        let now = clock.now()
        return try state.withLock { (state) throws(AlertFault) in
            var known = state.machine.state.maintenance.filter { $0.value.endsAt > now }
            try Self.check(known.count, atMost: MaintenanceWindow.countMax, "maintenance windows")
            let window: MaintenanceWindow
            do throws(AlertInputError) {
                let from = draft.from ?? now
                window = try MaintenanceWindow(
                    id: state.nextMute, matcher: draft.matcher, from: from, seconds: draft.until - from,
                    rule: draft.rule, zone: ZoneFile.zone(named: draft.zone), by: draft.by, why: draft.why,
                    createdAt: now)
            } catch {
                throw .wrong(error)
            }
            known[window.id] = window
            try mute(&state, StoredMute(window), state.machine.state.silences, known, now)
            return window
        }
    }

    private static func check(_ count: Int, atMost limit: Int, _ what: String) throws(AlertFault) {
        guard count >= limit else { return }
        throw .tooMany(
            AlertInputError(
                "count", found: "\(count) \(what)", rule: "be at most \(limit)", mend: "end some that are not needed"))
    }

    private func mute(
        _ state: inout State, _ stored: StoredMute, _ silences: [Int64: Silence],
        _ windows: [Int64: MaintenanceWindow], _ now: Double
    ) throws(AlertFault) {
        var machine = state.machine
        machine.setMutes(silences: silences, maintenance: windows, at: now)
        let changes = machine.takeChanges()
        do throws(StoreError) {
            try store.add(stored, changes, deliveries: deliveries(of: changes))
        } catch {
            throw .store(error)
        }
        state.machine = machine
        state.nextMute += 1
        hear(changes, machine)
        log.info(
            "\(stored.kind.rawValue) added",
            ["id": "\(stored.id)", "covers": stored.matcher.words, "by": stored.by, "why": stored.why])
    }

    func end(_ kind: StoredMute.Kind, _ id: Int64, by person: String) throws(AlertFault) {
        let now = clock.now()
        try state.withLock { (state) throws(AlertFault) in
            var (silences, windows) = (state.machine.state.silences, state.machine.state.maintenance)
            let isKnown =
                switch kind {
                case .silence: silences.removeValue(forKey: id) != nil
                case .maintenance: windows.removeValue(forKey: id) != nil
                }
            guard isKnown else { throw .unknown(id) }
            var machine = state.machine
            machine.setMutes(silences: silences, maintenance: windows, at: now)
            let changes = machine.takeChanges()
            do throws(StoreError) {
                try store.endMute(id, by: person, at: now, changes, deliveries: deliveries(of: changes))
            } catch {
                throw .store(error)
            }
            state.machine = machine
            hear(changes, machine)
        }
        log.info("\(kind.rawValue) ended", ["id": "\(id)", "by": person])
    }
}
