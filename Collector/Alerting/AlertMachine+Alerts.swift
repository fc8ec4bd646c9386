import Insight

extension AlertMachine {
    /// What the evaluations have decided about a condition becomes an alert, changes one or ends it, unless it comes
    /// and goes.
    mutating func change(_ key: AlertKey, from before: RiskLevel, to level: RiskLevel, at now: Double) {
        var flap = state.flaps[key] ?? FlapLog()
        flap.add(FlapLog.Change(at: now, isUp: level > before), rules.flapping)
        let begins = flap.since == nil && flap.isFlapping(rules.flapping)
        if begins {
            flap.since = now
            flap.digestAt = now + rules.flapping.digestSeconds
        }
        state.flaps[key] = flap
        changes.flaps[key] = flap
        if begins { wait(for: .flapping(key)) }
        if var alert = state.alerts[key] {
            if begins { beginFlapping(&alert, flap, at: now) }
            if flap.since == nil || level > alert.level {
                move(alert, to: level, at: now)
            } else {
                count(.flapping)
                record(.held, alert, at: now, gate: .flapping, note: "\(before.name) → \(level.name)")
                keep(alert)
            }
        } else if level > before, level >= rules.from {
            open(key, level, flap, at: now)
        }
    }

    private mutating func beginFlapping(_ alert: inout Alert, _ flap: FlapLog, at now: Double) {
        alert.flappingSince = now
        keep(alert)
        let note = Self.comesAndGoes(flap, rules)
        record(.flapping, alert, at: now, note: note)
        if let incident = state.incidents[alert.incident], incident.told != nil, incident.heldBy == nil {
            tell(.flapping, incident, at: now, note: note)
        }
    }

    private static func comesAndGoes(_ flap: FlapLog, _ rules: AlertRules) -> String {
        "it comes and goes: \(flap.changes.count) changes in \(Int(rules.flapping.windowSeconds / 60)) minutes; "
            + "from now on a digest every \(Int(rules.flapping.digestSeconds / 60)) minutes"
    }

    private mutating func move(_ alert: Alert, to level: RiskLevel, at now: Double) {
        guard level >= rules.from else { return end(alert, at: now) }
        var alert = alert
        let isUp = level > alert.level
        alert.level = level
        alert.worstLevel = max(alert.worstLevel, level)
        alert.changedAt = now
        keep(alert)
        record(isUp ? .rose : .fell, alert, at: now)
    }

    mutating func end(_ alert: Alert, at now: Double, by person: String? = nil, note: String? = nil) {
        var alert = alert
        alert.resolvedAt = now
        alert.resolvedBy = person
        alert.flappingSince = nil
        alert.changedAt = now
        state.alerts[alert.key] = nil
        state.ended[alert.key] = alert
        changes.alerts[alert.id] = alert
        touched.insert(alert.incident)
        record(.resolved, alert, at: now, by: person, note: note)
    }

    private mutating func open(_ key: AlertKey, _ level: RiskLevel, _ flap: FlapLog, at now: Double) {
        guard let watch = state.watches[key.host] else { return }
        let id = state.nextAlert
        state.nextAlert += 1
        let isRisk = key.condition == .risk
        var alert = Alert(
            id: id, key: key, incident: 0, level: level, score: isRisk ? watch.newest.score : nil,
            profile: watch.newest.profile, labels: watch.newest.labels,
            reasons: isRisk ? watch.newest.parts.map(\.sentence) : [Self.silence(watch, at: now)],
            breach: isRisk ? watch.newest.breach : nil, openedAt: now,
            risingSince: isRisk ? watch.risingSince ?? now : watch.heardAt)
        if flap.since != nil { alert.flappingSince = now }
        let home = home(of: alert, at: now)
        alert.incident = home.id
        state.ended[key] = nil
        memberOf[key] = home.id
        keep(alert)
        record(.opened, alert, at: now, note: flap.since != nil ? Self.comesAndGoes(flap, rules) : nil)
        if let gate = home.gate {
            count(gate)
            record(.joined, alert, at: now, gate: gate, note: "it is part of \(state.incidents[home.id]?.key ?? "")")
        }
        enrol(alert, in: home.id)
    }

    private static func silence(_ watch: HostWatch, at now: Double) -> String {
        let minutes = Int(((now - watch.heardAt) / 60).rounded())
        let score = watch.newest.score.map { "; its last score was \(Int($0.rounded()))" } ?? ""
        return "No sample for \(minutes) min\(score)"
    }

    /// A condition that flapped and has kept still for a while is shown as it is.
    mutating func calm(_ key: AlertKey, _ watch: HostWatch, at now: Double) {
        guard var flap = state.flaps[key], flap.isCalm(at: now, rules.flapping) else { return }
        let wasFlapping = flap.since != nil
        flap = FlapLog()
        state.flaps[key] = nil
        changes.flaps[key] = .some(nil)
        guard wasFlapping, var alert = state.alerts[key] else { return }
        alert.flappingSince = nil
        keep(alert)
        record(.settled, alert, at: now)
        let level = key.condition == .risk ? watch.level : .healthy
        if level != alert.level { move(alert, to: level, at: now) }
    }

    mutating func digest(_ key: AlertKey, at now: Double) {
        guard var flap = state.flaps[key], flap.since != nil else { return }
        let count = flap.untold
        flap.untold = 0
        flap.digestAt = now + rules.flapping.digestSeconds
        state.flaps[key] = flap
        changes.flaps[key] = flap
        guard count > 0, let alert = state.alerts[key], let incident = state.incidents[alert.incident],
            incident.told != nil, incident.heldBy == nil
        else { return }
        let minutes = Int(rules.flapping.digestSeconds / 60)
        tell(.digest, incident, at: now, note: "\(count) changes in the last \(minutes) minutes")
    }
}
