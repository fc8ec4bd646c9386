package import Alerting
import Insight
import Telemetry

extension DeliveryMessage {
    /// What a notice says, with where to read on.
    ///
    /// - Parameter page: where people reach this collector (`https://forewarn.example`); nil gives no links.
    package init(_ notice: Notice, page: String?, advice: [Link] = []) {
        let hosts = Self.hosts(notice)
        var sentences = notice.reasons
        if let breach = notice.breach.flatMap(Self.sentence) { sentences.insert(breach, at: 0) }
        if let hosts { sentences.insert(hosts, at: 0) }
        if notice.action != .trigger, notice.action != .escalate, let note = notice.note { sentences.append(note) }
        if let by = notice.by { sentences.append("By \(by)") }
        let isOfOneHost = notice.kind == .host && !notice.host.isEmpty
        self.init(
            incident: notice.key, event: Event(notice.action), level: notice.level, host: notice.host,
            profile: notice.host.isEmpty ? "" : notice.profile.rawValue,
            labels: notice.labels.sorted { $0.key < $1.key }.map { Label($0.key, $0.value) },
            summary: notice.summary, score: notice.score, sentences: sentences, advice: advice,
            links: page.map {
                [Link(isOfOneHost ? notice.host : "Forewarn", Self.address($0, isOfOneHost, notice.host))]
            }
                ?? [],
            since: notice.startedAt, at: notice.at, lateness: Self.lateness(notice))
    }

    /// An escalation is told to people who have not heard of it, and why they hear of it now.
    private static func lateness(_ notice: Notice) -> String? {
        switch notice.action {
        case .escalate:
            let waited = Words.duration(notice.at - notice.startedAt)
            return (["nobody has acknowledged it for \(waited)"] + [notice.note].compactMap { $0 }).joined(
                separator: "; ")
        case .trigger: return notice.note
        default: return nil
        }
    }

    private static func hosts(_ notice: Notice) -> String? {
        guard notice.kind != .host, !notice.hosts.isEmpty else { return nil }
        let more = notice.hostCount > notice.hosts.count ? " and \(notice.hostCount - notice.hosts.count) more" : ""
        return "First was \(notice.firstMover). Hosts: \(notice.hosts.joined(separator: ", "))\(more)"
    }

    private static func sentence(_ breach: TimeToBreach) -> String? {
        guard let median = breach.medianMinutes else { return nil }
        let range = [breach.earliestMinutes, breach.latestMinutes].map { $0.map { Words.duration($0 * 60) } }
        let ends = range.compactMap { $0 }.count == 2 ? " (\(range[0] ?? "") to \(range[1] ?? ""))" : ""
        let limit = Words.number(breach.limit)
        return "\(breach.signal.name) crosses \(limit) in \(Words.duration(median * 60))\(ends)"
    }

    private static func address(_ page: String, _ isOfOneHost: Bool, _ host: String) -> String {
        let page = page.hasSuffix("/") ? page : "\(page)/"
        // A host's name is of letters, digits, dots, dashes and underscores.
        return isOfOneHost ? "\(page)#/host/\(host)" : page
    }
}

extension DeliveryMessage.Event {
    package init(_ action: Notice.Action) {
        self =
            switch action {
            case .trigger, .escalate: .trigger
            case .update, .flapping, .digest: .update
            case .acknowledge: .acknowledge
            case .resolve: .resolve
            case .heartbeat: .heartbeat
            }
    }
}
