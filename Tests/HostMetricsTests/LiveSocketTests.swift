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
        for reading in [try SocketDiagnostics.read(), try TCPTable.read(.live)] {
            #expect(reading.listening.contains(port))
            #expect(reading.closeWait[port] == 3)
            #expect(sockets.backPorts.allSatisfy { reading.closeWait[$0] == 1 })
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
        ] {
            #expect(throws: ReadError.self) { try SocketDiagnostics.parse(bytes.span.bytes, into: &sockets) }
        }
    }
}
