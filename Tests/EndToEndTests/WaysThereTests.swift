import Foundation
import TestSupport
import Testing

/// How an agent finds its collector: a proxy of the environment, an IPv6 address, another collector.
struct WaysThereTests {
    private func agent(_ folder: TemporaryFolder, _ url: String, _ environment: [String: String] = [:]) throws
        -> Program
    {
        let config = "\(folder.path)/agent.yaml"
        let text = "collector: \(url)\nhost: there\ninterval: 100ms\npush_interval: 200ms\n"
        try text.write(toFile: config, atomically: true, encoding: .utf8)
        return try Program(
            "forewarn-agent", ["run", "--config", config, "--state", "\(folder.path)/state"], environment: environment)
    }

    @Test func theEnvironmentsProxyAndItsExceptions() async throws {
        let folder = try TemporaryFolder()
        let proxy = try StubServer { _ in .status(204) }
        let direct = try StubServer { _ in .status(204) }
        defer { [proxy, direct].forEach { $0.stop() } }
        let through = try agent(folder, "http://collector.invalid:8000", ["http_proxy": proxy.url])
        #expect(try await eventually(within: 20) { !proxy.requests.isEmpty }, "\(through.text)")
        #expect(proxy.requests.first?.path == "http://collector.invalid:8000/api/v1/samples")
        through.end()
        let before = proxy.requests.count
        let past = try agent(folder, direct.url, ["http_proxy": proxy.url, "no_proxy": "127.0.0.1"])
        #expect(try await eventually(within: 20) { direct.requests.count >= 2 }, "\(past.text)")
        past.end()
        #expect(proxy.requests.count == before)
    }

    @Test func anIPv6AddressAndASecondCollector() async throws {
        let folder = try TemporaryFolder()
        let collector = try Program(
            "forewarn-collector", ["serve", "--listen", "[::1]:0", "--state", "\(folder.path)/collector"])
        _ = try await eventually(within: 20, every: 0.02) { collector.text.contains("listening") }
        let start = try #require(collector.text.range(of: "http://[::1]:"), "\(collector.text)")
        let url = String(collector.text[start.lowerBound...].prefix { !$0.isWhitespace })
        // Nobody listens at the first.
        let agent = try agent(folder, "[\"http://[::1]:9\", \"\(url)\"]")
        #expect(try await eventually(within: 20) { agent.text.contains("takes our records") }, "\(agent.text)")
        #expect(agent.end() == 0 && agent.text.contains("stopped waiting=0"), "\(agent.text)")
        collector.end()
    }
}
