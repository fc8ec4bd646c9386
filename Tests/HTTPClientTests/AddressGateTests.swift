import Daemon
import TestSupport
import Testing

@testable import HTTPClient

struct AddressGateTests {
    @Test(
        arguments: [
            ([169, 254, 169, 254], true), ([169, 254, 0, 1], true), ([169, 253, 0, 1], false), ([127, 0, 0, 1], false),
            ([10, 0, 0, 1], false), ([100, 100, 100, 200], true), ([168, 63, 129, 16], true), ([192, 0, 0, 192], true),
            // fe80::1, febf::1, fec0::1
            ([0xfe, 0x80] + [UInt8](repeating: 0, count: 13) + [1], true),
            ([0xfe, 0xbf] + [UInt8](repeating: 0, count: 13) + [1], true),
            ([0xfe, 0xc0] + [UInt8](repeating: 0, count: 13) + [1], false),
            // ::ffff:169.254.169.254, 64:ff9b::169.254.169.254, 2002:a9fe:a9fe::, ::1
            ([UInt8](repeating: 0, count: 10) + [0xff, 0xff, 169, 254, 169, 254], true),
            ([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 169, 254, 169, 254], true),
            ([0x20, 0x02, 169, 254, 169, 254] + [UInt8](repeating: 0, count: 10), true),
            ([UInt8](repeating: 0, count: 15) + [1], false),
            // fd00:ec2::254
            ([0xfd, 0, 0x0e, 0xc2] + [UInt8](repeating: 0, count: 10) + [2, 0x54], true),
        ] as [([UInt8], Bool)])
    func addresses(address: [UInt8], isKeptClosed: Bool) {
        #expect((AddressGate.objection(to: address) != nil) == isKeptClosed, "\(address)")
    }

    /// However the address is written: libcurl resolves it, and the gate sees what comes out.
    @Test(arguments: [
        "http://169.254.169.254/latest/meta-data", "http://0xA9FEA9FE/", "http://2852039166/",
        "http://[::ffff:169.254.169.254]/", "http://169.254.10.10:8080/hook",
    ])
    func noConnectionIsOpened(url: String) throws {
        let client = try HTTPClient(agent: "t", proxy: "", gate: AddressGate())
        var request = HTTPRequest(.post, url)
        request.timeoutSeconds = 5
        let begin = Clock.monotonicSeconds()
        let error = #expect(throws: HTTPError.self) { try client.send(request) }
        #expect(error?.kind == .forbidden && error?.isWorthRetrying == false)
        #expect(error?.reason.contains("link-local") == true)
        #expect(Clock.monotonicSeconds() - begin < 1)
    }

    @Test func othersAreReachedThroughTheGate() throws {
        let server = try StubServer { _ in .status(200, body: "ok") }
        defer { server.stop() }
        let client = try HTTPClient(agent: "t", proxy: "", gate: AddressGate())
        #expect(throws: HTTPError.self) { try client.send(HTTPRequest(.get, "http://169.254.169.254/")) }
        #expect(try client.send(HTTPRequest(.get, "\(server.url)/")).text == "ok")
        // A name that leads to a loopback address, too.
        #expect(try client.send(HTTPRequest(.get, "http://localhost:\(server.port)/")).text == "ok")
    }
}
