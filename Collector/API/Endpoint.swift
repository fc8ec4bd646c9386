import Access
import HTTPServer
import Telemetry

/// One thing the collector can be asked. The list of these (`Endpoints`) is the router's table and the source of
/// `/openapi.json`, so what is documented and what is served cannot differ.
struct Endpoint: Sendable {
    var method: String
    var path: String
    var id: String
    var summary: String
    var parameters: [Parameter] = []
    var body: Body?
    var answers: [Answer]
    /// What whoever asks must show. Nil: to read, the role viewer; for anything else, admin.
    var needs: Need?
    /// Called on a thread of the HTTP server.
    var handle: @Sendable (HTTPRequest, HTTPAnswer) -> Void

    var need: Need { needs ?? (method == "GET" ? .viewer : .admin) }

    /// `answers` and those of the door before it, in the order of their status.
    var allAnswers: [Answer] {
        guard need != .open else { return answers }
        let atTheDoor = [401, 403, 429].filter { status in !answers.contains { $0.status == status } }
        return (answers + atTheDoor.map(Answer.problem)).sorted { $0.status < $1.status }
    }

    /// Changes go into the audit log; samples and questions do not, and sign-in and enrolment write their own.
    var isAudited: Bool { method != "GET" && (need == .operator || need == .admin) }

    struct Parameter: Sendable {
        enum Place: String { case path, query }
        var name: String
        var place: Place
        var schema: Schema
        var about: String
    }

    struct Body: Sendable {
        var type: String
        var schema: Schema
        var about: String
    }

    struct Answer: Sendable {
        var status: Int
        var about: String
        var type = "application/json"
        var schema: Schema?
    }
}

extension Endpoint {
    /// A question that is answered on the spot.
    static func get(
        _ path: String, _ id: String, _ summary: String, needs: Need = .viewer, parameters: [Parameter] = [],
        answer schema: Schema, type: String = "application/json", others: [Int] = [],
        _ respond: @escaping @Sendable (HTTPRequest) throws(Problem) -> HTTPResponse
    ) -> Endpoint {
        Endpoint(
            method: "GET", path: path, id: id, summary: summary, parameters: parameters,
            answers: [Answer(status: 200, about: summary, type: type, schema: schema)] + others.map(Answer.problem),
            needs: needs,
            handle: { request, answer in
                do throws(Problem) {
                    answer.send(try respond(request))
                } catch {
                    answer.send(error.response)
                }
            })
    }
}

extension Endpoint.Answer {
    static func problem(_ status: Int) -> Self {
        Self(
            status: status, about: HTTPResponse.title(of: status), type: "application/problem+json",
            schema: .reference("Problem"))
    }
}

/// Why a request got no answer: RFC 9457's members, and a hint.
struct Problem: Error, Equatable {
    var status: Int
    var detail: String
    var hint: String?
    /// The field at fault and the rule that it breaks, where one is.
    var field: String?
    var rule: String?
    var headers: [String: String] = [:]

    init(_ status: Int, _ detail: String, hint: String? = nil) {
        self.status = status
        self.detail = detail
        self.hint = hint
    }

    var response: HTTPResponse {
        .problem(
            status, detail, hint: hint, field: field, rule: rule, headers: headers.map { ($0.key, $0.value) })
    }
}
