import Access
import Configuration
import HTTPServer
import Risk
import TestSupport
import Testing

@testable import CollectorApp

struct CollectorConfigurationTests {
    @Test func theShippedFileIsTheDefault() throws {
        let file = try ConfigFile(path: Fixture.root + "/../../packaging/collector.yaml")
        #expect(try CollectorConfiguration(file) == CollectorConfiguration())
    }

    @Test(arguments: [
        ("listen: 8000", "listen", 1),
        ("state: /tmp\nlisten: host:port", "listen", 2),
        ("retention: {steps: 1s}", "retention.steps", 1),
        ("forecast_grace: 20", "forecast_grace", 1),
        ("colour: red", "colour", 1),
        ("http:\n  threads: 0", "http.threads", 2),
        ("http:\n  head_timeout: 20", "http.head_timeout", 2),
        ("http: {address_rate: -1}", "http.address_rate", 1),
        ("http: {connections_per_address_max: 0}", "http.connections_per_address_max", 1),
        ("access: {origins: [\"*\"]}", "access.origins[0]", 1),
        ("access:\n  origins: [https://a, https://b/]", "access.origins[1]", 2),
        ("access: {origins: [null]}", "access.origins[0]", 1),
        ("profiles:\n  database: [\"a b\"]", "profiles.database[0]", 2),
        ("tls: {certificate: /c}", "tls.certificate", 1),
        ("tls:\n  key: /k", "tls.key", 2),
        ("tls: {client_ca: /a}", "tls.client_ca", 1),
        ("tls: {certificate: c, key: /k}", "tls.certificate", 1),
        ("cost: {avoided_share: 2}", "cost.avoided_share", 1),
        ("alerts: {from: purple}", "alerts.from", 1),
        ("alerts:\n  rise: {needed: 3, of: 2}", "alerts.rise.needed", 2),
        ("alerts: {escalate_after: {critical: [30m, 15m]}}", "alerts.escalate_after.critical", 1),
        ("alerts:\n  escalate_after:\n    warning: [1]", "alerts.escalate_after.warning[0]", 3),
        ("alerts: {escalate_after: {danger: [1m, 2m, 3m, 4m, 5m, 6m]}}", "alerts.escalate_after.danger", 1),
        ("alerts:\n  acknowledged: {for: 8d}", "alerts.acknowledged.for", 2),
        ("alerts: {silent: {after: 1s}}", "alerts.silent.after", 1),
        ("alerts: {cascade: {share: 2}}", "alerts.cascade.share", 1),
        ("alerts: {flaping: {changes: 4}}", "alerts.flaping", 1),
        ("risk:\n  trend: {points: 100}", "risk.trend.points", 2),
        ("risk:\n  current_weight: 0.8", "risk.current_weight", 2),
        (
            "risk:\n  profiles:\n    generic:\n      mem_used_pct: {ramp_end: 10}",
            "risk.profiles.generic.mem_used_pct.ramp_end", 4
        ),
        ("advice:\n  - cause: leak\n    text: restart", "advice[0].signals", 2),
        ("advice:\n  - {cause: leak, signals: [memory], text: restart}", "advice[0].signals[0]", 2),
        ("advice:\n  - {cause: a, signals: [mem_used_pct], text: b, link: wiki}", "advice[0].link", 2),
        ("risk:\n  signals:\n    memory: {points: 1}", "risk.signals.memory", 3),
    ])
    func saysWhereAMistakeIs(text: String, key: String, line: Int) {
        let error = #expect(throws: ConfigError.self) {
            try CollectorConfiguration(ConfigFile(text: Array(text.utf8), path: "c.yaml"))
        }
        #expect(error?.key == key)
        #expect(error?.line == line)
    }

    @Test func limitsOfTheFileHold() throws {
        let text = """
            http: {connections_per_address_max: 7, head_timeout: 2s, body_timeout: 3s, address_rate: 0.5, token_rate: 0,
              rate_burst: 4s}
            access: {origins: ["https://grafana.example", "http://[::1]:3000"]}
            """
        let read = try CollectorConfiguration(ConfigFile(text: Array(text.utf8), path: "c.yaml"))
        #expect(read.http.connectionsPerAddressMax == 7)
        #expect(read.http.headSeconds == 2 && read.http.bodySeconds == 3)
        #expect(read.http.rates.perAddress == 0.5 && read.http.rates.perToken == 0)
        #expect(read.http.rates.burstSeconds == 4)
        #expect(read.access.origins == ["https://grafana.example", "http://[::1]:3000"])
    }

    @Test func aThresholdOfTheFileIsTheOnlyOneThatChanges() throws {
        let profiles = "profiles: {database: {mem_used_pct: {ramp_start: 97}}}"
        let text = "risk: {\(profiles), signals: {mem_used_pct: {compounds: false}}}"
        let risk = try CollectorConfiguration(ConfigFile(text: Array(text.utf8), path: "c.yaml")).risk
        let changes = risk.changes(from: CollectorConfiguration().risk)
        #expect(
            changes.map(\.setting.path) == [
                "signals.mem_used_pct.compounds", "profiles.database.mem_used_pct.ramp_start",
            ])
        #expect(changes.map(\.value) == [0.0, 97.0])
    }

    @Test(arguments: [
        ("127.0.0.1:8000", "127.0.0.1 8000"), ("[::1]:0", "::1 0"), (":8000", "-"), ("::1:8000", "-"),
        ("1.2.3.4:70000", "-"), ("1.2.3.4", "-"),
    ])
    func readsAddresses(text: String, expected: String) {
        let address = CollectorConfiguration.address(of: text)
        #expect(address.map { "\($0.host) \($0.port)" } ?? "-" == expected)
    }
}
