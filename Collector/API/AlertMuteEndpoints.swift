import Access
import Alerting
import Daemon
import HTTPServer
import Insight
import JSON
import Store
import Telemetry

/// Silences and maintenance windows: what keeps alerts from being told, by whom and why.
struct AlertMuteEndpoints: Sendable {
    let services: Services

    private static let silences = "/api/v1/silences"
    private static let maintenance = "/api/v1/maintenance"
    private static let parameters: [Endpoint.Parameter] = [
        .init(name: "id", place: .path, schema: .integer(), about: "its id"),
        .query("by", .string(), "who ends it; or \"by\" in the body"),
    ]

    var all: [Endpoint] {
        [
            .get(
                Self.silences, "listSilences", "The silences that hold or will hold.",
                answer: .reference("SilenceList")
            ) { _ in listSilences() },
            .change(
                "POST", Self.silences, "addSilence", "Alerts that match are kept and not told, until a moment.",
                needs: .operator,
                body: .reference("SilenceDraft"),
                about: #"{"host":"db*","until":"2026-11-24T08:00:00Z","by":"anna","why":"disk swap"}"#,
                answer: .reference("Silence"), others: [409, 503], addSilence),
            .change(
                "DELETE", "\(Self.silences)/{id}", "endSilence", "Ends a silence before its time.",
                needs: .operator, parameters: Self.parameters, body: .any, answer: .reference("Ended"),
                others: [404, 503]
            ) { (request, question) throws(Problem) in try end(.silence, request, question) },
            .get(
                Self.maintenance, "listMaintenance", "The maintenance windows that hold or will hold.",
                answer: .reference("MaintenanceList")
            ) { _ in listMaintenance() },
            .change(
                "POST", Self.maintenance, "addMaintenance", "Planned work, once or by a rule of RFC 5545 that ends.",
                needs: .operator,
                body: .reference("MaintenanceDraft"),
                about: """
                    {"host":"db*","from":"2026-11-29T02:00:00+01:00","until":"2026-11-29T03:00:00+01:00",\
                    "rrule":"FREQ=WEEKLY;BYDAY=SU;COUNT=52","zone":"Europe/Berlin","by":"anna","why":"backup"}
                    """,
                answer: .reference("Maintenance"), others: [409, 503], addMaintenance),
            .change(
                "DELETE", "\(Self.maintenance)/{id}", "endMaintenance", "Ends a window, and those it would yet have.",
                needs: .operator, parameters: Self.parameters, body: .any, answer: .reference("Ended"),
                others: [404, 503]
            ) { (request, question) throws(Problem) in try end(.maintenance, request, question) },
        ]
    }

    // MARK: Silences

    private func listSilences() -> HTTPResponse {
        let now = services.clock.now()
        let silences = services.alerts.silences()
        return .json { json in
            json.member("silences") { json in
                json.array { json in
                    for silence in silences { json.object { AlertJSON.write(silence, now: now, to: &$0) } }
                }
            }
        }
    }

    private func addSilence(_ request: HTTPRequest, _ question: JSONQuestion) throws(Problem) -> HTTPResponse {
        try question.refuseOthers(than: Self.matcher + ["from", "until", "by", "why"])
        let draft = SilenceDraft(
            matcher: try matcher(question), from: try question.time("from"),
            until: try question.required("until", question.time("until"), "when it ends"),
            by: try question.person(), why: try Self.why(question))
        let silence = try AlertEndpoints.doing { () throws(AlertFault) in try services.alerts.add(draft) }
        let now = services.clock.now()
        return .json { AlertJSON.write(silence, now: now, to: &$0) }
    }

    // MARK: Maintenance

    private func listMaintenance() -> HTTPResponse {
        let now = services.clock.now()
        let windows = services.alerts.maintenance()
        return .json { json in
            json.member("maintenance") { json in
                json.array { json in
                    for window in windows { json.object { AlertJSON.write(window, now: now, to: &$0) } }
                }
            }
        }
    }

    private func addMaintenance(_ request: HTTPRequest, _ question: JSONQuestion) throws(Problem) -> HTTPResponse {
        try question.refuseOthers(than: Self.matcher + ["from", "until", "rrule", "zone", "by", "why"])
        let rule = try question.text("rrule", characters: 1...500)
        guard let zone = try question.text("zone", characters: 1...120) ?? (rule == nil ? "UTC" : nil) else {
            throw question.problem("zone", "the time zone that the rule is meant in, like Europe/Berlin or UTC")
        }
        let draft = MaintenanceDraft(
            matcher: try matcher(question), from: try question.time("from"),
            until: try question.required("until", question.time("until"), "when it ends, the first time"), rule: rule,
            zone: zone, by: try question.person(), why: try Self.why(question))
        let window = try AlertEndpoints.doing { () throws(AlertFault) in try services.alerts.add(draft) }
        let now = services.clock.now()
        return .json { AlertJSON.write(window, now: now, to: &$0) }
    }

    // MARK: Both

    private static let matcher = ["host", "profile", "labels", "up_to"]

    private func matcher(_ question: JSONQuestion) throws(Problem) -> AlertMatcher {
        var labels: [String: String] = [:]
        if let group = try question.object("labels") {
            for member in group.value.members {
                guard let text = member.value.string else {
                    throw group.problem(member.key.string, "a text")
                }
                labels[member.key.string] = text
            }
        }
        let host = try question.text("host", characters: 1...253)
        let profile = try question.choice("profile", Profile.allCases, named: \.rawValue)
        let upTo = try question.choice("up_to", RiskLevel.allCases, named: \.name)
        do throws(AlertInputError) {
            return try AlertMatcher(host: host, profile: profile, labels: labels, upTo: upTo)
        } catch {
            throw AlertEndpoints.problem(.wrong(error))
        }
    }

    private static func why(_ question: JSONQuestion) throws(Problem) -> String {
        try question.required("why", question.text("why", characters: 1...1000), "the reason, 1 to 1000 characters")
    }

    private func end(
        _ kind: StoredMute.Kind, _ request: HTTPRequest, _ question: JSONQuestion
    ) throws(Problem) -> HTTPResponse {
        try question.refuseOthers(than: ["by"])
        let id = try AlertEndpoints.id(of: request)
        let said = try question.text("by", characters: 1...128)
        let given = question.asker ?? said ?? request.query("by")
        guard let by = given, (1...128).contains(by.count) else {
            throw Problem(400, "by is missing", hint: "say who ends it: ?by=anna")
        }
        try AlertEndpoints.doing { () throws(AlertFault) in try services.alerts.end(kind, id, by: by) }
        return .json { json in
            json.member("id", id)
            json.member("ended_at", services.clock.now())
            json.member("by", by)
        }
    }
}
