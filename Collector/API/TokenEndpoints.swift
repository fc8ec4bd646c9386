package import Access
import Daemon
import HTTPServer
package import Store
package import Telemetry

/// Tokens: made, listed, taken back, replaced; hosts that enrol; and the audit log.
struct TokenEndpoints: Sendable {
    let services: Services
    private static let path = "/api/v1/tokens"
    private static let id = Endpoint.Parameter(name: "id", place: .path, schema: .integer(), about: "the token's id")
    private static let lifeSeconds = 60.0...(3660 * 86_400.0)

    var all: [Endpoint] {
        [
            .get(
                Self.path, "listTokens", "All tokens that were made, without what they are.", needs: .admin,
                answer: .reference("TokenList"), others: [503]
            ) { _ in list() },
            .change(
                "POST", Self.path, "createToken", "Makes a token. It is shown this once.", needs: .admin,
                body: .reference("TokenDraft"),
                about: #"{"kind":"key","name":"grafana","role":"viewer","expires_in":7776000}"#,
                answer: .reference("NewToken"), others: [409, 503]
            ) { (request, question) throws(Problem) in
                guard request.principal?.way != .local else {
                    throw Problem(
                        403, "the first token is made on the command line",
                        hint: "forewarn-collector token create key --role admin, on this machine")
                }
                return try create(question)
            },
            .change(
                "DELETE", "\(Self.path)/{id}", "revokeToken", "Takes a token back, at once and for ever.",
                needs: .admin, parameters: [Self.id], body: .object([]), answer: .reference("Token"),
                others: [404, 503]
            ) { (request, question) throws(Problem) in
                try question.refuseOthers(than: [])
                return try revoke(request)
            },
            .change(
                "POST", "\(Self.path)/{id}/rotate", "rotateToken",
                "Makes a token with the rights of another, which ends now or after a while.", needs: .admin,
                parameters: [Self.id],
                body: .object([
                    .optional("grace", .number(about: "seconds that the old one still holds, 0 unless given"))
                ]),
                answer: .reference("NewToken"), others: [404, 409, 503], rotate),
            .change(
                "POST", "/api/v1/agents/enroll", "enrolAgent",
                "Gives a host a token of its own for one use of an enrolment token.", needs: .enrolment,
                body: .object([
                    .required("host", .string(about: HostName.rule)),
                    .optional(
                        "token",
                        .string(about: "fwa_ and 64 hexadecimal digits that the host made; one is made unless given")),
                ]), about: #"{"host":"web1"}; the same host, token and answer again when an answer was lost"#,
                answer: .reference("Enrolled"), others: [401, 403, 409, 503], enrol),
            .get(
                "/api/v1/audit", "listAudit", "Who changed what, from where and when, the newest first.", needs: .admin,
                parameters: [
                    .query("before", .integer(), "ids below: the page after it"),
                    .query("limit", .integer(), "1–1000, 100 unless given"),
                ], answer: .reference("AuditList"), others: [400, 503], audit),
        ]
    }

    private func list() -> HTTPResponse {
        let now = services.clock.now()
        let credentials = services.access.credentials
        return .json { json in
            json.member("tokens") { json in
                json.array { json in
                    for credential in credentials { json.object { credential.write(now: now, to: &$0) } }
                }
            }
        }
    }

    private func create(_ question: JSONQuestion) throws(Problem) -> HTTPResponse {
        try question.refuseOthers(than: ["kind", "name", "role", "host", "uses", "expires_in"])
        let kinds = CredentialKind.allCases
        let kind = try question.required(
            "kind", question.choice("kind", kinds, named: \.rawValue),
            "one of \(kinds.map(\.rawValue).joined(separator: ", "))")
        let role = try question.choice("role", Role.allCases, named: \.name)
        guard (role != nil) == (kind == .key) else {
            throw question.problem("role", kind == .key ? "a key's role" : "left out: only a key has one")
        }
        let host = try question.text("host", characters: 1...HostName.lengthMax)
        if let host, !HostName.isValid(host) || kind != .agent {
            throw question.problem("host", "of an agent's token, \(HostName.rule)")
        }
        let uses = try question.int("uses", in: 1...1_000_000)
        if uses != nil, kind != .enrolment { throw question.problem("uses", "left out: only an enrolment has them") }
        let life = try question.number("expires_in", in: Self.lifeSeconds)
        let name = try question.text("name", characters: 1...64) ?? host ?? kind.rawValue
        guard Credential.isName(name) else { throw question.problem("name", "1 to 64 printable characters") }
        let now = services.clock.now()
        var (credential, token) = Credential.make(
            kind, name: name, role: role, host: host, now: now, expiresAt: life.map { now + $0 },
            uses: uses ?? (kind == .enrolment ? Credential.enrolmentUses : nil))
        guard services.access.credentials.count < CredentialLedger.credentialsMax else {
            throw Problem(409, "there are \(CredentialLedger.credentialsMax) tokens", hint: "no more are kept")
        }
        credential.id = try changing { () throws(StoreError) in try services.access.ledger.add(credential) }
        return Self.shown(credential, token, now: now)
    }

    private func revoke(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        var credential = try found(request)
        let now = services.clock.now()
        let isDone = try changing { () throws(StoreError) in
            try services.access.ledger.revoke(credential.id, at: now)
        }
        if isDone { credential.revokedAt = now }
        return .json { credential.write(now: now, to: &$0) }
    }

    private func rotate(_ request: HTTPRequest, _ question: JSONQuestion) throws(Problem) -> HTTPResponse {
        try question.refuseOthers(than: ["grace"])
        let grace = try question.number("grace", in: 0...(30 * 86_400)) ?? 0
        let old = try found(request)
        let now = services.clock.now()
        guard old.state(now: now) == .valid else {
            throw Problem(409, "token \(old.id) is \(old.state(now: now).rawValue)", hint: "create another")
        }
        var (credential, token) = Credential.make(
            old.kind, name: old.name, role: old.role, host: old.host, now: now, expiresAt: old.expiresAt,
            uses: old.usesLeft)
        credential.id = try changing { () throws(StoreError) in
            try services.access.ledger.replace(old.id, by: credential, end: now + grace)
        }
        return Self.shown(credential, token, now: now)
    }

    private func enrol(_ request: HTTPRequest, _ question: JSONQuestion) throws(Problem) -> HTTPResponse {
        try question.refuseOthers(than: ["host", "token"])
        let host = try question.required("host", question.text("host", characters: 1...HostName.lengthMax), "a host")
        guard HostName.isValid(host) else { throw question.problem("host", HostName.rule) }
        let given = try question.text("token", characters: 1...Token.textMax)
        if let given, Token.kind(of: given) != .agent {
            throw question.problem(
                "token", "fwa_ and 64 hexadecimal digits", found: "something else", hint: "leave it out, or make it so")
        }
        let now = services.clock.now()
        var (credential, token) = Credential.make(.agent, name: host, host: host, now: now)
        if let given { (credential.digest, token) = (Token.digest(given), given) }
        let enrolment = request.principal?.kind == .enrolment ? request.principal?.credential : nil
        let outcome = try changing { () throws(StoreError) in
            try services.access.ledger.enrol(credential, by: enrolment, now: now)
        }
        switch outcome {
        case .made(let id), .repeated(let id):
            if case .made = outcome, let principal = request.principal {
                services.access.audit(principal, request, action: "enrolAgent", detail: host, status: 200)
            }
            return .json { json in
                json.member("id", id)
                json.member("host", host)
                if given == nil { json.member("token", token) }
            }
        case .usedUp: throw Problem(403, "the enrolment token has been used up", hint: "ask for another one")
        case .taken(let id):
            throw Problem(
                409, "\(host) has a token already, number \(id)",
                hint: "when it is the same host anew: forewarn-collector token revoke \(id), and enrol again")
        case .ended:
            throw Problem(403, "the token of \(host) has ended", hint: "give the host another enrolment token")
        case .full:
            throw Problem(
                409, "there are too many tokens", hint: "the last \(CredentialLedger.keptForAdmins) are kept for admins"
            )
        }
    }

    private func audit(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let before = try request.int("before", in: 1...Int.max) ?? Int.max
        let limit = try request.int("limit", in: 1...1000) ?? 100
        let entries = try services.reading { () throws(StoreError) in
            try services.access.ledger.audit(before: Int64(before), limit: limit)
        }
        return .json { json in
            json.member("entries") { json in
                json.array { json in for entry in entries { json.object { entry.write(to: &$0) } } }
            }
            json.member("next_before", entries.count == limit ? entries.last?.id : nil)
        }
    }

    // MARK: What they share

    private func found(_ request: HTTPRequest) throws(Problem) -> Credential {
        let id = try AlertEndpoints.id(of: request)
        guard let credential = services.access.credentials.first(where: { $0.id == id }) else {
            throw Problem(404, "no token has the id \(id)", hint: "GET \(Self.path) lists them")
        }
        return credential
    }

    /// What is changed here holds at once.
    private func changing<Value>(_ body: () throws(StoreError) -> Value) throws(Problem) -> Value {
        try services.reading { () throws(StoreError) in
            let value = try body()
            try services.access.look()
            return value
        }
    }

    private static func shown(_ credential: Credential, _ token: String, now: Double) -> HTTPResponse {
        var response = HTTPResponse.json { json in
            credential.write(now: now, to: &json)
            json.member("token", token)
        }
        response.headers.append(("Cache-Control", "no-store"))
        return response
    }
}

extension Credential {
    /// As members of an object, for the interface and for the command line.
    package func write(now: Double, to json: inout JSONWriter) {
        json.member("id", id)
        json.member("kind", kind.rawValue)
        json.member("name", name)
        json.member("role", role?.name)
        json.member("host", host)
        json.member("state", state(now: now).rawValue)
        json.member("created_at", createdAt)
        json.member("expires_at", expiresAt)
        json.member("uses_left", usesLeft)
        json.member("revoked_at", revokedAt)
    }
}

extension AuditEntry {
    package func write(to json: inout JSONWriter) {
        json.member("id", id)
        json.member("at", at)
        json.member("who", who)
        json.member("address", address)
        json.member("action", action)
        json.member("target", target)
        json.member("detail", detail)
        json.member("status", status)
    }
}
