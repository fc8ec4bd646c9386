import Configuration
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
        ("profiles:\n  database: [\"a b\"]", "profiles.database[0]", 2),
        ("tls: {certificate: /c}", "tls.certificate", 1),
        ("tls:\n  key: /k", "tls.key", 2),
        ("tls: {client_ca: /a}", "tls.client_ca", 1),
        ("tls: {certificate: c, key: /k}", "tls.certificate", 1),
    ])
    func saysWhereAMistakeIs(text: String, key: String, line: Int) {
        let error = #expect(throws: ConfigError.self) {
            try CollectorConfiguration(ConfigFile(text: Array(text.utf8), path: "c.yaml"))
        }
        #expect(error?.key == key)
        #expect(error?.line == line)
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
