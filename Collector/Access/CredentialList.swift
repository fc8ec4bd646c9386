import Identity

/// All credentials at one moment, found by their tokens.
package struct CredentialList: Sendable {
    private let byStart: [UInt64: [Credential]]
    package let byID: [Int64: Credential]

    package init(_ credentials: [Credential] = []) {
        byStart = Dictionary(grouping: credentials) { Self.start(of: $0.digest) }
        byID = Dictionary(credentials.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Revoked and expired ones count: whoever takes the last token back does not mean to let everybody in.
    package var isEmpty: Bool { byID.isEmpty }

    package enum Refusal: Error, Equatable {
        case malformed, unknown, expired, revoked, usedUp

        package var words: String {
            switch self {
            case .malformed: "the token has not the form of one"
            case .unknown: "the token is not known here"
            case .expired: "the token has expired"
            case .revoked: "the token has been revoked"
            case .usedUp: "the enrolment token has been used up"
            }
        }
    }

    /// The credential of a token. What is looked up is a hash, and what is compared is so in a time that does not tell
    /// where it differs. A used up enrolment token is found: whoever repeats an enrolment that went through is let.
    package func find(_ token: String, now: Double) -> Result<Credential, Refusal> {
        guard Token.kind(of: token) != nil else { return .failure(.malformed) }
        let digest = Token.digest(token)
        guard let found = byStart[Self.start(of: digest)]?.first(where: { Signature.isSame($0.digest, digest) }) else {
            return .failure(.unknown)
        }
        return switch found.state(now: now) {
        case .valid, .usedUp: .success(found)
        case .expired: .failure(.expired)
        case .revoked: .failure(.revoked)
        }
    }

    private static func start(of digest: [UInt8]) -> UInt64 { digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
