import Configuration
import TestSupport
import Testing

@testable import AgentApp

struct AgentConfigTests {
    static func config(_ text: String) throws -> AgentConfig {
        try AgentConfig(ConfigFile(text: Array(text.utf8), path: "agent.yaml"))
    }

    @Test func theShippedFileIsTheDefaults() throws {
        let file = try ConfigFile(path: "\(Fixture.root)/../../packaging/agent.yaml")
        #expect(try AgentConfig(file) == AgentConfig())
        // Every key is written out: none comes from a default.
        #expect(file.entries.filter { $0.origin == .standard } == [])
        #expect(file.entries.count == 15)
    }

    @Test func noFileIsTheDefaults() throws { #expect(try AgentConfig(ConfigFile.empty) == AgentConfig()) }

    @Test func everyKeyIsRead() throws {
        let config = try Self.config(
            """
            collector: https://c.example:8443/base/
            proxy: http://proxy:3128
            interval: 10s
            push_interval: 1m
            state: /srv/agent
            host: web-7
            profile: web_api
            labels: {team: risk, rack: 12}
            spool: {bytes_max: 1GiB, age_max: 12h}
            tls: {ca_file: /ca.pem, certificate: /c.pem, key: /k.pem}
            token_file: /token
            """)
        var expected = AgentConfig()
        expected.collectors = ["https://c.example:8443/base/"]
        expected.proxy = "http://proxy:3128"
        (expected.interval, expected.pushInterval) = (10, 60)
        (expected.state, expected.host, expected.profile) = ("/srv/agent", "web-7", "web_api")
        expected.labels = ["team": "risk", "rack": "12"]
        (expected.spoolBytesMax, expected.spoolAgeMax) = (1 << 30, 43_200)
        (expected.authorities, expected.certificate, expected.key) = ("/ca.pem", "/c.pem", "/k.pem")
        expected.tokenFile = "/token"
        #expect(config == expected)
    }

    @Test(arguments: [
        ("interval: 0s", "agent.yaml:1:11: interval: must be between 10ms and 1h"),
        ("interval: 5", "agent.yaml:1:11: interval: must be a duration with its unit"),
        ("a: 1", "agent.yaml:1:1: a: must be a known key"),
        ("interval: 5s\ninterval: 6s", "agent.yaml:2:1: interval: must be written once"),
        ("collector: c:8000", "agent.yaml:1:12: collector: must be a URL"),
        ("collector: [http://a, b]", "agent.yaml:1:23: collector[1]: must be a URL"),
        ("collector: []", "agent.yaml:1:12: collector: must have between 1 and 8 parts"),
        ("proxy: http://me:secret@p", "agent.yaml:1:8: proxy: must be a URL"),
        ("spool: {bytes_max: 1KiB}", "agent.yaml:1:20: spool.bytes_max: must be between 1MiB and 64GiB"),
        ("spool: {age_max: 25h}", "agent.yaml:1:18: spool.age_max: must be between 1m and 24h"),
        ("host: a b", "agent.yaml:1:7: host: must be 1–253 characters"),
        ("profile: web", "agent.yaml:1:10: profile: must be one of ml_compute"),
        ("state: here", "agent.yaml:1:8: state: must be an absolute path"),
        ("tls: {key: /k}", "agent.yaml:1:12: tls.key: must come with tls.certificate"),
        ("labels: {a: [1]}", "agent.yaml:1:13: labels.a: must be a text"),
    ])
    func mistakes(text: String, words: String) {
        let error = #expect(throws: ConfigError.self) { try Self.config(text) }
        #expect(error.map { "\($0)".hasPrefix(words) } == true, "\(String(describing: error))")
    }

    @Test func severalCollectorsAreAList() throws {
        let config = try Self.config("collector:\n  - https://a:8443\n  - http://[::1]:8000\n")
        #expect(config.collectors == ["https://a:8443", "http://[::1]:8000"])
    }

    @Test func labelsAreBounded() {
        let many = (0..<16).map { "k\($0): v" }.joined(separator: ", ")
        for text in [
            "labels: {\(many)}", "labels: {\(String(repeating: "k", count: 65)): v}",
            "labels: {k: \(String(repeating: "v", count: 257))}",
            // The collector would refuse every batch for them, or see the agent's own in their place.
            #"labels: {"": v}"#, #"labels: {k: "a\uFFFD"}"#, "labels: {limits: v}",
        ] {
            #expect(throws: ConfigError.self) { try Self.config(text) }
        }
    }
}
