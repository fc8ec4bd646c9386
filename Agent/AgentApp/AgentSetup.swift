import Configuration
import Daemon
import Glibc
import HTTPClient

/// A configuration that has been read with all the files it names: what `run` starts with, and what SIGHUP puts in its
/// place, whole or not at all.
struct AgentSetup {
    var config: AgentConfig
    let token: Secret?
    /// Every value in force, as it would be written.
    let entries: [ConfigEntry]

    /// - Throws: for a key, or for a file that a key names, at the key's place.
    init(_ file: ConfigFile, credentials: String? = Self.credentialsDirectory) throws(ConfigError) {
        config = try AgentConfig(file)
        token = try Self.token(config, file, credentials)
        let tls = try file.root.section("tls")
        if let path = config.authorities {
            try Self.check(pem: path, holds: "CERTIFICATE", of: "ca_file", in: tls, isSecret: false)
        }
        if let path = config.certificate {
            try Self.check(pem: path, holds: "CERTIFICATE", of: "certificate", in: tls, isSecret: false)
        }
        if let path = config.key {
            try Self.check(pem: path, holds: "PRIVATE KEY", of: "key", in: tls, isSecret: true)
        }
        try Self.load(config, tls)
        entries = file.entries
    }

    /// Where a service manager has put our credentials: systemd.exec(5).
    static var credentialsDirectory: String? { getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) } }

    /// What samples are sent with: the host's own token where it has enrolled.
    var pushToken: Secret? { OwnToken.kept(state: config.state, for: token)?.token ?? token }

    /// A client that reads the TLS files anew.
    func client(stopping deadline: StopDeadline) throws(HTTPError) -> HTTPClient {
        try Pusher.client(config, stopping: deadline)
    }

    /// The keys whose values differ from an earlier setup's.
    func changes(since old: AgentSetup) -> [String] {
        let before = Dictionary(old.entries.map { ($0.key, $0.value) }) { first, _ in first }
        let now = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
        return Set(before.keys).union(now.keys).filter { before[$0] != now[$0] }.sorted()
    }

    /// Takes back what cannot change while the agent runs: its folder, which holds the spool, the bounds that this was
    /// opened with, and its name, under which the records that wait were made.
    /// - Returns: the keys that the file would have changed.
    mutating func keepFixed(of old: AgentSetup) -> [String] {
        var kept: [String] = []
        if config.state != old.config.state { kept.append("state") }
        if config.host != old.config.host { kept.append("host") }
        if config.spoolBytesMax != old.config.spoolBytesMax { kept.append("spool.bytes_max") }
        if config.spoolAgeMax != old.config.spoolAgeMax { kept.append("spool.age_max") }
        (config.state, config.host) = (old.config.state, old.config.host)
        (config.spoolBytesMax, config.spoolAgeMax) = (old.config.spoolBytesMax, old.config.spoolAgeMax)
        return kept
    }

    private static func token(
        _ config: AgentConfig, _ file: ConfigFile, _ credentials: String?
    ) throws(ConfigError) -> Secret? {
        var (key, path) = ("token_file", config.tokenFile)
        if let name = config.tokenCredential {
            key = "token_credential"
            guard let credentials else {
                throw file.root.mistake(
                    key, rule: "be given by a service manager", found: "no CREDENTIALS_DIRECTORY",
                    mend: "set LoadCredential=\(name):/path/to/token in the unit (by hand: systemd-run --pipe -p "
                        + "LoadCredential=…), or use token_file")
            }
            path = "\(credentials)/\(name)"
        }
        guard let path else { return nil }
        do throws(SecretError) {
            return try Secret(file: path)
        } catch {
            throw file.root.mistake(
                key, rule: "\(error.rule)", found: "\(error.found) in \(path)", mend: error.mend)
        }
    }

    /// libcurl reads the files with the first request only; a person should hear of them at the start, and a SIGHUP
    /// must leave what works in force.
    private static func load(_ config: AgentConfig, _ tls: ConfigSection) throws(ConfigError) {
        let files = TLSFiles(authorities: config.authorities, certificate: config.certificate, key: config.key)
        do throws(TLSFileError) {
            try files.check()
        } catch {
            let (key, rule) =
                switch error.file {
                case .authorities: ("ca_file", "name a file of certificates")
                case .certificate:
                    ("certificate", "name a file with a certificate, and those between it and the authority")
                case .key: ("key", "name the private key of tls.certificate, without a passphrase")
                }
            let look = "openssl x509 -noout -pubkey -in \(files.certificate ?? error.path)"
            throw tls.mistake(
                key, rule: rule, found: "\(error.reason) in \(error.path)",
                mend: error.file == .key
                    ? "compare openssl pkey -pubout -in \(error.path) with \(look)"
                    : "look at it with openssl x509 -noout -text -in \(error.path)")
        }
    }

    /// What can be said of a file better than OpenSSL would.
    private static func check(
        pem path: String, holds label: String, of key: String, in tls: ConfigSection, isSecret: Bool
    ) throws(ConfigError) {
        let rule = "name a file with a PEM block of a \(label.lowercased())"
        func mistake(_ found: String, _ mend: String) -> ConfigError {
            tls.mistake(key, rule: rule, found: found, mend: mend)
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw mistake("\(path): \(String(cString: strerror(errno)))", "check the path and its permissions")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw mistake("\(path), a folder, a pipe or a device", "give a plain file")
        }
        if isSecret, status.st_mode & 0o007 != 0 {
            throw mistake("\(path), open to other users", "run chmod o-rwx \(path)")
        }
        // A bundle of all authorities of the world is a quarter of a megabyte; the first block is within its beginning.
        var text = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(descriptor, &text, text.count)
        guard count >= 0 else {
            throw mistake("\(path): \(String(cString: strerror(errno)))", "check the disk it is on")
        }
        let lines = text.prefix(count).split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let ending = Array("\(label)-----".utf8)
        let isPEM = lines.contains { $0.starts(with: "-----BEGIN ".utf8) && $0.suffix(ending.count) == ending[...] }
        guard isPEM else { throw mistake("\(path) without one", "give the file in PEM form") }
    }
}
