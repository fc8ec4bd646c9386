import Testing

@testable import Telemetry

struct HostNameTests {
    @Test(arguments: ["a", "ppdb001", "web-1.example_x.com", String(repeating: "a", count: 253)])
    func accepts(name: String) { #expect(HostName.isValid(name)) }

    @Test(arguments: ["", "a b", "é", "a/b", "<script>", "a\0", String(repeating: "a", count: 254)])
    func refuses(name: String) { #expect(!HostName.isValid(name)) }
}
