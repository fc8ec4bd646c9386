package import Access
package import Daemon
import Glibc
import HTTPServer
package import Store
import WebSocket

/// Finds out who asks, and keeps out who may not: the only place of the collector that decides it.
package final class Doorkeeper: Sendable {
    private struct State {
        var list: CredentialList
        var version: Int64
        var sessions = SessionBook()
        var failures = FailedAttempts()
        var rules: AccessRules
        var counters = Counters()
        var forgeryToldAt = -Double.infinity
    }
    struct Counters {
        var unauthenticated = 0
        var forbidden = 0
        /// X-Auth-User from an address that is no proxy of ours.
        var forged = 0
        var crossSite = 0
    }
    let ledger: CredentialLedger
    private let state: Locked<State>
    private let hasClientAuthorities: Bool
    private let auditSeconds: Double
    private let clock: Clock
    /// Tells the log.
    private let tell: @Sendable (_ text: String, _ values: KeyValuePairs<String, String>) -> Void

    static let cookie = "forewarn"
    /// Over TLS: browsers take it from this very host only, and for all of it (RFC 6265bis, 4.1.3.2).
    static let secureCookie = "__Host-forewarn"

    package init(
        _ ledger: CredentialLedger, rules: AccessRules, hasClientAuthorities: Bool, auditSeconds: Double, clock: Clock,
        tell: @escaping @Sendable (_ text: String, _ values: KeyValuePairs<String, String>) -> Void
    ) throws(StoreError) {
        self.ledger = ledger
        self.hasClientAuthorities = hasClientAuthorities
        self.auditSeconds = auditSeconds
        self.clock = clock
        self.tell = tell
        let version = try ledger.version()
        let list = CredentialList(try ledger.credentials())
        state = Locked(State(list: list, version: version, rules: rules))
    }

    /// Takes what another process has changed. While the database cannot be read, what is known holds.
    package func look() throws(StoreError) {
        let version = try ledger.version()
        guard version != state.withLock({ $0.version }) else { return }
        let list = CredentialList(try ledger.credentials())
        state.withLock { ($0.version, $0.list) = (version, list) }
    }

    package func renew(_ rules: AccessRules) { state.withLock { $0.rules = rules } }

    /// Whether nothing has to be shown: there is no credential of any kind, and then only this machine may ask.
    package var isOpen: Bool { state.withLock { isOpen($0) } }

    private func isOpen(_ state: State) -> Bool {
        state.list.isEmpty && !state.rules.hasOtherWays && !hasClientAuthorities
    }

    var counters: Counters { state.withLock { $0.counters } }
    var rules: AccessRules { state.withLock { $0.rules } }
    var credentials: [Credential] { state.withLock { $0.list.byID.values.sorted { $0.id < $1.id } } }

    // MARK: Who asks

    private struct Shown {
        var tokens: [String] = []
        var cookie: String?
    }

    /// - Parameter isNews: false where somebody stays who came before, which keeps no session from ending.
    func principal(of request: HTTPRequest, isNews: Bool = true) -> Principal {
        let shown = shown(request)
        let users = request.headers(named: "X-Auth-User")
        let now = clock.now()
        return state.withLock { state in
            if isOpen(state) {
                if Self.isLocal(request) { return .local }
                return Principal(
                    way: .nobody, refusal: "no token has been created yet, and until then only this machine may ask")
            }
            if !shown.tokens.isEmpty {
                guard let token = shown.tokens.first, shown.tokens.count == 1 else {
                    return Principal(way: .nobody, refusal: "two tokens are shown")
                }
                switch state.list.find(token, now: now) {
                case .success(let credential): return Principal(credential)
                case .failure(let refusal): return Principal(way: .nobody, refusal: refusal.words)
                }
            }
            if let cookie = shown.cookie,
                let id = state.sessions.find(cookie, rules: state.rules, now: now, isNews: isNews),
                let credential = state.list.byID[id], credential.state(now: now) == .valid
            {
                return Principal(credential, way: .session)
            }
            if !users.isEmpty {
                if state.rules.proxies.contains(request.peer) {
                    let groups = request.headers(named: "X-Auth-Groups")
                    switch ProxyUser.read(users: users, groups: groups, rules: state.rules) {
                    case .user(let principal): return principal
                    case .wrong(let why): return Principal(way: .nobody, refusal: why)
                    case .none: break
                    }
                } else {
                    state.counters.forged += 1
                    if now - state.forgeryToldAt >= 60 {
                        state.forgeryToldAt = now
                        tell("X-Auth-User from an address that is no proxy is not believed", ["address": request.peer])
                    }
                }
            }
            if let subject = request.clientCertificate {
                return Principal(
                    way: .certificate, name: subject, role: state.rules.certificateRole, mayIngest: true)
            }
            return Principal(way: .nobody)
        }
    }

    /// `Authorization: Bearer` (RFC 6750, 2.1), X-API-Key, and our cookie. Other kinds of Authorization are not ours.
    private func shown(_ request: HTTPRequest) -> Shown {
        var shown = Shown()
        for value in request.headers(named: "Authorization") where value.prefix(7).lowercased() == "bearer " {
            shown.tokens.append(Self.trimmed(value.dropFirst(7)))
        }
        for value in request.headers(named: "X-API-Key") { shown.tokens.append(Self.trimmed(value[...])) }
        // What a page of another name under the same domain, or somebody on an open wire, has set is not the safe one.
        let name = isSecure(request) ? Self.secureCookie : Self.cookie
        for value in request.headers(named: "Cookie") {
            for pair in value.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1).map { Self.trimmed($0) }
                if parts.count == 2, parts[0] == name { shown.cookie = parts[1] }
            }
        }
        return shown
    }

    /// Whether the browser speaks TLS: with us, or with a proxy of ours.
    func isSecure(_ request: HTTPRequest) -> Bool {
        request.isSecure
            || request.header("X-Forwarded-Proto")?.lowercased() == "https" && rules.proxies.contains(request.peer)
    }

    private static func trimmed(_ text: Substring) -> String {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    private static let proxyHeaders = [
        "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "X-Auth-User",
    ]

    /// From this machine, and asked for by one of its own names: a page of elsewhere whose name has been made to mean
    /// this machine (DNS rebinding) says its own name.
    ///
    /// What a proxy on this machine passes on comes from elsewhere.
    private static func isLocal(_ request: HTTPRequest) -> Bool {
        guard LoopbackAddress.holds(request.peer), !proxyHeaders.contains(where: { request.header($0) != nil }),
            var name = request.header("Host")?.lowercased()[...]
        else { return false }
        if name.hasPrefix("[") {
            name = name.dropFirst().prefix { $0 != "]" }
        } else {
            name = name.prefix { $0 != ":" }
        }
        return name == "localhost" || name.hasSuffix(".localhost") || LoopbackAddress.holds(String(name))
            || String(name) == LoopbackAddress.hostName
    }

    /// Where a request comes from: what a proxy of ours says, else the connection's other end.
    func source(of request: HTTPRequest) -> String {
        guard state.withLock({ $0.rules.proxies.contains(request.peer) }),
            let last = request.headers(named: "X-Forwarded-For").last?.split(separator: ",").last
        else { return request.peer }
        let address = Self.trimmed(last)
        let isNumeric = address.utf8.allSatisfy { "0123456789abcdefABCDEF.:".utf8.contains($0) }
        return isNumeric && (2...45).contains(address.utf8.count) ? address : request.peer
    }

    // MARK: Whether it is let

    /// Nil: it is.
    func refusal(
        of principal: Principal, _ request: HTTPRequest, need: Need, isReadOnly: Bool
    ) -> HTTPResponse? {
        if request.method != "GET", request.method != "HEAD", need != .open, !isSameSite(principal, request) {
            state.withLock { $0.counters.crossSite += 1 }
            return .problem(
                403, "the request comes from another site's page",
                hint: "ask from the dashboard itself; a program sends Authorization: Bearer and no Origin")
        }
        switch AccessDecision.of(principal, need: need, isReadOnly: isReadOnly) {
        case .allowed: return nil
        case .readOnly:
            return .problem(
                403,
                "this collector is served read-only: \(request.method) \(request.path.shortened) would change "
                    + "something",
                hint: "ask at a collector that is not, or start it without --read-only (read_only: false)")
        case .forbidden:
            state.withLock { $0.counters.forbidden += 1 }
            let own = principal.role.map { "has the role \($0.name)" } ?? "has no role"
            return .problem(
                403, "\(need.words) is needed, and \(principal.shown) \(own)",
                hint: "ask an admin for a key with the right role: forewarn-collector token create key --role …",
                headers: [("WWW-Authenticate", Self.insufficient)])
        case .unauthenticated(let why): return unauthenticated(request, why, need)
        }
    }

    /// RFC 6750, 3.1: it is known who asks, and they may not.
    static let insufficient = #"Bearer realm="forewarn", error="insufficient_scope""#

    private func unauthenticated(_ request: HTTPRequest, _ why: String?, _ need: Need) -> HTTPResponse {
        let (source, now) = (source(of: request), clock.now())
        let wait = state.withLock { state in
            state.counters.unauthenticated += 1
            // Who shows nothing tries nothing.
            return why == nil ? nil : state.failures.count(source, now: now)
        }
        if let wait {
            return .problem(
                429, "too many tokens that are not believed came from \(source)",
                hint: "correct the token, and try again in \(wait) s", headers: [("Retry-After", "\(wait)")])
        }
        let challenge = #"Bearer realm="forewarn""# + (why == nil ? "" : #", error="invalid_token""#)
        return .problem(
            401, why ?? "\(need.words) is needed, and nobody is signed in",
            hint: "send Authorization: Bearer TOKEN or X-API-Key; forewarn-collector token create makes one",
            headers: [("WWW-Authenticate", challenge)])
    }

    func isSameSite(_ principal: Principal, _ request: HTTPRequest) -> Bool {
        let isSame = request.header("Origin").map { Handshake.isSame($0, request.header("Host") ?? "") }
        return ForgeryCheck.passes(principal, site: request.header("Sec-Fetch-Site"), isSameOrigin: isSame)
    }

    // MARK: Sessions

    /// Begins a session for a key: what the cookie is to hold.
    func signIn(_ token: String) -> Result<(cookie: String, principal: Principal), CredentialList.Refusal> {
        let now = clock.now()
        return state.withLock { state in
            state.list.find(token, now: now).flatMap { credential in
                guard credential.kind == .key else { return .failure(.unknown) }
                let cookie = Token.makeSession()
                state.sessions.begin(cookie, credential: credential.id, now: now)
                return .success((cookie, Principal(credential, way: .session)))
            }
        }
    }

    /// Counts a key that was not believed: the seconds to wait once there were too many.
    func signInFailed(_ request: HTTPRequest) -> Int? {
        let (source, now) = (source(of: request), clock.now())
        return state.withLock { $0.failures.count(source, now: now) }
    }

    func signOut(_ request: HTTPRequest) {
        guard let cookie = shown(request).cookie else { return }
        state.withLock { $0.sessions.end(cookie) }
    }

    // MARK: The audit log

    func audit(
        _ principal: Principal, _ request: HTTPRequest, action: String, detail: String = "", status: Int
    ) {
        let entry = AuditEntry(
            at: clock.now(), who: principal.shown, address: source(of: request), action: action,
            target: request.path.shortened, detail: detail, status: status)
        do throws(StoreError) {
            try ledger.add(entry, keptSeconds: auditSeconds)
        } catch {
            tell("a change could not be written into the audit log", ["reason": "\(error)", "action": action])
        }
    }
}

/// The addresses and names by which a machine speaks to itself.
package enum LoopbackAddress {
    /// Whether a numeric address is the machine's own: 127.0.0.0/8 or ::1.
    package static func holds(_ address: String) -> Bool {
        address == "::1" || (address.hasPrefix("127.") && address.utf8.allSatisfy { "0123456789.".utf8.contains($0) })
    }

    static let hostName: String = {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).lowercased()
    }()
}
