import Configuration
import Daemon
import TestSupport
import Testing

@testable import AgentApp

/// The files that a configuration names: each is refused at the key's place, before anything starts.
struct AgentSetupTests {
    static func setup(_ text: String, credentials: String? = nil) throws -> AgentSetup {
        try AgentSetup(ConfigFile(text: Array(text.utf8), path: "agent.yaml"), credentials: credentials)
    }

    static let certificate = "# mine\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    static let key = "-----BEGIN EC PRIVATE KEY-----\r\nAAAA\n-----END EC PRIVATE KEY-----\n"

    @Test func theTokenComesFromAFileOrACredential() throws {
        let folder = try Folder()
        let path = try folder.write("token", "one\n")
        #expect(try Self.setup("token_file: \(path)").token?.reveal() == "one")
        #expect(try Self.setup("token_credential: token", credentials: folder.path).token?.reveal() == "one")
        #expect(try Self.setup("interval: 5s").token == nil)
    }

    @Test func everyFileIsLookedAtWithItsPlace() throws {
        let folder = try Folder()
        let open = try folder.write("open", "hunter2\n", mode: 0o644)
        let empty = try folder.write("empty", "")
        let pem = try folder.write("cert.pem", Self.certificate)
        let shown = try folder.write("key.pem", Self.key, mode: 0o644)
        let cases = [
            ("token_file: \(open)", "agent.yaml:1:13: token_file: must be closed to other users"),
            ("\ntoken_file: \(empty)", "agent.yaml:2:13: token_file: must hold one line"),
            ("token_file: /nowhere/t", "agent.yaml:1:13: token_file: must be readable"),
            ("token_credential: t", "agent.yaml:1:19: token_credential: must be given by a service manager"),
            ("token_credential: ../t", "agent.yaml:1:19: token_credential: must be a credential's name"),
            ("token_file: /t\ntoken_credential: t", "agent.yaml:2:19: token_credential: must stand without token_file"),
            ("tls: {ca_file: /nowhere.pem}", "agent.yaml:1:16: tls.ca_file: must name a file with a PEM block"),
            ("tls: {ca_file: /}", "agent.yaml:1:16: tls.ca_file: must name a file with a PEM block"),
            ("tls: {ca_file: \(empty)}", "agent.yaml:1:16: tls.ca_file: must name a file with a PEM block"),
            (
                "tls: {certificate: \(pem), key: \(pem)}",
                "agent.yaml:1:\(27 + pem.count): tls.key: must name a file with a PEM block of a private key"
            ),
            (
                "tls: {certificate: \(pem), key: \(shown)}",
                "agent.yaml:1:\(27 + pem.count): tls.key: must name a file with a PEM block of a private key, "
                    + "found \(shown), open to other users; run chmod o-rwx \(shown)"
            ),
        ]
        for (text, words) in cases {
            let error = #expect(throws: ConfigError.self) { try Self.setup(text) }
            let found = error.map { "\($0)" } ?? ""
            #expect(found.hasPrefix(words), "\(found)")
            #expect(!found.contains("hunter2"))
        }
    }

    static func tls(_ authorities: String, _ certificate: String, _ key: String) -> String {
        "tls:\n  ca_file: \(authorities)\n  certificate: \(certificate)\n  key: \(key)\n"
    }

    @Test func goodFilesPass() throws {
        let authority = try TestAuthority()
        let pair = try authority.issue("agent")
        let setup = try Self.setup(Self.tls(authority.certificate, pair.certificate, pair.key))
        #expect(setup.config.key == pair.key)
    }

    /// What looks like PEM from outside, and would fail with every request.
    @Test func filesThatCannotBeLoadedAreRefused() throws {
        let (folder, authority) = (try Folder(), try TestAuthority())
        let (pair, other) = (try authority.issue("agent"), try authority.issue("other"))
        let (pem, key) = (try folder.write("cert.pem", Self.certificate), try folder.write("key.pem", Self.key))
        let locked = "\(folder.path)/locked.key"
        let (text, status) = try Program.run(
            "/usr/bin/openssl", ["pkey", "-in", pair.key, "-aes128", "-passout", "pass:hunter2", "-out", locked])
        #expect(status == 0, "\(text)")
        let cases = [
            (Self.tls(pem, pair.certificate, pair.key), "agent.yaml:2:12: tls.ca_file: must name a file of cert"),
            (Self.tls(authority.certificate, pem, pair.key), "agent.yaml:3:16: tls.certificate: must name a file with"),
            (Self.tls(authority.certificate, pair.certificate, key), "agent.yaml:4:8: tls.key: must name the private"),
            (
                Self.tls(authority.certificate, pair.certificate, other.key),
                "agent.yaml:4:8: tls.key: must name the private key of tls.certificate, without a passphrase, "
                    + "found key values mismatch in \(other.key); compare openssl pkey"
            ),
            (Self.tls(authority.certificate, pair.certificate, locked), "agent.yaml:4:8: tls.key: must name the priv"),
        ]
        for (text, words) in cases {
            let error = #expect(throws: ConfigError.self) { try Self.setup(text) }
            #expect(error.map { "\($0)".hasPrefix(words) } == true, "\(String(describing: error))")
        }
    }

    @Test func whatCannotChangeIsKeptAndNamed() throws {
        let old = try Self.setup("state: /a\ninterval: 5s\nhost: x")
        var new = try Self.setup("state: /b\ninterval: 6s\nhost: y\nspool: {bytes_max: 1MiB, age_max: 1h}")
        #expect(new.changes(since: old) == ["host", "interval", "spool.age_max", "spool.bytes_max", "state"])
        let kept = new.keepFixed(of: old)
        #expect(kept == ["state", "host", "spool.bytes_max", "spool.age_max"])
        var expected = old.config
        expected.interval = 6
        #expect(new.config == expected)
        #expect(new.changes(since: new) == [])
    }
}
