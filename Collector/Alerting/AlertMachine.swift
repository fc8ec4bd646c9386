import Insight

/// Scores in, alerts and notices out. A value: what it decides depends on what it was handed and on nothing else, so
/// the same readings at the same times give the same alerts, live or replayed.
///
/// Times only go forward. What falls due between two readings (an escalation, the end of a silence, a host that fell
/// silent) is done at its own moment when `advance` or `observe` comes past it, however late: how often the machine is
/// asked changes nothing.
///
///     reading ─▶ HostWatch (N of M, hysteresis) ─▶ FlapLog ─▶ Alert ─▶ Incident (cascade, storm) ─▶ mutes ─▶ Notice
package struct AlertMachine: Sendable {
    package private(set) var rules: AlertRules
    package internal(set) var state: AlertState
    package internal(set) var counters = AlertCounters()
    var changes = AlertChanges()
    var timers = TimerQueue()
    /// Which open incident a condition belongs to.
    var memberOf: [AlertKey: Int64] = [:]
    /// Incidents that something has happened to in this call.
    var touched: Set<Int64> = []
    /// Open incidents that have a row to write.
    private var changedIncidents: Set<Int64> = []
    /// How many hosts belong together, by `group(of:)`.
    private(set) var groupSizes: [String: Int] = [:]
    /// Hosts that have a stored row.
    private var stored: Set<String> = []
    private(set) var now: Double
    /// Silence before this was the collector's own.
    private(set) var resumedAt: Double
    var heartbeatAt: Double

    /// - Parameter now: Unix seconds; the collector was not there before.
    package init(_ rules: AlertRules, state: AlertState = AlertState(), at now: Double) {
        self.rules = rules
        self.state = state
        self.now = now
        resumedAt = now
        heartbeatAt = now
        stored = Set(state.watches.keys)
        for (id, incident) in state.incidents { for key in incident.members.keys { memberOf[key] = id } }
        setTimers()
        countGroups()
    }

    /// From now on other rules hold. Nothing changes by that alone.
    package mutating func apply(_ rules: AlertRules) {
        self.rules = rules
        heartbeatAt = min(heartbeatAt, now + (rules.heartbeatSeconds ?? 0))
        setTimers()
        countGroups()
    }

    /// Takes out what has changed since the last time.
    package mutating func takeChanges() -> AlertChanges {
        for id in changedIncidents { changes.incidents[id] = state.incidents[id] }
        changedIncidents = []
        defer { changes = AlertChanges() }
        return changes
    }

    // MARK: Time

    /// Does what is due up to a moment, in the order of time.
    package mutating func advance(to moment: Double) {
        while true {
            // What has happened at one moment is settled together, before anything later is looked at.
            guard let (subject, waited) = timers.take(dueBy: touched.isEmpty ? moment : min(now, moment)) else {
                if touched.isEmpty { break }
                settleTouched(at: now)
                continue
            }
            guard let due = due(subject) else { continue }
            guard due <= waited else {
                timers.add(subject, due: due)
                continue
            }
            // What fell due while the collector was not there is done now, and says so.
            let at = max(due, resumedAt)
            now = max(now, at)
            if subject == .heartbeat {
                beat(at: moment)
            } else {
                perform(subject, at: at)
            }
            // Whatever is still due has been looked at: a second later at the earliest.
            if let next = self.due(subject) { timers.add(subject, due: max(next, due + 1)) }
        }
        now = max(now, moment)
    }

    private mutating func setTimers() {
        timers = TimerQueue()
        wait(for: .heartbeat)
        for host in state.watches.keys { wait(for: .host(host)) }
        for key in state.flaps.keys { wait(for: .flapping(key)) }
        for id in state.incidents.keys { wait(for: .incident(id)) }
    }

    mutating func wait(for subject: TimerQueue.Subject) {
        if let due = due(subject) { timers.add(subject, due: due) }
    }

    private func due(_ subject: TimerQueue.Subject) -> Double? {
        switch subject {
        case .heartbeat: rules.heartbeatSeconds == nil ? nil : heartbeatAt
        case .host(let name):
            state.watches[name].flatMap { watch in
                watch.isSilent ? nil : max(watch.heardAt, resumedAt) + silenceSeconds(watch)
            }
        case .flapping(let key): state.flaps[key]?.digestAt
        case .incident(let id): state.incidents[id].flatMap(due)
        }
    }

    func silenceSeconds(_ watch: HostWatch) -> Double {
        max(rules.silent.afterSeconds, 3 * watch.newest.intervalSeconds)
    }

    private mutating func perform(_ subject: TimerQueue.Subject, at now: Double) {
        switch subject {
        case .heartbeat: break
        case .host(let name): fallSilent(name, at: now)
        case .flapping(let key): digest(key, at: now)
        case .incident(let id): remind(id, at: now)
        }
    }

    /// A machine that slept does not make up for what it missed.
    private mutating func beat(at moment: Double) {
        changes.notices.append(.heartbeat(at: moment))
        heartbeatAt = moment + (rules.heartbeatSeconds ?? 60)
    }

    // MARK: Readings

    /// Takes one look at the fleet. A reading without a score, or with no newer sample than the last, is no evaluation.
    package mutating func observe(_ readings: [AlertReading], at moment: Double) {
        advance(to: moment)
        for reading in readings {
            guard let score = reading.score else { continue }
            take(reading, score, at: now)
        }
        settleTouched(at: now)
    }

    private mutating func take(_ reading: AlertReading, _ score: Double, at now: Double) {
        let host = reading.host
        var watch = state.watches[host] ?? HostWatch(reading, heardAt: now)
        let isKnown = state.watches[host] != nil
        guard !isKnown || reading.sampledAt > watch.newest.sampledAt else { return }
        let (before, wasPlain, wasSilent) = (watch.level, watch.isPlain(rules), watch.isSilent)
        if !isKnown || watch.newest.labels != reading.labels {
            if isKnown, let group = group(of: watch.newest.labels) { groupSizes[group, default: 1] -= 1 }
            if let group = group(of: reading.labels) { groupSizes[group, default: 0] += 1 }
        }
        watch.take(reading, score, at: now, rules)
        state.watches[host] = watch
        if !isKnown || wasSilent { wait(for: .host(host)) }
        if !watch.isPlain(rules) || !wasPlain || stored.insert(host).inserted { changes.watches[host] = watch }
        let risk = AlertKey(host: host, condition: .risk)
        let silent = AlertKey(host: host, condition: .silent)
        if state.alerts[silent] != nil, state.flaps[silent]?.since == nil || isHeardAnew(silent) {
            change(silent, from: rules.silent.level, to: .healthy, at: now)
        }
        refresh(risk, watch)
        if watch.level != before { change(risk, from: before, to: watch.level, at: now) }
        if watch.level < rules.from, score >= rules.floor(rules.from) { count(.evaluations) }
        for key in [risk, silent] where state.flaps[key] != nil { calm(key, watch, at: now) }
    }

    /// A silent alert that flaps stays open; its host's coming back is a change all the same, once.
    private func isHeardAnew(_ key: AlertKey) -> Bool { state.flaps[key]?.changes.last?.isUp == true }

    /// An open alert shows the newest numbers; they are written when something about it changes.
    private mutating func refresh(_ key: AlertKey, _ watch: HostWatch) {
        guard var alert = state.alerts[key] else { return }
        let isWorse = watch.newest.score ?? 0 > alert.worstScore ?? 0
        alert.score = watch.newest.score
        alert.reasons = watch.newest.parts.map(\.sentence)
        alert.breach = watch.newest.breach
        (alert.profile, alert.labels) = (watch.newest.profile, watch.newest.labels)
        if isWorse { alert.worstScore = alert.score }
        state.alerts[key] = alert
        changes.alerts[alert.id] = alert
    }

    private mutating func fallSilent(_ host: String, at now: Double) {
        guard var watch = state.watches[host] else { return }
        watch.isSilent = true
        // What comes when it speaks again begins anew.
        watch.recent = []
        state.watches[host] = watch
        changes.watches[host] = watch
        change(AlertKey(host: host, condition: .silent), from: .healthy, to: rules.silent.level, at: now)
    }

    // MARK: What happened

    mutating func record(
        _ kind: AlertTransition.Kind, _ alert: Alert, at now: Double, gate: AlertGate? = nil, by: String? = nil,
        note: String? = nil
    ) {
        counters.transitions[kind, default: 0] += 1
        changes.transitions.append(
            AlertTransition(
                kind, at: now, alert: alert.id, incident: alert.incident, key: alert.key, level: alert.level,
                score: alert.score, gate: gate, by: by, note: note))
    }

    mutating func count(_ gate: AlertGate) { counters.held[gate, default: 0] += 1 }

    mutating func keep(_ alert: Alert) {
        state.alerts[alert.key] = alert
        changes.alerts[alert.id] = alert
        touched.insert(alert.incident)
    }

    mutating func keep(_ incident: Incident) {
        state.incidents[incident.id] = incident
        touch(incident.id, settle: false)
        wait(for: .incident(incident.id))
    }

    /// An open incident has changed; with `settle`, so that there may be something to tell.
    mutating func touch(_ id: Int64, settle: Bool = true) {
        changedIncidents.insert(id)
        if settle { touched.insert(id) }
    }

    /// The incident is over: its row is written as it is now.
    mutating func drop(_ incident: Incident) {
        state.incidents[incident.id] = nil
        changedIncidents.remove(incident.id)
        changes.incidents[incident.id] = incident
    }

    private mutating func countGroups() {
        groupSizes = [:]
        for watch in state.watches.values {
            if let group = group(of: watch.newest.labels) { groupSizes[group, default: 0] += 1 }
        }
        for index in state.openings.indices { state.openings[index].group = group(of: state.openings[index].labels) }
    }

    /// Brings all incidents that something has happened to in line with their alerts, in the order of their beginning.
    mutating func settleTouched(at now: Double) {
        while !touched.isEmpty {
            let ids = touched.sorted()
            touched = []
            for id in ids { settle(id, at: now) }
        }
    }
}
