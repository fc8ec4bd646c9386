import Identity

/// What a credential is for, which its token's first letters say.
package enum CredentialKind: String, Sendable, CaseIterable {
    /// Sends samples.
    case agent
    /// Gives hosts agent tokens of their own.
    case enrolment
    /// A person's, or a program's that asks: has a role.
    case key

    package var prefix: String {
        switch self {
        case .agent: "fwa_"
        case .enrolment: "fwe_"
        case .key: "fwk_"
        }
    }
}

/// A bearer token: a prefix that says what it is for, and 256 random bits in 64 hexadecimal digits. Only its SHA-256
/// is ever kept: of so many random bits a slow hash would protect nothing more.
package enum Token {
    private static let randomBytes = 32
    /// What is longer is not even hashed.
    package static let textMax = 256

    package static func make(_ kind: CredentialKind) -> String { make(prefix: kind.prefix) }

    /// What a session's cookie holds.
    package static func makeSession() -> String { make(prefix: "fws_") }

    /// From the kernel: on Linux the system's generator is getrandom(2).
    private static func make(prefix: String) -> String {
        var generator = SystemRandomNumberGenerator()
        return prefix + Hex.text((0..<randomBytes).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    /// The kind of a text that has the form of a token; nil when it has not.
    package static func kind(of text: String) -> CredentialKind? {
        guard text.utf8.count == 4 + 2 * randomBytes,
            let kind = CredentialKind.allCases.first(where: { text.hasPrefix($0.prefix) }),
            text.utf8.dropFirst(4).allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return kind
    }

    /// 32 bytes.
    package static func digest(_ text: String) -> [UInt8] {
        Array(text.utf8).withUnsafeBytes { SHA256.digest(of: $0) }
    }
}
