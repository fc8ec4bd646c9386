import API
import Access
import Alerting
import Configuration
import HTTPServer
import Identity
import Insight
import RemoteWrite
import Risk
import Store
import Telemetry

/// Everything an admin may change, with the value it has when nothing is changed. `packaging/collector.yaml` is the
/// same in writing.
struct CollectorConfiguration: Sendable, Equatable {
    /// Numeric address and port; `[::1]:8000` for IPv6.
    var listen = "127.0.0.1:8000"
    /// The folder of the database.
    var state = "/var/lib/forewarn-collector"
    /// A model folder; nil: the shipped one.
    var model: String?
    /// Seconds after a step's end until it is forecast from: agents push every 15 s, so its last samples are still on
    /// their way.
    var graceSeconds = 20.0
    var samplesKeptSeconds = 48.0 * 3600
    var stepsKeptSeconds = 90.0 * 86_400
    /// What was forecast; never less than the eight hours until its truth has come.
    var forecastsKeptSeconds = 48.0 * 3600
    var connectionsMax = 4096
    var threads = 2
    /// nil: the collector speaks plain HTTP.
    var tls: TLSFiles?
    /// How people and agents are known besides their tokens.
    var access = AccessRules()
    var auditKeptSeconds = 365.0 * 86_400
    /// Whoever asks may look and change nothing; samples come in all the same.
    var isReadOnly = false
    /// Where the `simulate --control` of a demonstration fleet listens; nil: there is none.
    var scenarioControl: String?
    var profiles = ProfileRules()
    var models = ModelsConfiguration()
    /// Every number that a score depends on.
    var risk = RiskConfiguration()
    /// When scores become alerts, and alerts notices.
    var alerts = AlertRules()
    var playbook = Playbook()
    var cost = CostAssumptions()
    /// What Prometheus writes at /api/v1/write.
    var remoteWrite = RemoteWriteSettings()
    /// Who is told, and how.
    var deliveries = DeliverySettings()

    init() {}

    /// Reads every key, refuses what is unknown or out of bounds.
    init(_ file: ConfigFile) throws(ConfigError) {
        let root = file.root
        let standard = CollectorConfiguration()
        listen = try root.string("listen", default: standard.listen, rule: Self.listenRule)
        state = try root.string("state", default: standard.state)
        model = try root.optionalString("model")
        graceSeconds = try root.duration("forecast_grace", default: standard.graceSeconds, in: 0...240)
        let retention = try root.section("retention")
        samplesKeptSeconds = try retention.duration(
            "samples", default: standard.samplesKeptSeconds, in: 3600...(90 * 86_400))
        stepsKeptSeconds = try retention.duration(
            "steps", default: standard.stepsKeptSeconds, in: 86_400...(3660 * 86_400))
        forecastsKeptSeconds = try retention.duration(
            "forecasts", default: standard.forecastsKeptSeconds, in: (10 * 3600)...(90 * 86_400))
        auditKeptSeconds = try retention.duration(
            "audit", default: standard.auditKeptSeconds, in: 86_400...(3660 * 86_400))
        let http = try root.section("http")
        connectionsMax = try http.int("connections_max", default: standard.connectionsMax, in: 16...65_536)
        threads = try http.int("threads", default: standard.threads, in: 1...64)
        tls = try Self.tls(root.section("tls"))
        access = try AccessSection.read(root.section("access"))
        isReadOnly = try root.bool("read_only", default: standard.isReadOnly)
        scenarioControl = try root.optionalString(
            "scenario_control",
            rule: ConfigRule("be a loopback address and a port", mend: "write what simulate --control has") {
                ScenarioProxy.isLoopback($0)
            })
        profiles = try Self.profiles(root.section("profiles"))
        models = try ModelsConfiguration(root.section("models"))
        risk = try RiskSection.read(root.section("risk"))
        alerts = try AlertSection.read(root.section("alerts"))
        playbook = try PlaybookSection.read(root)
        cost = try CostSection.read(root.section("cost"))
        remoteWrite = try RemoteWriteSection.read(root.section("remote_write"))
        deliveries = try RouteSection.read(root)
        try file.finish()
    }

    /// Certificate and key come together; the authorities of clients only with them.
    private static func tls(_ section: ConfigSection) throws(ConfigError) -> TLSFiles? {
        let path = ConfigRule<String>("be an absolute path", mend: "start it with /") { $0.hasPrefix("/") }
        let certificate = try section.optionalString("certificate", rule: path)
        let key = try section.optionalString("key", rule: path)
        let authorities = try section.optionalString("client_ca", rule: path)
        guard let certificate else {
            guard let given = key != nil ? "key" : authorities != nil ? "client_ca" : nil else { return nil }
            throw section.mistake(given, rule: "come with tls.certificate", mend: "give both or neither")
        }
        guard let key else {
            throw section.mistake("certificate", rule: "come with tls.key", mend: "give both or neither")
        }
        return TLSFiles(certificate: certificate, key: key, clientAuthorities: authorities)
    }

    /// Prefixes by profile; what is not named keeps the contract's.
    private static func profiles(_ section: ConfigSection) throws(ConfigError) -> ProfileRules {
        var rules: [ProfileRules.Rule] = []
        for rule in ProfileRules.contract {
            let prefixes = try section.strings(
                rule.profile.rawValue, default: rule.prefixes,
                rule: ConfigRule("be a prefix of host names", mend: "write letters, digits, - or _") {
                    HostName.isValid($0)
                })
            rules.append(ProfileRules.Rule(rule.profile, prefixes))
        }
        return ProfileRules(rules)
    }

    private static var listenRule: ConfigRule<String> {
        ConfigRule("be a numeric address and a port", mend: "write 127.0.0.1:8000, 0.0.0.0:8000 or [::1]:8000") {
            address(of: $0) != nil
        }
    }

    /// `address:port`, the address in brackets when it is IPv6.
    static func address(of text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : (String(host), port)
    }

    var storeLimits: StoreLimits {
        var limits = StoreLimits()
        limits.rawSeconds = samplesKeptSeconds
        limits.stepSeconds = stepsKeptSeconds
        limits.forecastSeconds = forecastsKeptSeconds
        return limits
    }

    var httpLimits: HTTPLimits {
        var limits = HTTPLimits()
        limits.connectionsMax = connectionsMax
        limits.threads = threads
        return limits
    }
}
