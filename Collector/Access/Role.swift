/// What a person, or a program in a person's place, may do: each may all that the ones before it may.
package enum Role: Int, Sendable, CaseIterable, Comparable {
    /// Reads everything but tokens and the audit log.
    case viewer
    /// Sees to alerts: acknowledges, judges, silences, plans maintenance, sends again, plays scenarios.
    case `operator`
    /// Changes thresholds, tests channels, manages tokens, reads the audit log, imports.
    case admin

    package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }

    package var name: String {
        switch self {
        case .viewer: "viewer"
        case .operator: "operator"
        case .admin: "admin"
        }
    }

    package init?(name: String) {
        guard let role = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = role
    }
}

/// What somebody must show before a request of a kind is answered.
package enum Need: Sendable, Equatable {
    /// Nothing: liveness, the page itself, signing in, and what is signed in another way.
    case open
    case role(Role)
    /// The right to send samples: an agent's token, a client's certificate, or an admin.
    case ingest
    /// An enrolment token, or an admin.
    case enrolment

    package static let viewer = Need.role(.viewer)
    package static let `operator` = Need.role(.operator)
    package static let admin = Need.role(.admin)

    /// For people and for the interface's description.
    package var words: String {
        switch self {
        case .open: "nothing"
        case .role(let role): "the role \(role.name)"
        case .ingest: "an agent's token"
        case .enrolment: "an enrolment token"
        }
    }
}
