import Testing

@testable import Access

struct AccessTests {
    private static func principal(_ kind: CredentialKind, _ role: Role? = nil) -> Principal {
        Principal(Credential(kind: kind, name: "x", role: role, digest: [], createdAt: 0))
    }

    @Test(
        arguments: [
            (.open, [true, true, true, true, true, true]),
            (.ingest, [false, true, false, false, false, true]),
            (.enrolment, [false, false, true, false, false, true]),
            (.viewer, [false, false, false, true, true, true]),
            (.operator, [false, false, false, false, true, true]),
            (.admin, [false, false, false, false, false, true]),
        ] as [(Need, [Bool])])
    func whoMayWhat(need: Need, expected: [Bool]) {
        let everybody = [
            Principal(way: .nobody), Self.principal(.agent), Self.principal(.enrolment), Self.principal(.key, .viewer),
            Self.principal(.key, .operator), Self.principal(.key, .admin),
        ]
        for (principal, isAllowed) in zip(everybody, expected) {
            let decision = AccessDecision.of(principal, need: need)
            #expect((decision == .allowed) == isAllowed, "\(principal.shown) \(need)")
            guard !isAllowed else { continue }
            #expect(decision == (principal.way == .nobody ? .unauthenticated(nil) : .forbidden))
        }
    }

    @Test func readOnlyLeavesNobodyMoreThanAViewer() {
        let admin = Self.principal(.key, .admin)
        #expect(AccessDecision.of(admin, need: .admin, isReadOnly: true) == .readOnly)
        #expect(AccessDecision.of(admin, need: .viewer, isReadOnly: true) == .allowed)
        #expect(AccessDecision.of(admin, need: .ingest, isReadOnly: true) == .allowed)
        #expect(AccessDecision.of(Self.principal(.key, .viewer), need: .admin, isReadOnly: true) == .forbidden)
    }

    @Test func aTokenIsFoundWhileItHolds() {
        let made = Credential.make(.key, name: "k", role: .viewer, now: 0, expiresAt: 10)
        var other = Credential.make(.agent, name: "a", now: 0)
        other.credential.id = 2
        other.credential.revokedAt = 5
        let list = CredentialList([made.credential, other.credential])
        #expect((try? list.find(made.token, now: 9).get())?.name == "k")
        #expect(list.find(made.token, now: 10) == .failure(.expired))
        #expect(list.find(other.token, now: 9) == .failure(.revoked))
        #expect(list.find(Token.make(.key), now: 9) == .failure(.unknown))
        for text in ["", "fwk_", made.token + "\n", made.token.uppercased(), String(repeating: "a", count: 10_240)] {
            #expect(list.find(text, now: 9) == .failure(.malformed))
        }
        #expect(CredentialList([other.credential]).isEmpty == false)
        #expect(Token.make(.key) != Token.make(.key))
    }

    @Test func aProxysWordIsRead() {
        var rules = AccessRules()
        rules.groups = [.admin: ["sre"], .viewer: ["staff", "sre"]]
        func read(_ users: [String], _ groups: [String] = []) -> ProxyUser.Verdict {
            ProxyUser.read(users: users, groups: groups, rules: rules)
        }
        #expect(read(["anna"], ["staff, sre"]) == .user(Principal(way: .proxy, name: "anna", role: .admin)))
        #expect(read(["anna"], ["other"]) == .user(Principal(way: .proxy, name: "anna")))
        #expect(read([]) == .none && read([""]) == .none)
        for users in [["anna", "root"], ["an\u{0}na"], ["a\u{202E}b"], [String(repeating: "a", count: 129)]] {
            guard case .wrong = read(users) else {
                Issue.record("\(users) was believed")
                continue
            }
        }
    }

    @Test(
        arguments: [
            (.session, "same-origin", nil, true), (.session, "cross-site", nil, false), (.session, nil, nil, false),
            (.session, nil, true, true), (.session, "same-origin", false, false), (.proxy, "same-site", nil, false),
            (.local, nil, nil, true), (.local, "cross-site", nil, false), (.local, nil, false, false),
            (.token, "cross-site", false, true), (.certificate, nil, nil, true),
            (.certificate, "cross-site", nil, false),
        ] as [(Principal.Way, String?, Bool?, Bool)])
    func whichChangesAreForged(way: Principal.Way, site: String?, isSameOrigin: Bool?, passes: Bool) {
        #expect(ForgeryCheck.passes(Principal(way: way), site: site, isSameOrigin: isSameOrigin) == passes)
    }

    @Test func sessionsEnd() {
        var rules = AccessRules()
        (rules.sessionIdleSeconds, rules.sessionSeconds) = (10, 25)
        var book = SessionBook()
        let token = Token.makeSession()
        book.begin(token, credential: 7, now: 0)
        #expect(book.find(token, rules: rules, now: 9) == 7)
        #expect(book.find(token, rules: rules, now: 18) == 7)
        #expect(book.find(token, rules: rules, now: 26) == nil)
        book.begin(token, credential: 7, now: 30)
        #expect(book.find(token, rules: rules, now: 41) == nil)
        book.begin(token, credential: 7, now: 50)
        // Who only stays does not make it longer.
        #expect(book.find(token, rules: rules, now: 59, isNews: false) == 7)
        #expect(book.find(token, rules: rules, now: 61, isNews: false) == nil)
        book.begin(token, credential: 7, now: 50)
        book.end(token)
        #expect(book.find(token, rules: rules, now: 51) == nil)
    }

    @Test func whoGuessesIsSlowed() {
        var failures = FailedAttempts()
        for _ in 0..<FailedAttempts.countMax { #expect(failures.count("10.0.0.1", now: 0) == nil) }
        #expect(failures.count("10.0.0.1", now: 20) == 40)
        #expect(failures.count("10.0.0.2", now: 20) == nil)
        #expect(failures.count("10.0.0.1", now: 60) == nil)
    }
}
