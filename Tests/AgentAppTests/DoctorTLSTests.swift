import Foundation
import TestSupport
import Testing

@testable import AgentApp

/// What doctor advises where two programs do not agree about TLS. The collector is the real one.
struct DoctorTLSTests {
    static func advice(_ arguments: [String]) throws -> String {
        try Program.run("forewarn-agent", ["doctor"] + arguments).text
    }

    static func collector(_ folder: Folder, _ more: [String]) throws -> (program: Program, port: String) {
        let config = try folder.write("collector.yaml", more.joined(separator: "\n") + "\n")
        let program = try Program(
            "forewarn-collector",
            ["serve", "--config", config, "--listen", "127.0.0.1:0", "--state", "\(folder.path)/collector"])
        let hasStarted = RunTests.until { program.text.contains("listening") || !program.isRunning }
        let address = program.text.components(separatedBy: "://127.0.0.1:").dropFirst().first
        #expect(hasStarted && address != nil, "\(program.text)")
        return (program, String(address?.prefix { $0.isNumber } ?? "1"))
    }

    @Test func httpToTLSAndAMissingCertificate() throws {
        let (folder, authority) = (try Folder(), try TestAuthority())
        let pair = try authority.issue("collector")
        let (program, port) = try Self.collector(
            folder,
            [
                "tls:", "  certificate: \(pair.certificate)", "  key: \(pair.key)",
                "  client_ca: \(authority.certificate)",
            ])
        defer { program.end() }
        let state = ["--state", "\(folder.path)/agent"]
        let plain = try Self.advice(["--collector", "http://127.0.0.1:\(port)"] + state)
        #expect(plain.contains("→ the collector speaks TLS there: write https://"), "\(plain)\n\(program.text)")

        let config = try folder.write("agent.yaml", "tls: {ca_file: \(authority.certificate)}\n")
        let bare = try Self.advice(["--collector", "https://127.0.0.1:\(port)", "--config", config] + state)
        #expect(bare.contains("give tls.certificate and tls.key: the collector takes only"), "\(bare)")

        // A certificate, and then an authority, that the other side does not know.
        let other = try TestAuthority("another")
        let stranger = try other.issue("stranger")
        let strange = try folder.write(
            "strange.yaml",
            "tls: {ca_file: \(authority.certificate), certificate: \(stranger.certificate), key: \(stranger.key)}\n")
        let refused = try Self.advice(["--collector", "https://127.0.0.1:\(port)", "--config", strange] + state)
        #expect(refused.contains("let tls.certificate be signed by the authority"), "\(refused)")
        let unknown = try folder.write("other.yaml", "tls: {ca_file: \(other.certificate)}\n")
        let distrust = try Self.advice(["--collector", "https://127.0.0.1:\(port)", "--config", unknown] + state)
        #expect(distrust.contains("let tls.ca_file hold the authority") && distrust.contains("made out to 127.0.0.1"))
    }

    @Test func httpsToAPlainCollector() throws {
        let folder = try Folder()
        let (program, port) = try Self.collector(folder, [])
        defer { program.end() }
        let text = try Self.advice(["--collector", "https://127.0.0.1:\(port)", "--state", "\(folder.path)/agent"])
        #expect(text.contains("→ the collector speaks no TLS there: write http://"), "\(text)")
    }
}
