import Alerting
import Insight
import Telemetry

/// Alerts and what mutes them, as JSON.
enum AlertJSON {
    static func write(_ alert: Alert, _ incident: Incident?, to json: inout JSONWriter) {
        write(alert, writtenIncident: incident.map(bytes), to: &json)
    }

    /// An incident as JSON: of a storm it holds thousands of hosts, whose names are put in order once.
    static func bytes(of incident: Incident) -> [UInt8] {
        var json = JSONWriter(capacity: 1024)
        write(incident, to: &json)
        return json.bytes
    }

    static func write(_ alert: Alert, writtenIncident: [UInt8]?, to json: inout JSONWriter) {
        json.member("id", alert.id)
        json.member("host", alert.host)
        json.member("condition", alert.key.condition.rawValue)
        json.member("state", alert.resolvedAt == nil ? "open" : "resolved")
        json.member("level", alert.level.name)
        json.member("worst_level", alert.worstLevel.name)
        json.member("score", alert.score.map(HostJSON.rounded))
        json.member("worst_score", alert.worstScore.map(HostJSON.rounded))
        json.member("profile", alert.profile.rawValue)
        json.member("labels") { write(alert.labels, to: &$0) }
        json.member("reasons") { json in
            json.array { json in for reason in alert.reasons { json.value(reason) } }
        }
        json.member("soonest_breach") { json in
            guard let breach = alert.breach else { return json.value(String?.none) }
            RiskJSON.write(breach, to: &json)
        }
        json.member("opened_at", alert.openedAt)
        json.member("rising_since", alert.risingSince)
        json.member("changed_at", alert.changedAt)
        json.member("resolved_at", alert.resolvedAt)
        json.member("resolved_by", alert.resolvedBy)
        json.member("flapping_since", alert.flappingSince)
        json.member("verdict", alert.verdict?.rawValue)
        json.member("verdict_by", alert.verdictBy)
        json.member("verdict_at", alert.verdictAt)
        json.member("incident") { json in
            if let writtenIncident {
                json.raw(writtenIncident)
            } else {
                json.object { $0.member("id", alert.incident) }
            }
        }
    }

    private static func write(_ incident: Incident, to json: inout JSONWriter) {
        json.object { json in
            json.member("id", incident.id)
            json.member("key", incident.key)
            json.member("kind", incident.kind.rawValue)
            json.member("lead", incident.lead.host)
            json.member("first_mover", incident.firstMover)
            json.member("level", incident.level.name)
            json.member("opened_at", incident.openedAt)
            json.member("resolved_at", incident.resolvedAt)
            json.member("merged_into", incident.mergedInto)
            json.member("told_at", incident.told?.at)
            json.member("told_level", incident.told?.level.name)
            json.member("escalated", incident.escalated)
            json.member("held_by") { json in
                guard let hold = incident.heldBy else { return json.value(String?.none) }
                json.object { json in
                    json.member("gate", hold.gate.rawValue)
                    json.member("why", hold.why)
                    json.member("until", hold.until)
                }
            }
            json.member("acknowledgement") { json in
                guard let acknowledgement = incident.acknowledgement else { return json.value(String?.none) }
                json.object { json in
                    json.member("by", acknowledgement.by)
                    json.member("at", acknowledgement.at)
                    json.member("until", acknowledgement.until)
                    json.member("note", acknowledgement.note)
                }
            }
            if !incident.members.isEmpty {
                json.member("hosts") { json in
                    json.array { json in
                        for host in Set(incident.members.keys.map(\.host)).sorted().prefix(hostsMax) {
                            json.value(host)
                        }
                    }
                }
            }
        }
    }

    private static let hostsMax = 100

    static func write(_ transition: AlertTransition, to json: inout JSONWriter) {
        json.object { json in
            json.member("kind", transition.kind.rawValue)
            json.member("at", transition.at)
            json.member("level", transition.level.name)
            json.member("score", transition.score.map(HostJSON.rounded))
            json.member("incident", transition.incident)
            json.member("gate", transition.gate?.rawValue)
            json.member("by", transition.by)
            json.member("note", transition.note)
        }
    }

    static func write(_ answer: GateAnswer, to json: inout JSONWriter) {
        json.object { json in
            json.member("gate", answer.gate.rawValue)
            json.member("passes", answer.passes)
            json.member("sentence", answer.sentence)
            json.member("found", answer.found.map(HostJSON.rounded))
            json.member("needed", answer.needed.map(HostJSON.rounded))
        }
    }

    static func write(_ silence: Silence, now: Double, to json: inout JSONWriter) {
        json.member("id", silence.id)
        write(silence.matcher, to: &json)
        json.member("from", silence.from)
        json.member("until", silence.until)
        json.member("active", silence.isActive(at: now))
        json.member("by", silence.by)
        json.member("why", silence.why)
        json.member("created_at", silence.createdAt)
    }

    static func write(_ window: MaintenanceWindow, now: Double, to json: inout JSONWriter) {
        json.member("id", window.id)
        write(window.matcher, to: &json)
        json.member("from", window.from)
        json.member("seconds", window.seconds)
        json.member("rrule", window.rule)
        json.member("zone", window.zone)
        json.member("active", window.end(ifActiveAt: now) != nil)
        json.member("times", window.starts.count)
        json.member("next") { json in
            json.array { json in
                for start in window.starts.filter({ $0 + window.seconds > now }).prefix(5) { json.value(start) }
            }
        }
        json.member("ends_at", window.endsAt)
        json.member("by", window.by)
        json.member("why", window.why)
        json.member("created_at", window.createdAt)
    }

    private static func write(_ matcher: AlertMatcher, to json: inout JSONWriter) {
        json.member("host", matcher.host)
        json.member("profile", matcher.profile?.rawValue)
        json.member("labels") { write(matcher.labels, to: &$0) }
        json.member("up_to", matcher.upTo?.name)
    }

    private static func write(_ labels: [String: String], to json: inout JSONWriter) {
        json.object { json in
            for (key, value) in labels.sorted(by: { $0.key < $1.key }) { json.member(key, value) }
        }
    }
}
