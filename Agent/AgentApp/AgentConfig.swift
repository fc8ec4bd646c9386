package import Configuration
import HostMetrics
import Telemetry

/// The agent's configuration. Every default is here, and written out in packaging/agent.yaml.
package struct AgentConfig: Equatable {
    package static let standardPath = "/etc/forewarn/agent.yaml"

    /// Tried in turn, the first before the others.
    package var collectors = ["http://127.0.0.1:8000"]
    /// A URL; nil: what the environment says.
    package var proxy: String?
    /// Seconds between two samples.
    package var interval = 5.0
    /// Seconds between two pushes.
    package var pushInterval = 15.0
    package var state = "/var/lib/forewarn-agent"
    /// nil: the host's own name.
    package var host: String?
    package var profile: String?
    package var labels: [String: String] = [:]
    package var spoolBytesMax = 64 << 20
    package var spoolAgeMax = 86_400.0
    package var authorities: String?
    package var certificate: String?
    package var key: String?
    package var tokenFile: String?
    /// The name of a systemd credential that holds the token.
    package var tokenCredential: String?

    package init() {}

    /// Reads and checks every key; an unknown one is a mistake.
    package init(_ file: ConfigFile) throws(ConfigError) {
        let standard = AgentConfig()
        let root = file.root
        collectors = try root.stringOrList("collector", default: standard.collectors, atMost: 8, rule: .httpURL)
        proxy = try root.optionalString("proxy", rule: .httpURL)
        interval = try root.duration("interval", default: standard.interval, in: 0.01...3600)
        pushInterval = try root.duration("push_interval", default: standard.pushInterval, in: 0.01...3600)
        state = try root.string("state", default: standard.state, rule: Self.path)
        host = try root.optionalString("host", rule: Self.hostName)
        profile = try root.optionalChoice("profile", as: Profile.self)?.rawValue
        labels = try Self.labels(root)
        let spool = try root.section("spool")
        spoolBytesMax = try spool.bytes("bytes_max", default: standard.spoolBytesMax, in: (1 << 20)...(64 << 30))
        // The collector takes nothing that is older than a day.
        spoolAgeMax = try spool.duration("age_max", default: standard.spoolAgeMax, in: 60...86_400)
        let tls = try root.section("tls")
        authorities = try tls.optionalString("ca_file", rule: Self.path)
        certificate = try tls.optionalString("certificate", rule: Self.path)
        key = try tls.optionalString("key", rule: Self.path)
        if (certificate == nil) != (key == nil) {
            let (given, other) = certificate == nil ? ("key", "certificate") : ("certificate", "key")
            throw tls.mistake(given, rule: "come with tls.\(other)", mend: "give both or neither")
        }
        tokenFile = try root.optionalString("token_file", rule: Self.path)
        tokenCredential = try root.optionalString("token_credential", rule: Self.credential)
        if tokenFile != nil, tokenCredential != nil {
            throw root.mistake("token_credential", rule: "stand without token_file", mend: "give one of the two")
        }
        try file.finish()
    }

    private static func labels(_ root: ConfigSection) throws(ConfigError) -> [String: String] {
        let labels = try root.texts(
            "labels",
            rule: .init(
                "have a key of 1 to \(Record.labelKeyMax) and a value of at most \(Record.labelValueMax) characters, "
                    + "no U+FFFD, and not the agent's own key \(Sampler.limitsLabel)",
                mend: "choose another key, shorten it, or leave it out"
            ) { $0.key != Sampler.limitsLabel && Record.isLabel($0.key, $0.value) })
        // One is kept free for the agent's own.
        guard labels.count < Record.labelsMax else {
            throw root.mistake(
                "labels", rule: "be at most \(Record.labelsMax - 1)", found: "\(labels.count)", mend: "remove some")
        }
        return Dictionary(labels.map { ($0.key, $0.value) }) { first, _ in first }
    }

    private static var path: ConfigRule<String> {
        .init("be an absolute path", mend: "start it with /") { $0.hasPrefix("/") }
    }

    private static var credential: ConfigRule<String> {
        .init("be a credential's name", mend: "write the name that LoadCredential= gives it, as token") {
            !$0.isEmpty && $0.utf8.count <= 255 && !$0.contains("/") && $0 != "." && $0 != ".."
        }
    }

    private static var hostName: ConfigRule<String> {
        .init("be \(HostName.rule)", mend: "choose such a name, or leave it out for the host's own") {
            HostName.isValid($0)
        }
    }
}
