/// The sessions of people who have signed in with a key, in memory: a restart ends them.
package struct SessionBook: Sendable {
    private struct Session {
        var credential: Int64
        var begin: Double
        var seen: Double
    }
    /// By the digest of what the cookie holds.
    private var sessions: [[UInt8]: Session] = [:]
    private static let countMax = 10_000

    package init() {}

    /// Begins one under a token of its own; the session that was seen longest ago makes way for it.
    package mutating func begin(_ token: String, credential: Int64, now: Double) {
        if sessions.count >= Self.countMax, let oldest = sessions.min(by: { $0.value.seen < $1.value.seen }) {
            sessions[oldest.key] = nil
        }
        sessions[Token.digest(token)] = Session(credential: credential, begin: now, seen: now)
    }

    /// The credential that somebody signed in with, while the session lasts; `isNews` begins its idleness anew.
    package mutating func find(_ token: String, rules: AccessRules, now: Double, isNews: Bool = true) -> Int64? {
        guard token.utf8.count <= Token.textMax else { return nil }
        let digest = Token.digest(token)
        guard let session = sessions[digest] else { return nil }
        guard now - session.seen < rules.sessionIdleSeconds, now - session.begin < rules.sessionSeconds else {
            sessions[digest] = nil
            return nil
        }
        if isNews { sessions[digest]?.seen = now }
        return session.credential
    }

    package mutating func end(_ token: String) {
        guard token.utf8.count <= Token.textMax else { return }
        sessions[Token.digest(token)] = nil
    }
}

/// How often each address has lately shown something that is not believed. What is believed is never held up: several
/// agents may share an address with one whose token has expired.
package struct FailedAttempts: Sendable {
    private var failures: [String: (count: Int, since: Double)] = [:]
    package static let countMax = 20
    package static let seconds = 60.0
    private static let addressesMax = 10_000

    package init() {}

    /// Counts one; the seconds to wait once there were too many.
    package mutating func count(_ address: String, now: Double) -> Int? {
        if failures.count >= Self.addressesMax {
            failures = failures.filter { now - $0.value.since < Self.seconds }
            if failures.count >= Self.addressesMax { failures = [:] }
        }
        var entry = failures[address] ?? (0, now)
        if now - entry.since >= Self.seconds { entry = (0, now) }
        entry.count += 1
        failures[address] = entry
        guard entry.count > Self.countMax else { return nil }
        return max(1, Int((entry.since + Self.seconds - now).rounded(.up)))
    }
}
