import Access
import Alerting
import Daemon
import HTTPServer
import Insight
import JSON
import Store
import Telemetry

/// Alerts: which there are, what happened to each, and what people say about them.
struct AlertEndpoints: Sendable {
    let services: Services

    static let pageMax = 1000
    private static let path = "/api/v1/alerts"
    private static let id = Endpoint.Parameter(
        name: "id", place: .path, schema: .integer(), about: "the alert's id")

    private enum Which: String, CaseIterable { case open, resolved, all }

    var all: [Endpoint] {
        let one = "\(Self.path)/{id}"
        return [
            .get(
                Self.path, "listAlerts", "Alerts, the newest first.",
                parameters: [
                    .query("state", .string(choices: Which.allCases.map(\.rawValue)), "open unless given"),
                    .query("level", .string(choices: RiskLevel.allCases.map(\.name)), "at their worst, this or worse"),
                    .query("host", .string(), "one host, by its name"),
                    .query("since", .string(), "open now, or resolved then or later: Unix seconds or RFC 3339"),
                    .query("limit", .integer(), "at most so many, 1–\(Self.pageMax); 100 unless given"),
                    .query("before", .integer(), "ids below this one: `next_before` of the page before"),
                ], answer: .reference("AlertList"), others: [400, 503], list),
            .get(
                one, "getAlert", "One alert with its incident and all that happened to it.", parameters: [Self.id],
                answer: .reference("AlertDetail"), others: [400, 404, 503], detail),
            .change(
                "POST", "\(one)/acknowledge", "acknowledgeAlert",
                "Somebody sees to it: nobody else is called until it ends, or becomes worse.", needs: .operator,
                parameters: [Self.id],
                body: .reference("AlertAcknowledge"), about: #"{"by":"anna","seconds":3600,"note":"on it"}"#,
                answer: .reference("AlertDetail"), others: [404, 409, 503], acknowledge),
            .change(
                "POST", "\(one)/verdict", "judgeAlert", "Was there trouble? Also for an alert that is over.",
                needs: .operator, parameters: [Self.id], body: .reference("AlertJudgement"),
                about: #"{"by":"anna","verdict":"real","note":"a leak in the importer"}"#,
                answer: .reference("AlertDetail"), others: [404, 503], judge),
            .change(
                "POST", "\(one)/resolve", "resolveAlert",
                "Somebody says that it is over. It comes back when it becomes worse, or has fallen and risen again.",
                needs: .operator, parameters: [Self.id], body: .reference("AlertResolve"),
                about: #"{"by":"anna","note":"restarted"}"#,
                answer: .reference("AlertDetail"), others: [404, 409, 503], resolve),
            .get(
                "/api/v1/hosts/{name}/why-no-alert", "whyNoAlert",
                "Every gate between a host's score and a page, with its numbers; `held_by` names the first that held.",
                parameters: [.hostName], answer: .reference("WhyNoAlert"), others: [404], whyNoAlert),
        ]
    }

    // MARK: Reading

    private func list(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        var query = AlertQuery()
        switch try request.choice("state", Which.allCases, named: \.rawValue) ?? .open {
        case .open: query.isOpen = true
        case .resolved: query.isOpen = false
        case .all: query.isOpen = nil
        }
        query.level = try request.choice("level", RiskLevel.allCases, named: \.name)
        query.since = try request.time("since")
        query.limit = try request.int("limit", in: 1...Self.pageMax) ?? 100
        query.before = try request.int("before", in: 1...Int.max).map(Int64.init)
        if let host = request.query("host") {
            guard HostName.isValid(host) else {
                throw Problem(400, "host is \(host.shortened)", hint: "host is a name: \(HostName.rule)")
            }
            query.host = host
        }
        let alerts = try services.reading { [query] () throws(StoreError) in try services.store.alerts(query) }
        // Hosts of one cause have one incident: it is written once, however many alerts show it.
        let incidents = services.alerts.incidents(Set(alerts.map(\.incident))).mapValues(AlertJSON.bytes)
        return .json { json in
            json.member("count", alerts.count)
            json.member("next_before", alerts.count == query.limit ? alerts.last?.id : nil)
            json.member("alerts") { json in
                json.array { json in
                    for alert in alerts {
                        json.object { AlertJSON.write(alert, writtenIncident: incidents[alert.incident], to: &$0) }
                    }
                }
            }
        }
    }

    private func detail(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let id = try Self.id(of: request)
        let store = services.store
        let (alert, history) = try services.reading { () throws(StoreError) in
            (try store.alert(id), try store.transitions(ofAlert: id))
        }
        guard let alert else { throw Self.problem(.unknown(id)) }
        let open = services.alerts.incidents([alert.incident])[alert.incident]
        let incident = try services.reading { () throws(StoreError) in
            if let open { return Optional(open) }
            return try store.incident(alert.incident)
        }
        return .json { json in
            AlertJSON.write(alert, incident, to: &json)
            json.member("history") { json in
                json.array { json in for transition in history { AlertJSON.write(transition, to: &json) } }
            }
        }
    }

    private func whyNoAlert(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let host = try services.host(of: request)
        let answers = services.alerts.whyNoAlert(host.name)
        let held = answers.first { !$0.passes }
        let open = services.alerts.open(ofHost: host.name)
        return .json { json in
            json.member("host", host.name)
            json.member("held_by", held?.gate.rawValue)
            json.member("why", held?.sentence ?? "Nothing holds it back: people have been told.")
            json.member("gates") { json in
                json.array { json in for answer in answers { AlertJSON.write(answer, to: &json) } }
            }
            json.member("alerts") { json in
                json.array { json in
                    for one in open { json.object { AlertJSON.write(one.alert, one.incident, to: &$0) } }
                }
            }
        }
    }

    // MARK: What people do

    private func acknowledge(_ request: HTTPRequest, _ question: JSONQuestion) throws(Problem) -> HTTPResponse {
        let id = try Self.id(of: request)
        try question.refuseOthers(than: ["by", "seconds", "note"])
        let by = try question.person()
        let seconds = try question.number("seconds", in: 1...(30 * 86_400))
        let note = try question.text("note", characters: 1...1000)
        try Self.doing { () throws(AlertFault) in
            try services.alerts.acknowledge(id, by: by, forSeconds: seconds, note: note)
        }
        return try detail(request)
    }

    private func judge(_ request: HTTPRequest, _ question: JSONQuestion) throws(Problem) -> HTTPResponse {
        let id = try Self.id(of: request)
        try question.refuseOthers(than: ["by", "verdict", "note"])
        let by = try question.person()
        let words = AlertVerdict.allCases.map(\.rawValue).joined(separator: ", ")
        let verdict = try question.required(
            "verdict", question.choice("verdict", AlertVerdict.allCases, named: \.rawValue), "one of \(words)")
        let note = try question.text("note", characters: 1...1000)
        try Self.doing { () throws(AlertFault) in
            try services.alerts.judge(id, verdict, by: by, note: note)
        }
        return try detail(request)
    }

    private func resolve(_ request: HTTPRequest, _ question: JSONQuestion) throws(Problem) -> HTTPResponse {
        let id = try Self.id(of: request)
        try question.refuseOthers(than: ["by", "note"])
        let by = try question.person()
        let note = try question.text("note", characters: 1...1000)
        try Self.doing { () throws(AlertFault) in try services.alerts.resolve(id, by: by, note: note) }
        return try detail(request)
    }

    static func id(of request: HTTPRequest) throws(Problem) -> Int64 {
        let text = request.captures["id"] ?? ""
        guard let id = Int64(text), id > 0 else {
            throw Problem(400, "id is \(text.shortened)", hint: "ids are whole numbers from 1")
        }
        return id
    }

    static func doing<Result>(_ body: () throws(AlertFault) -> Result) throws(Problem) -> Result {
        do throws(AlertFault) {
            return try body()
        } catch {
            throw problem(error)
        }
    }

    static func problem(_ fault: AlertFault) -> Problem {
        switch fault {
        case .unknown(let id): Problem(404, "nothing has the id \(id)", hint: "GET the list it would be in")
        case .ended(let id): Problem(409, "\(id) is over", hint: "nothing is left to do about it")
        case .wrong(let error):
            Problem(400, "\(error.field) is \(error.found): it must \(error.rule)", hint: error.mend)
        case .tooMany(let error):
            Problem(409, "\(error.field) is \(error.found): it must \(error.rule)", hint: error.mend)
        case .store(let error): Ingest.problem(error)
        }
    }
}
