import Insight

extension AlertMachine {
    /// Compares what is with what has been told, and tells the difference, unless a mute holds it.
    mutating func settle(_ id: Int64, at now: Double) {
        guard var incident = state.incidents[id] else { return }
        let open = incident.members.keys.sorted().compactMap { state.alerts[$0] }
        guard let worst = open.map(\.level).max() else { return close(incident, at: now) }
        incident.level = worst
        if let hold = hold(over: open, at: now) {
            return keepHeld(&incident, hold, at: now)
        }
        incident.heldBy = nil
        guard let told = incident.told else {
            let flapping = open.first { $0.flappingSince != nil }
            return tell(&incident, .trigger, at: now, note: flapping == nil ? nil : "it comes and goes")
        }
        if worst > told.level {
            if let acknowledgement = incident.acknowledgement, acknowledgement.level < worst {
                endAcknowledgement(&incident, at: now, why: "it has become worse")
            }
            incident.escalateFrom = now
            incident.escalated = 0
            tell(&incident, .update, at: now, note: nil)
        } else if worst < told.level {
            tell(&incident, .update, at: now, note: nil)
        } else if open.count != told.members, now >= told.at + updateSeconds(incident) {
            tell(&incident, .update, at: now, note: nil)
        } else {
            keep(incident)
        }
    }

    private func updateSeconds(_ incident: Incident) -> Double {
        incident.kind == .storm ? rules.storm.updateSeconds : rules.updateEverySeconds
    }

    private mutating func keepHeld(_ incident: inout Incident, _ hold: Incident.Hold, at now: Double) {
        let isNews = incident.told == nil || incident.told?.level != incident.level
        if isNews, incident.heldBy?.gate != hold.gate, let alert = speaker(incident) {
            count(hold.gate)
            record(.held, alert, at: now, gate: hold.gate, note: hold.why)
        }
        incident.heldBy = hold
        keep(incident)
    }

    /// The mute that covers all of an incident's open alerts; nil when one of them is heard. Of several, the one that
    /// ends first: then there is something to look at again.
    private func hold(over alerts: [Alert], at now: Double) -> Incident.Hold? {
        let mutes = mutes(at: now)
        guard !mutes.isEmpty else { return nil }
        var earliest: Incident.Hold?
        for alert in alerts {
            guard let mute = mutes.first(where: { $0.matcher.covers(alert) }) else { return nil }
            if earliest.map({ mute.hold.until < $0.until }) ?? true { earliest = mute.hold }
        }
        return earliest
    }

    struct Mute {
        var matcher: AlertMatcher
        var hold: Incident.Hold
    }

    /// The silences and windows that hold now, the one that ends last first.
    func mutes(at now: Double) -> [Mute] {
        var mutes: [Mute] = []
        for (id, silence) in state.silences where silence.isActive(at: now) {
            let why = "silence \(id) of \(silence.by): \(silence.why)"
            mutes.append(
                Mute(matcher: silence.matcher, hold: Incident.Hold(gate: .silence, why: why, until: silence.until)))
        }
        for (id, window) in state.maintenance {
            guard let end = window.end(ifActiveAt: now) else { continue }
            let why = "maintenance \(id) of \(window.by): \(window.why)"
            mutes.append(
                Mute(matcher: window.matcher, hold: Incident.Hold(gate: .maintenance, why: why, until: end)))
        }
        return mutes.sorted { ($0.hold.until, $0.hold.why) > ($1.hold.until, $1.hold.why) }
    }

    private mutating func close(_ incident: Incident, at now: Double) {
        var incident = incident
        incident.resolvedAt = now
        incident.heldBy = nil
        if incident.told != nil {
            let persons = incident.members.keys.sorted().compactMap { state.ended[$0]?.resolvedBy }
            tell(.resolve, incident, at: now, by: persons.last)
        }
        for key in incident.members.keys {
            memberOf[key] = nil
            state.ended[key] = nil
        }
        drop(incident)
    }

    // MARK: Reminders

    func due(_ incident: Incident) -> Double? {
        var times = [incident.acknowledgement?.until, incident.heldBy?.until]
        if let told = incident.told, incident.heldBy == nil {
            times.append(escalationDue(incident))
            let open = incident.members.keys.filter { state.alerts[$0] != nil }.count
            if open != told.members { times.append(told.at + updateSeconds(incident)) }
        }
        return times.compactMap(\.self).min()
    }

    private func escalationDue(_ incident: Incident) -> Double? {
        guard let told = incident.told, incident.acknowledgement == nil else { return nil }
        let chain = rules.escalations[told.level.rawValue]
        return incident.escalated < chain.count ? incident.escalateFrom + chain[incident.escalated] : nil
    }

    /// An acknowledgement or a mute has ended, hosts have joined, or nobody has answered in time.
    mutating func remind(_ id: Int64, at now: Double) {
        guard var incident = state.incidents[id] else { return }
        if let acknowledgement = incident.acknowledgement, acknowledgement.until <= now {
            endAcknowledgement(&incident, at: now, why: "its time is over")
            incident.escalateFrom = now
            incident.escalated = 0
            if incident.told != nil, incident.heldBy == nil {
                tell(.update, incident, at: now, note: "the acknowledgement of \(acknowledgement.by) has ended")
            }
        }
        if incident.heldBy.map({ $0.until <= now }) ?? false { incident.heldBy = nil }
        keep(incident)
        settle(id, at: now)
        guard var settled = state.incidents[id], settled.heldBy == nil, let due = escalationDue(settled), due <= now
        else { return }
        settled.escalated += 1
        keep(settled)
        if let alert = speaker(settled) { record(.escalated, alert, at: now, note: "step \(settled.escalated)") }
        tell(.escalate, settled, at: now, step: settled.escalated)
    }

    private mutating func endAcknowledgement(_ incident: inout Incident, at now: Double, why: String) {
        incident.acknowledgement = nil
        if let alert = speaker(incident) { record(.acknowledgementEnded, alert, at: now, note: why) }
    }

    // MARK: Telling

    private mutating func tell(
        _ incident: inout Incident, _ action: Notice.Action, at now: Double, note: String?
    ) {
        if incident.told == nil { incident.escalateFrom = now }
        tell(action, incident, at: now, note: note)
        if let alert = speaker(incident) { record(.told, alert, at: now, note: action.rawValue) }
        let open = incident.members.keys.filter { state.alerts[$0] != nil }.count
        incident.told = Incident.Told(at: now, level: incident.level, members: open)
        keep(incident)
    }

    /// Whose numbers speak for an incident: its first alert's while that is open, else the worst one's.
    func speaker(_ incident: Incident) -> Alert? {
        if let lead = state.alerts[incident.lead], lead.incident == incident.id { return lead }
        let keys = incident.members.keys.sorted()
        let open = keys.compactMap { state.alerts[$0] }
        return open.max { ($0.level, $1.key) < ($1.level, $0.key) } ?? state.ended[incident.lead]
            ?? keys.lazy.compactMap { state.ended[$0] }.first
    }

    mutating func tell(
        _ action: Notice.Action, _ incident: Incident, at now: Double, step: Int = 0, by person: String? = nil,
        note: String? = nil
    ) {
        guard let alert = speaker(incident) else { return }
        let open = incident.members.keys.compactMap { state.alerts[$0] }.sorted {
            ($0.level, $1.host) > ($1.level, $0.host)
        }
        var hosts: [String] = []
        for one in open where hosts.last != one.host { hosts.append(one.host) }
        let hostCount = Set(open.map(\.host)).count
        var notice = Notice(
            action, key: incident.key, incident: incident.id, alert: alert.id, kind: incident.kind, at: now,
            startedAt: incident.openedAt, level: incident.level, host: alert.host, condition: alert.key.condition,
            profile: alert.profile, labels: alert.labels,
            summary: Self.summary(action, incident, alert, hostCount: hostCount), reasons: alert.reasons,
            hosts: Array(hosts.prefix(Notice.hostsMax)), hostCount: hostCount, firstMover: incident.firstMover)
        notice.toldLevel = incident.told?.level
        notice.step = step
        notice.score = alert.score
        notice.breach = alert.breach
        notice.by = person
        notice.note = note
        changes.notices.append(notice)
    }

    private static func summary(
        _ action: Notice.Action, _ incident: Incident, _ alert: Alert, hostCount: Int
    ) -> String {
        let score = alert.score.map { " (\(Int($0.rounded())))" } ?? ""
        if action == .resolve {
            if incident.mergedInto != nil { return "\(alert.host) is part of a larger incident" }
            switch incident.kind {
            case .host:
                return alert.key.condition == .risk ? "\(alert.host) is well again" : "\(alert.host) sends again"
            case .cascade: return "the incident that began at \(incident.firstMover) is over"
            case .storm: return "the storm of alerts is over"
            }
        }
        let many = "\(hostCount) host\(hostCount == 1 ? "" : "s")"
        switch incident.kind {
        case .cascade: return "\(many) in trouble, \(incident.firstMover) first: \(incident.level.name)\(score)"
        case .storm: return "\(many) in trouble at once, the worst at \(incident.level.name)"
        case .host:
            return alert.key.condition == .risk
                ? "\(alert.host) is at \(incident.level.name)\(score)" : "\(alert.host) has fallen silent"
        }
    }
}
