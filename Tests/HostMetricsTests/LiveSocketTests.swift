import Foundation
import TestSupport
import Testing

@testable import HostMetrics

/// The kernel's own answers: netlink and the text must agree on real sockets.
struct LiveSocketTests {
    @Test func netlinkAndTextAgree() throws {
        let sockets = try CloseWaitSockets(front: 3, back: 2)
        defer { sockets.close() }
        let port = sockets.port
        for reading in [
            try SocketDiagnostics.together(), try SocketDiagnostics.byFamily(), try TCPTable.read(.live),
        ] {
            #expect(reading.listening.contains(port))
            #expect(reading.closeWait[port] == 3)
            #expect(sockets.backPorts.allSatisfy { reading.closeWait[$0] == 1 })
        }
    }

    /// One walk answers for both families.
    @Test func listenersOfIPv6AreSeenTogether() throws {
        let listener = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        try #require(listener >= 0)
        defer { close(listener) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            let address = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            return bind(listener, address, length) == 0 && listen(listener, 1) == 0
                && getsockname(listener, address, &length) == 0
        }
        // A machine without IPv6 has nothing to see.
        guard isBound else { return }
        let port = UInt16(bigEndian: address.sin6_port)
        for reading in [try SocketDiagnostics.together(), try SocketDiagnostics.byFamily()] {
            #expect(reading.listening.contains(port))
        }
    }

    @Test func bothKindsAreCounted() throws {
        var reader = CloseWaitReader()
        let before = try reader.read(.live, at: 0)
        let sockets = try CloseWaitSockets(front: 4, back: 3)
        defer { sockets.close() }
        let after = try reader.read(.live, at: 1)
        // Other tests may hold sockets of their own meanwhile.
        #expect(after.front >= 4 && after.back >= 3)
        #expect(before.front >= 0)
    }

    @Test func garbageFromNetlinkIsAnError() {
        var sockets = SocketReading()
        for bytes: [UInt8] in [
            [9, 0, 0, 0] + [UInt8](repeating: 0, count: 12), [255, 255, 0, 0] + [UInt8](repeating: 0, count: 12),
            [20, 0, 0, 0, 2, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [0xfe, 0xff, 0xff, 0xff],
            // The one number that has no opposite.
            [20, 0, 0, 0, 2, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [0, 0, 0, 0x80],
        ] {
            #expect(throws: ReadError.self) { try SocketDiagnostics.parse(bytes.span.bytes, into: &sockets) }
        }
    }
}
