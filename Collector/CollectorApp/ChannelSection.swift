import Configuration
import Daemon
import Delivery
import Glibc
import HTTPClient
import Telemetry

/// The `channels` group of the configuration file: a name, and under it its kind and what the kind needs.
enum ChannelSection {
    static func read(_ group: ConfigSection) throws(ConfigError) -> [ChannelSettings] {
        var channels: [ChannelSettings] = []
        for name in group.keys {
            let section = try group.section(name)
            guard channels.count < DeliverySettings.channelsMax else {
                throw group.mistake(
                    name, rule: "be one of at most \(DeliverySettings.channelsMax) channels", mend: "leave some out")
            }
            guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(isNameByte) else {
                throw group.mistake(
                    name, rule: "be named in 1 to 64 letters, digits, - and _", found: "another character",
                    mend: "name it as pagerduty-db")
            }
            channels.append(try channel(name, section))
        }
        return channels
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        let character = Character(Unicode.Scalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber) || character == "-" || character == "_"
    }

    private static func channel(_ name: String, _ section: ConfigSection) throws(ConfigError) -> ChannelSettings {
        let kind: ChannelKind = try section.choice("kind")
        var channel = ChannelSettings(name: name, kind: kind)
        switch kind {
        case .pagerduty: try pagerDuty(&channel, section)
        case .slack: try slack(&channel, section)
        case .webhook: try webhook(&channel, section)
        case .alertmanager: try alertmanager(&channel, section)
        case .email: try mail(&channel, section)
        }
        let usual = kind == .email ? 30.0 : kind == .webhook ? 15 : 10
        channel.timeoutSeconds = try section.duration("timeout", default: usual, in: 0.1...120)
        channel.server?.timeoutSeconds = channel.timeoutSeconds
        channel.authorities = try section.optionalString("ca", rule: path)
        channel.server?.tls.authorities = channel.authorities
        channel.retry.delays = try section.durations(
            "retry", default: channel.retry.delays, atMost: 32, in: 0.05...604_800)
        guard !channel.retry.delays.isEmpty else {
            throw section.mistake("retry", rule: "have at least one part", mend: "write [30s, 1m, 5m]")
        }
        channel.retry.giveUpSeconds = try section.duration(
            "give_up", default: channel.retry.giveUpSeconds, in: 1...(30 * 86_400))
        channel.rate.count = try section.int("rate", default: channel.rate.count, in: 1...100_000)
        channel.rate.seconds = try section.duration("rate_per", default: channel.rate.seconds, in: 0.1...3600)
        return channel
    }

    // MARK: Kinds

    private static func pagerDuty(_ channel: inout ChannelSettings, _ section: ConfigSection) throws(ConfigError) {
        let region: PagerDutyRegion = try section.choice("region", default: .us)
        channel.url = try section.string("url", default: region.url, rule: .httpURL)
        channel.proxy = try section.optionalString("proxy", rule: .httpURL)
        let key = try secret("key_file", section)
        guard key.reveal().utf8.count == PagerDutyChannel.keyLength else {
            throw section.mistake(
                "key_file", rule: "hold an integration key of exactly \(PagerDutyChannel.keyLength) characters",
                found: "\(key.reveal().utf8.count)", mend: "copy the key of an Events API v2 integration into it")
        }
        channel.secrets = [key]
    }

    private enum PagerDutyRegion: String, CaseIterable {
        case us, eu
        var url: String { self == .us ? PagerDutyChannel.url : PagerDutyChannel.europe }
    }

    private static func slack(_ channel: inout ChannelSettings, _ section: ConfigSection) throws(ConfigError) {
        channel.proxy = try section.optionalString("proxy", rule: .httpURL)
        let url = try secret("url_file", section)
        guard HTTPAddress(url: url.reveal()) != nil else {
            throw section.mistake(
                "url_file", rule: "hold the address of an incoming webhook", found: "something else",
                mend: "copy it from Slack: https://hooks.slack.com/services/…")
        }
        channel.secrets = [url]
    }

    private static func webhook(_ channel: inout ChannelSettings, _ section: ConfigSection) throws(ConfigError) {
        channel.url = try section.string("url", rule: .httpURL)
        let host = HTTPAddress(url: channel.url)?.host ?? ""
        let allowed = try section.strings("allow_hosts")
        channel.isGated = !allowed.contains(host)
        if channel.isGated, let why = AddressGate.objection(to: host) {
            throw section.mistake(
                "url", rule: "point to a host that may be told", found: "\(host), \(why)",
                mend: "or name \(host) in allow_hosts")
        }
        for (index, file) in try section.strings("secret_files", rule: file).enumerated() {
            let secret = try read(file, "secret_files", section)
            guard index < 4, WebhookSecret(secret) != nil else {
                throw section.mistake(
                    "secret_files", rule: "name up to 4 files with a Standard Webhooks secret each",
                    found: "something else", mend: "write whsec_ and 24 to 64 random bytes in base64 into it")
            }
            channel.secrets.append(secret)
        }
        channel.token = try optionalSecret("token_file", section)
    }

    private static func alertmanager(_ channel: inout ChannelSettings, _ section: ConfigSection) throws(ConfigError) {
        channel.url = try section.string("url", rule: .httpURL)
        channel.proxy = try section.optionalString("proxy", rule: .httpURL)
        channel.token = try optionalSecret("token_file", section)
        channel.labels = try section.texts(
            "labels",
            rule: ConfigRule("have at most 255 characters", mend: "write less") {
                $0.key.count <= 255 && (1...255).contains($0.value.count)
            }
        ).map { DeliveryMessage.Label($0.key, $0.value) }
        channel.resendSeconds = try section.duration("resend", default: 60, in: 1...3600)
    }

    private static func mail(_ channel: inout ChannelSettings, _ section: ConfigSection) throws(ConfigError) {
        let security: MailServer.Security = try section.choice("security", default: .startTLS)
        let usual = security == .implicitTLS ? 465 : security == .startTLS ? 587 : 25
        var server = MailServer(
            host: try section.string("host", rule: hostName),
            port: try section.int("port", default: usual, in: 1...65_535), security: security)
        server.user = try section.optionalString("user")
        server.password = try optionalSecret("password_file", section)
        guard (server.user == nil) == (server.password == nil) else {
            throw section.mistake(
                server.user == nil ? "password_file" : "user", rule: "come with the other of user and password_file",
                mend: "give both or neither")
        }
        guard server.password == nil || security != .plain else {
            throw section.mistake(
                "security", rule: "be starttls or tls where there is a password", mend: "write security: starttls")
        }
        channel.server = server
        channel.sender = try section.string("from", rule: address)
        channel.recipients = try section.stringOrList("to", default: [], atMost: 50, rule: address)
    }

    // MARK: Rules

    private static var path: ConfigRule<String> {
        ConfigRule("be an absolute path", mend: "start it with /") { $0.hasPrefix("/") }
    }

    private static var file: ConfigRule<String> {
        ConfigRule(
            "be an absolute path, or the name of a credential of systemd",
            mend: "write /etc/forewarn/name, or name with LoadCredential=name:… in the unit"
        ) { $0.hasPrefix("/") || !$0.isEmpty && !$0.contains("/") && !$0.hasPrefix(".") }
    }

    private static var hostName: ConfigRule<String> {
        ConfigRule("be a host's name or address", mend: "write mail.example.com; the port is a key of its own") {
            (1...253).contains($0.utf8.count)
                && $0.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"/@?#\\[]<>\"".utf8.contains($0) }
        }
    }

    private static var address: ConfigRule<String> {
        ConfigRule("be a bare mail address", mend: "write team@example.com", MailChannel.isAddress)
    }

    private static func secret(_ key: String, _ section: ConfigSection) throws(ConfigError) -> Secret {
        try read(try section.string(key, rule: file), key, section)
    }

    private static func optionalSecret(_ key: String, _ section: ConfigSection) throws(ConfigError) -> Secret? {
        guard let path = try section.optionalString(key, rule: file) else { return nil }
        return try read(path, key, section)
    }

    /// A bare name is one of systemd's: systemd.exec(5), CREDENTIALS_DIRECTORY.
    static func read(_ name: String, _ key: String, _ section: ConfigSection) throws(ConfigError) -> Secret {
        var path = name
        if !name.hasPrefix("/") {
            guard let folder = getenv("CREDENTIALS_DIRECTORY").map({ String(cString: $0) }) else {
                throw section.mistake(
                    key, rule: "name a credential of systemd", found: "no CREDENTIALS_DIRECTORY",
                    mend: "write LoadCredential=\(name):/path into the unit, or an absolute path here")
            }
            path = "\(folder)/\(name)"
        }
        do throws(SecretError) {
            return try Secret(file: path)
        } catch {
            throw section.mistake(key, rule: error.rule, found: "\(error.path): \(error.found)", mend: error.mend)
        }
    }
}
