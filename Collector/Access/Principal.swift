/// Who asks, as far as it is known.
package struct Principal: Sendable, Equatable {
    package enum Way: String, Sendable {
        /// Nobody has to show anything yet: there is no credential, and only this machine is listened to.
        case local
        case nobody
        case token, session, proxy, certificate
    }
    package var way: Way
    /// A key's or token's name, a user, a certificate's subject.
    package var name: String?
    package var kind: CredentialKind?
    package var role: Role?
    package var credential: Int64?
    /// May send samples, of this host alone when one is named.
    package var mayIngest = false
    package var host: String?
    /// Why what was shown is not believed; for `.nobody`.
    package var refusal: String?

    package init(way: Way, name: String? = nil, role: Role? = nil, mayIngest: Bool = false, refusal: String? = nil) {
        self.way = way
        self.name = name
        self.role = role
        self.mayIngest = mayIngest
        self.refusal = refusal
    }

    package init(_ credential: Credential, way: Way = .token) {
        self.way = way
        name = credential.name
        kind = credential.kind
        role = credential.role
        self.credential = credential.id
        host = credential.host
        mayIngest = credential.kind == .agent || credential.role == .admin
    }

    package static let local = Principal(way: .local, role: .admin, mayIngest: true)

    /// Whether a browser adds what it is known by to requests of any page.
    package var isAmbient: Bool { way == .session || way == .proxy || way == .local || way == .certificate }

    /// What limits on requests are kept by: nil for those who are known by their address alone.
    package var limitKey: String? { credential.map { "credential \($0)" } ?? name.map { "\(way.rawValue) \($0)" } }

    /// For logs and the audit log.
    package var shown: String {
        guard let name else { return way.rawValue }
        return "\(kind?.rawValue ?? way.rawValue) \(name)"
    }
}

/// Whether a request is answered: a pure function of who asks and what is needed.
package enum AccessDecision: Sendable, Equatable {
    case allowed
    /// 401: nobody known asks.
    case unauthenticated(String?)
    /// 403: somebody known may not.
    case forbidden
    /// 403: nobody may, while the collector is served read-only.
    case readOnly

    package static func of(_ principal: Principal, need: Need, isReadOnly: Bool = false) -> AccessDecision {
        let isAllowed: Bool
        switch need {
        case .open: return .allowed
        case .ingest: isAllowed = principal.mayIngest
        case .enrolment: isAllowed = principal.kind == .enrolment || principal.role == .admin
        case .role(let needed):
            let role = isReadOnly ? principal.role.map { min($0, .viewer) } : principal.role
            isAllowed = role.map { $0 >= needed } ?? false
            if !isAllowed, isReadOnly, let own = principal.role, own >= needed { return .readOnly }
        }
        if isAllowed { return .allowed }
        return principal.way == .nobody ? .unauthenticated(principal.refusal) : .forbidden
    }
}
