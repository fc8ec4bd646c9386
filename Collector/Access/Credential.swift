/// What is known of a token that was given out. The token itself is not.
package struct Credential: Sendable, Equatable {
    /// 0 before it is stored.
    package var id: Int64
    package var kind: CredentialKind
    package var name: String
    /// A key's.
    package var role: Role?
    /// The only host that an agent's token may send samples of; nil: any.
    package var host: String?
    /// SHA-256 of the token, 32 bytes.
    package var digest: [UInt8]
    /// Unix seconds, as all times here.
    package var createdAt: Double
    package var expiresAt: Double?
    /// How many hosts an enrolment token can still be presented for; nil: any number.
    package var usesLeft: Int?
    package var revokedAt: Double?

    package init(
        id: Int64 = 0, kind: CredentialKind, name: String, role: Role? = nil, host: String? = nil, digest: [UInt8],
        createdAt: Double, expiresAt: Double? = nil, usesLeft: Int? = nil, revokedAt: Double? = nil
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.role = role
        self.host = host
        self.digest = digest
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.usesLeft = usesLeft
        self.revokedAt = revokedAt
    }

    /// For so many hosts an enrolment token is unless somebody says more: it lies on every server that was given it.
    package static let enrolmentUses = 1000

    /// A new one, and its token, which is not kept.
    package static func make(
        _ kind: CredentialKind, name: String, role: Role? = nil, host: String? = nil, now: Double,
        expiresAt: Double? = nil, uses: Int? = nil
    ) -> (credential: Credential, token: String) {
        let token = Token.make(kind)
        let credential = Credential(
            kind: kind, name: name, role: role, host: host, digest: Token.digest(token), createdAt: now,
            expiresAt: expiresAt, usesLeft: uses)
        return (credential, token)
    }

    package enum State: String, Sendable { case valid, expired, revoked, usedUp = "used up" }

    package func state(now: Double) -> State {
        if revokedAt != nil { return .revoked }
        if let expiresAt, now >= expiresAt { return .expired }
        if let usesLeft, usesLeft <= 0 { return .usedUp }
        return .valid
    }

    /// 1–64 printable characters: a name stands in logs and headers.
    package static func isName(_ text: String) -> Bool {
        (1...64).contains(text.count) && text.unicodeScalars.allSatisfy(isPrintable)
    }

    package static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
        default: true
        }
    }
}
