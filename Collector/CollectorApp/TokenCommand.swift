import API
import Access
import Configuration
import Daemon
import Glibc
import Store
import Telemetry

/// `forewarn-collector token create|list|revoke|rotate` and `audit`: on the database itself, so that it works before
/// the collector's first start, while it runs (which takes a change within a second or two), and for whoever has
/// locked themselves out.
struct TokenCommand {
    private let ledger: CredentialLedger
    private let arguments: Arguments
    private let now: Double

    static func run(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(
            Array(words.dropFirst()),
            options: [
                "--config": 1, "--state": 1, "--json": 0, "--role": 1, "--host": 1, "--expires": 1, "--uses": 1,
                "--name": 1, "--grace": 1,
            ], restMax: 1)
        switch words.first {
        case "create": try Self(arguments).create()
        case "list": try Self(arguments).list()
        case "revoke": try Self(arguments).revoke()
        case "rotate": try Self(arguments).rotate()
        case nil: throw UsageError("token needs one of create, list, revoke, rotate")
        case let other?: throw UsageError("token \(other) is no command")
        }
        return 0
    }

    static func audit(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(words, options: ["--config": 1, "--state": 1, "--json": 0, "--limit": 1])
        guard let limit = Int(arguments.value("--limit") ?? "50"), (1...100_000).contains(limit) else {
            throw UsageError("--limit is a whole number from 1 to 100000")
        }
        let entries = try Self(arguments).ledger.audit(limit: limit)
        if arguments.has("--json") {
            var json = JSONWriter(capacity: 4096)
            json.array { json in for entry in entries { json.object { entry.write(to: &$0) } } }
            Commands.print(json.text)
        } else {
            let rows = entries.map {
                [Timestamp.text($0.at.rounded(.down)), $0.who, $0.address, $0.action, $0.target, $0.detail]
            }
            Commands.print(TextTable.text([["AT", "WHO", "FROM", "ACTION", "TARGET", "DETAIL"]] + rows))
        }
        return 0
    }

    private init(_ arguments: Arguments) throws {
        self.arguments = arguments
        let state = try Serve.configuration(arguments).state
        try StoreFolder.actAsOwner(of: state)
        ledger = try CredentialLedger(directory: state)
        now = Clock.system.now()
    }

    private func create() throws {
        let kinds = CredentialKind.allCases.map(\.rawValue).joined(separator: ", ")
        guard let kind = arguments.rest.first.flatMap(CredentialKind.init(rawValue:)) else {
            throw UsageError("token create needs a kind: one of \(kinds)")
        }
        let role = try arguments.value("--role").map { (text) throws(UsageError) in
            guard let role = Role(name: text) else { throw UsageError("--role is one of viewer, operator, admin") }
            return role
        }
        guard (role != nil) == (kind == .key) else {
            throw UsageError(kind == .key ? "token create key needs --role" : "--role is for a key")
        }
        let host = arguments.value("--host")
        if let host, kind != .agent || !HostName.isValid(host) {
            throw UsageError("--host is the name of an agent's host, \(HostName.rule)")
        }
        let uses = try arguments.value("--uses").map { (text) throws(UsageError) in
            guard let uses = Int(text), (1...1_000_000).contains(uses), kind == .enrolment else {
                throw UsageError("--uses is how many hosts an enrolment token is for, 1 to 1000000")
            }
            return uses
        }
        let name = arguments.value("--name") ?? host ?? kind.rawValue
        guard Credential.isName(name) else { throw UsageError("--name is 1 to 64 printable characters") }
        let life = try seconds("--expires")
        guard try ledger.credentials().count < CredentialLedger.credentialsMax else {
            throw UsageError("there are \(CredentialLedger.credentialsMax) tokens, and no more are kept")
        }
        var (credential, token) = Credential.make(
            kind, name: name, role: role, host: host, now: now, expiresAt: life.map { now + $0 },
            uses: uses ?? (kind == .enrolment ? Credential.enrolmentUses : nil))
        credential.id = try ledger.add(credential)
        try note("token create", credential)
        show(credential, token)
    }

    private func list() throws {
        let all = try ledger.credentials()
        if arguments.has("--json") {
            var json = JSONWriter(capacity: 4096)
            json.array { json in for one in all { json.object { one.write(now: now, to: &$0) } } }
            Commands.print(json.text)
            return
        }
        let rows = all.map { one in
            [
                "\(one.id)", one.kind.rawValue, one.name, one.role?.name ?? one.host ?? "-",
                one.state(now: now).rawValue, Timestamp.text(one.createdAt.rounded(.down)),
                one.expiresAt.map { Timestamp.text($0.rounded(.down)) } ?? "never",
                one.usesLeft.map { "\($0)" } ?? "-",
            ]
        }
        Commands.print(
            TextTable.text([["ID", "KIND", "NAME", "ROLE/HOST", "STATE", "CREATED", "EXPIRES", "USES"]] + rows))
    }

    private func revoke() throws {
        let credential = try found()
        guard try ledger.revoke(credential.id, at: now) else {
            throw UsageError("token \(credential.id) has been revoked before")
        }
        try note("token revoke", credential)
        Commands.print("token \(credential.id) (\(credential.name)) is revoked")
    }

    private func rotate() throws {
        let old = try found()
        guard old.state(now: now) == .valid else {
            throw UsageError("token \(old.id) is \(old.state(now: now).rawValue): create another")
        }
        let grace = try seconds("--grace") ?? 0
        var (credential, token) = Credential.make(
            old.kind, name: old.name, role: old.role, host: old.host, now: now, expiresAt: old.expiresAt,
            uses: old.usesLeft)
        credential.id = try ledger.replace(old.id, by: credential, end: now + grace)
        try note("token rotate", credential)
        if let host = old.host {
            Commands.complain("an agent of \(host) that enrolled has a token it made: give it this one as token_file")
        }
        show(credential, token)
    }

    // MARK: What they share

    private func found() throws -> Credential {
        guard let text = arguments.rest.first, let id = Int64(text) else {
            throw UsageError("which token? give its number; token list shows them")
        }
        guard let credential = try ledger.credentials().first(where: { $0.id == id }) else {
            throw UsageError("no token has the number \(id); token list shows them")
        }
        return credential
    }

    private func seconds(_ option: String) throws(UsageError) -> Double? {
        try arguments.value(option).map { (text) throws(UsageError) in
            try Arguments.seconds(text, option, daysMax: 3660)
        }
    }

    private func show(_ credential: Credential, _ token: String) {
        if arguments.has("--json") {
            var json = JSONWriter(capacity: 512)
            json.object { json in
                credential.write(now: now, to: &json)
                json.member("token", token)
            }
            Commands.print(json.text)
        } else {
            // What goes into a file stands alone on standard output.
            Commands.complain("token \(credential.id) (\(credential.name)), shown this once:")
            Commands.print(token)
        }
    }

    private func note(_ action: String, _ credential: Credential) throws {
        let user = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(getuid())"
        try ledger.add(
            AuditEntry(
                at: now, who: "command line of \(user)", address: "local", action: action,
                target: "\(credential.kind.rawValue) \(credential.id)", detail: credential.name, status: 0))
    }
}
