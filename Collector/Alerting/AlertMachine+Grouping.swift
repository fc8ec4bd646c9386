import Insight

extension AlertMachine {
    struct Home {
        var id: Int64
        /// Why it is not an incident of its own.
        var gate: AlertGate?
        var isNew: Bool
    }

    /// The incident that a new alert belongs to: its host's own, that of its cause, the storm's, or a new one.
    mutating func home(of alert: Alert, at now: Double) -> Home {
        let longest = max(rules.cascade.windowSeconds, rules.storm.windowSeconds)
        state.openings.removeAll { now - $0.at > longest }
        let group = group(of: alert.labels)
        let home = existingHome(of: alert, group, at: now) ?? newIncident(alert, kind: .host, key: alert.key.text, now)
        // What only swells a storm says nothing about a cause.
        if home.gate != .storm || home.isNew {
            var opening = AlertOpening(
                at: now, key: alert.key, labels: alert.labels, incident: home.id, isLead: home.isNew)
            opening.group = group
            state.openings.append(opening)
            if state.openings.count > Self.openingsMax { state.openings.removeFirst() }
        }
        return home
    }

    private static let openingsMax = 1000

    private mutating func existingHome(of alert: Alert, _ group: String?, at now: Double) -> Home? {
        for condition in AlertCondition.allCases {
            let key = AlertKey(host: alert.host, condition: condition)
            if let id = memberOf[key] { return Home(id: id, gate: nil, isNew: false) }
        }
        if let group, let id = cascade(group, alert, at: now) { return Home(id: id, gate: .cascade, isNew: false) }
        let begun = state.openings.filter { $0.isLead && now - $0.at <= rules.storm.windowSeconds }.count
        guard begun >= rules.storm.incidents else { return nil }
        if let storm = state.incidents.values.first(where: { $0.kind == .storm }) {
            return Home(id: storm.id, gate: .storm, isNew: false)
        }
        var home = newIncident(alert, kind: .storm, key: Incident.stormKey, now)
        home.gate = .storm
        return home
    }

    private mutating func newIncident(_ alert: Alert, kind: Incident.Kind, key: String, _ now: Double) -> Home {
        let id = state.nextIncident
        state.nextIncident += 1
        state.incidents[id] = Incident(
            id: id, key: key, kind: kind, lead: alert.key, leadSince: alert.risingSince, openedAt: now,
            level: alert.level)
        return Home(id: id, gate: nil, isNew: true)
    }

    /// The values of the labels by which hosts belong together; nil when a host has none of them.
    func group(of labels: [String: String]) -> String? {
        if rules.cascade.by.isEmpty { return "" }
        guard rules.cascade.by.contains(where: { labels[$0] != nil }) else { return nil }
        return rules.cascade.by.map { "\($0)=\(labels[$0] ?? "")" }.joined(separator: ",")
    }

    /// The open incident of the group's cascade, if the alert is part of one. The first incident of the cascade becomes
    /// everyone's; those that were told beside it end in it.
    private mutating func cascade(_ group: String, _ alert: Alert, at now: Double) -> Int64? {
        let recent = state.openings.filter { opening in
            opening.group == group && now - opening.at <= rules.cascade.windowSeconds
                && state.alerts[opening.key] != nil
                && state.incidents[opening.incident].map { $0.kind != .storm } ?? false
        }
        if let id = recent.map(\.incident).first(where: { state.incidents[$0]?.kind == .cascade }) { return id }
        let hosts = Set(recent.map(\.key.host) + [alert.host])
        let peers = Double(groupSizes[group] ?? 0)
        let needed = max(rules.cascade.hosts, Int((rules.cascade.share * peers).rounded(.up)))
        guard hosts.count >= needed, let id = recent.first?.incident, var lead = state.incidents[id] else { return nil }
        lead.kind = .cascade
        keep(lead)
        touched.insert(id)
        for other in Set(recent.map(\.incident)).subtracting([id]).sorted() { merge(other, into: id, at: now) }
        return id
    }

    private mutating func merge(_ id: Int64, into target: Int64, at now: Double) {
        guard var merged = state.incidents[id], let lead = state.incidents[target] else { return }
        let note = "it is part of \(lead.key)"
        for key in merged.members.keys.sorted() {
            memberOf[key] = target
            if var alert = state.alerts[key] ?? state.ended[key] {
                alert.incident = target
                changes.alerts[alert.id] = alert
                if state.alerts[key] != nil {
                    state.alerts[key] = alert
                    record(.joined, alert, at: now, gate: .cascade, note: note)
                } else {
                    state.ended[key] = alert
                }
                enrol(alert, in: target)
            }
        }
        for index in state.openings.indices where state.openings[index].incident == id {
            state.openings[index].incident = target
            state.openings[index].isLead = false
        }
        merged.resolvedAt = now
        merged.mergedInto = target
        merged.heldBy = nil
        if merged.told != nil { tell(.resolve, merged, at: now, note: note) }
        drop(merged)
    }

    /// Makes an alert one of an incident's; who began first may be another host now. In place: a storm has thousands.
    mutating func enrol(_ alert: Alert, in id: Int64) {
        state.incidents[id]?.members[alert.key] = alert.id
        if let first = state.incidents[id]?.firstMoverSince, alert.risingSince < first {
            state.incidents[id]?.firstMover = alert.host
            state.incidents[id]?.firstMoverSince = alert.risingSince
        }
        touch(id)
    }
}
