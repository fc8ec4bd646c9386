import Foundation
import TestSupport
import Testing

/// Both programs as they are built, over TLS: server certificate, client certificate, and a change of both by SIGHUP.
struct TLSTests {
    struct Deployment {
        let authority: TestAuthority
        let folder: TemporaryFolder
        let collector: Program
        let url: String
        let client: TestAuthority.Pair

        init() async throws {
            authority = try TestAuthority()
            folder = try TemporaryFolder()
            let server = try authority.issue("server")
            client = try authority.issue("agent")
            try Self.write(
                "\(folder.path)/collector.yaml",
                """
                listen: 127.0.0.1:0
                state: \(folder.path)/collector
                tls: {certificate: \(server.certificate), key: \(server.key), client_ca: \(authority.certificate)}
                """)
            let collector = try Program("forewarn-collector", ["serve", "--config", "\(folder.path)/collector.yaml"])
            self.collector = collector
            let isUp = try await eventually(within: 20) { collector.text.contains("speaks TLS only") }
            #expect(isUp, "\(collector.text)")
            let text = collector.text
            let start = try #require(text.range(of: "https://127.0.0.1:"))
            url = String(text[start.lowerBound...].prefix { !$0.isWhitespace })
        }

        static func write(_ path: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: path))
        }

        func agent(authorities: String) throws -> Program {
            try Self.write(
                "\(folder.path)/agent.yaml",
                """
                collector: \(url)
                host: tls-1
                interval: 1s
                push_interval: 1s
                state: \(folder.path)/agent
                tls: {ca_file: \(authorities), certificate: \(client.certificate), key: \(client.key)}
                """)
            return try Program("forewarn-agent", ["run", "--config", "\(folder.path)/agent.yaml"])
        }

        func get(_ path: String) throws -> [String: Any] {
            let answer = try Program.run(
                "/usr/bin/curl",
                [
                    "-sS", "-m", "10", "--cacert", authority.certificate, "--cert", client.certificate, "--key",
                    client.key, url + path,
                ])
            return try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any] ?? [:]
        }
    }

    @Test func samplesAndTheAgentsOwnNumbersArrive() async throws {
        let deployment = try await Deployment()
        let agent = try deployment.agent(authorities: deployment.authority.certificate)
        let isThere = try await eventually(within: 20) {
            let own = try deployment.get("/api/v1/hosts/tls-1")["agent"] as? [String: Any]
            return (own?["pushes_stored"] as? Double ?? 0) >= 1
        }
        #expect(isThere, "\(agent.text)\n\(deployment.collector.text)")
        let own = try #require(try deployment.get("/api/v1/hosts/tls-1")["agent"] as? [String: Any])
        #expect(own["java_us"] is Double && own["resident_bytes"] is Double && own["dropped"] as? Double == 0)
        #expect((own["clock_skew_seconds"] as? Double).map { abs($0) < 2 } == true, "\(own)")
        #expect(agent.end() == 0)

        // The collector reads its files again while it runs.
        deployment.collector.signal(SIGHUP)
        #expect(try await eventually(within: 10) { deployment.collector.text.contains("read the TLS files again") })
        #expect(deployment.collector.end() == 0)
    }

    @Test func oldProtocolsAreRefused() async throws {
        let deployment = try await Deployment()
        let place = deployment.url.dropFirst("https://".count)
        for (version, isTaken) in [("tls1", false), ("tls1_1", false), ("tls1_2", true), ("tls1_3", true)] {
            // openssl itself no longer speaks the old ones at its usual level.
            let text = try Program.shell(
                "echo | openssl s_client -connect \(place) -\(version) -cipher DEFAULT@SECLEVEL=0 2>&1")
            #expect(text.contains("CONNECTED") && !text.contains("written 0 bytes"), "\(version): \(text)")
            #expect(text.contains("BEGIN CERTIFICATE") == isTaken, "\(version): \(text)")
        }
        #expect(deployment.collector.end() == 0)
    }

    @Test func anAgentThatTrustsAnotherAuthoritySendsNothing() async throws {
        let deployment = try await Deployment()
        let other = try TestAuthority("another")
        let agent = try deployment.agent(authorities: other.certificate)
        #expect(try await eventually(within: 10) { agent.text.contains("lost contact") })
        #expect(agent.text.contains("certificate"), "\(agent.text)")
        #expect(try deployment.get("/api/v1/hosts/tls-1")["agent"] == nil)

        // Mended by SIGHUP, without a restart: nothing that was sampled meanwhile is lost.
        let path = "\(deployment.folder.path)/agent.yaml"
        try Deployment.write(
            path,
            String(contentsOfFile: path, encoding: .utf8)
                .replacing(other.certificate, with: deployment.authority.certificate))
        agent.signal(SIGHUP)
        #expect(try await eventually(within: 10) { agent.text.contains("regained contact") }, "\(agent.text)")
        #expect(agent.end() == 0)
        let host = try deployment.get("/api/v1/hosts/tls-1")
        let sequences = try #require(host["sequences"] as? [[String: Any]])
        #expect(sequences.count == 1 && sequences[0]["first"] as? Double == 1, "\(sequences)")
        #expect(sequences[0]["missing"] as? Double == 0, "\(sequences)")
    }

    @Test func theDoctorSeesTheCertificates() async throws {
        let deployment = try await Deployment()
        let other = try TestAuthority("another")
        func doctor(_ authorities: String, url: String) throws -> (text: String, status: Int32) {
            try Deployment.write(
                "\(deployment.folder.path)/doctor.yaml",
                """
                collector: \(url)
                state: \(deployment.folder.path)/agent
                tls:
                  ca_file: \(authorities)
                  certificate: \(deployment.client.certificate)
                  key: \(deployment.client.key)
                """)
            return try Program.run("forewarn-agent", ["doctor", "--config", "\(deployment.folder.path)/doctor.yaml"])
        }
        // The test's certificates are made for two days, which the doctor finds short.
        let good = try doctor(deployment.authority.certificate, url: deployment.url)
        #expect(
            good.text.contains("warning  tls        TLS 1.3, CN = server signed by CN = test authority, good for 1"))
        #expect(good.text.contains("ok       token") && good.text.contains("ok       clock"), "\(good.text)")
        #expect(good.status == 3, "\(good.text)")

        let wrong = try doctor(other.certificate, url: deployment.url)
        #expect(wrong.text.contains("failed   tls") && wrong.status == 1, "\(wrong.text)")
        let plain = try doctor(other.certificate, url: deployment.url.replacing("https", with: "http"))
        #expect(plain.status == 1, "\(plain.text)")
        #expect(deployment.collector.end() == 0)
    }

    /// A private authority is named by FOREWARN_CA_FILE, and believed only then.
    @Test func commandsBelieveTheAuthorityThatIsNamed() async throws {
        let authority = try TestAuthority()
        let folder = try TemporaryFolder()
        let server = try authority.issue("server")
        try Data("tls: {certificate: \(server.certificate), key: \(server.key)}".utf8)
            .write(to: URL(filePath: "\(folder.path)/collector.yaml"))
        let collector = try Program(
            "forewarn-collector",
            [
                "serve", "--config", "\(folder.path)/collector.yaml", "--listen", "127.0.0.1:0", "--state",
                "\(folder.path)/state",
            ])
        let address = #/https://127\.0\.0\.1:\d+/#
        var url = ""
        let isUp = try await eventually(within: 20) {
            url = collector.text.firstMatch(of: address).map { String($0.0) } ?? ""
            return collector.text.contains("speaks TLS only") && !url.isEmpty
        }
        try #require(isUp, "\(collector.text)")
        func outbox(_ environment: [String: String]) throws -> (text: String, status: Int32) {
            try Program.run("forewarn-collector", ["alert", "outbox", "--collector", url], environment: environment)
        }
        let good = try outbox(["FOREWARN_CA_FILE": authority.certificate])
        #expect(good.status == 0, "\(good.text)")
        let unknown = try outbox([:])
        #expect(unknown.status != 0 && unknown.text.contains("certificate"), "\(unknown.text)")
        let none = try outbox(["FOREWARN_CA_FILE": "\(folder.path)/collector.yaml"])
        #expect(none.status != 0 && none.text.contains("FOREWARN_CA_FILE"), "\(none.text)")
        collector.end()
    }
}
