/// How people and agents are known besides their tokens: what an admin configures.
package struct AccessRules: Sendable, Equatable {
    /// Numeric addresses whose X-Auth-User and X-Auth-Groups are believed.
    package var proxies: [String] = []
    /// Of pages elsewhere that may ask with a token and read the answers, as browsers write them.
    package var origins: [String] = []
    /// Groups that give a role.
    package var groups: [Role: [String]] = [:]
    /// What a client's certificate gives besides the right to send samples.
    package var certificateRole: Role? = .viewer
    /// Whether `/metrics` may be read by anybody.
    package var isMetricsOpen = false
    /// Seconds without a request until a session ends, and from its begin.
    package var sessionIdleSeconds = 8.0 * 3600
    package var sessionSeconds = 24.0 * 3600

    package init() {}

    /// Scheme, name and perhaps port, in small letters, and nothing behind: what a browser sends (RFC 6454, 6.2). Not
    /// `null`, which any page in a sandbox is.
    package static func isOrigin(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return false }
        let name = text.utf8.dropFirst(scheme.utf8.count)
        return !name.isEmpty && name.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-._:[]".utf8.contains($0) }
    }

    /// Whether there is another way to be known than tokens.
    package var hasOtherWays: Bool { !proxies.isEmpty }

    /// The highest role of somebody's groups.
    package func role(ofGroups given: [String]) -> Role? {
        groups.filter { $0.value.contains { given.contains($0) } }.keys.max()
    }
}

/// What a proxy says of who asks.
package enum ProxyUser {
    package enum Verdict: Sendable, Equatable {
        /// The proxy says nothing.
        case none
        case user(Principal)
        /// What it says is no name, or says it twice.
        case wrong(String)
    }

    /// From the values of X-Auth-User and X-Auth-Groups; groups are parted by commas.
    package static func read(users: [String], groups: [String], rules: AccessRules) -> Verdict {
        guard let user = users.first, !(users.count == 1 && user.isEmpty) else { return .none }
        guard users.count == 1 else { return .wrong("X-Auth-User comes \(users.count) times") }
        guard (1...128).contains(user.count), user.unicodeScalars.allSatisfy(Credential.isPrintable) else {
            return .wrong("X-Auth-User is no name of 1 to 128 printable characters")
        }
        let names = groups.flatMap { $0.split(separator: ",") }.map { group in
            String(group.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        return .user(Principal(way: .proxy, name: user, role: rules.role(ofGroups: names)))
    }
}

/// Whether a change that a browser asks for comes from our own page: OWASP's Cross-Site Request Forgery Prevention
/// cheat sheet, fetch metadata with the origin as what is looked at where a browser does not send it.
package enum ForgeryCheck {
    /// - Parameters:
    ///   - site: Sec-Fetch-Site.
    ///   - isSameOrigin: whether Origin is where the request went; nil without Origin.
    package static func passes(_ principal: Principal, site: String?, isSameOrigin: Bool?) -> Bool {
        guard principal.isAmbient else { return true }
        if let isSameOrigin, !isSameOrigin { return false }
        if let site { return site == "same-origin" || site == "none" }
        // A program is no browser; but what is known by a cookie or a proxy is one.
        return isSameOrigin ?? (principal.way == .local || principal.way == .certificate)
    }
}
