import Access
import Daemon
import HTTPServer
import Telemetry

/// Signing in with a key, signing out, and who asks.
struct SessionEndpoints: Sendable {
    let services: Services
    private static let path = "/api/v1/session"

    var all: [Endpoint] {
        [
            .get(
                Self.path, "getSession", "Who asks, and what they may do.", needs: .open,
                answer: .reference("Session")
            ) { request in session(request.principal ?? Principal(way: .nobody)) },
            .change(
                "POST", Self.path, "signIn", "Begins a session for a key: the answer's cookie stands for it.",
                needs: .open, body: .object([.required("key", .string(about: "fwk_…"))]),
                answer: .reference("Session"), others: [401, 403, 429], signIn),
            Endpoint(
                method: "DELETE", path: Self.path, id: "signOut", summary: "Ends the session.",
                answers: [.init(status: 204, about: "It has ended."), .problem(403)], needs: .open,
                handle: { request, answer in
                    let principal = request.principal ?? Principal(way: .nobody)
                    guard services.access.isSameSite(principal, request) else { return answer.send(Self.crossSite) }
                    services.access.signOut(request)
                    if principal.way == .session {
                        services.access.audit(principal, request, action: "signOut", status: 204)
                    }
                    answer.send(
                        HTTPResponse(
                            status: 204, headers: [("Set-Cookie", cookie("", request) + "; Max-Age=0")], body: []))
                }),
        ]
    }

    private static let crossSite = HTTPResponse.problem(
        403, "the request comes from another site's page", hint: "sign in and out at the dashboard itself")

    private func session(_ principal: Principal, _ headers: [(name: String, value: String)] = []) -> HTTPResponse {
        let isReadOnly = services.dashboard.isReadOnly
        let role = isReadOnly ? principal.role.map { min($0, .viewer) } : principal.role
        var response = HTTPResponse.json { json in
            json.member("name", principal.name)
            json.member("may_act", role.map { $0 >= .operator } ?? false)
            json.member("role", role?.name)
            json.member("way", principal.way.rawValue)
            json.member("read_only", isReadOnly)
        }
        response.headers += headers + [("Cache-Control", "no-store")]
        return response
    }

    private func signIn(_ request: HTTPRequest, _ question: JSONQuestion) throws(Problem) -> HTTPResponse {
        try question.refuseOthers(than: ["key"])
        let key = try question.required("key", question.text("key", characters: 1...Token.textMax), "a key, fwk_…")
        // Nobody is to be signed in as somebody else by another site's page either.
        guard services.access.isSameSite(.local, request) else { return Self.crossSite }
        switch services.access.signIn(key) {
        case .success(let (value, principal)):
            services.access.audit(principal, request, action: "signIn", status: 200)
            return session(principal, [("Set-Cookie", cookie(value, request))])
        case .failure(let refusal):
            if let wait = services.access.signInFailed(request) {
                var problem = Problem(429, "too many keys that are not believed", hint: "try again in \(wait) s")
                problem.headers["Retry-After"] = "\(wait)"
                throw problem
            }
            let why = refusal == .unknown || refusal == .malformed ? "this is no key that is known here" : refusal.words
            throw Problem(401, why, hint: "forewarn-collector token create key --role viewer makes one")
        }
    }

    /// RFC 6265bis. By TLS here or at the proxy in front the cookie never leaves TLS.
    private func cookie(_ value: String, _ request: HTTPRequest) -> String {
        let isSecure = services.access.isSecure(request)
        let name = isSecure ? Doorkeeper.secureCookie : Doorkeeper.cookie
        return "\(name)=\(value); Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
    }
}
