import Daemon
import Glibc

@testable import HTTPServer
@testable import WebSocket

/// What a client says after the handshake, from the first frame on.
enum WebSocketTargets {
    static let all = [
        FuzzTarget(name: "websocket") { bytes in
            var ends: [CInt] = [0, 0]
            guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else { return }
            let (ours, theirs) = (ends[0], ends[1])
            defer { close(theirs) }
            let connection = UpgradedConnection(descriptor: ours, received: bytes) { close(ours) }
            guard let seat = Seat.take(from: Locked(1)) else { return }
            let newcomer = WebSocketHub.Newcomer(connection: connection, seat: seat) { true }
            guard let client = WebSocketClient(newcomer, limits: WebSocketLimits(), now: 0) else { return }
            _ = client.add(Array("{}".utf8))
            var said = [UInt8](repeating: 0, count: 65_536)
            for second in 0..<4 where client.pump(now: Double(second)) {
                let count = recv(theirs, &said, said.count, CInt(MSG_DONTWAIT))
                // RFC 6455, 5.1: a server masks nothing.
                require(count < 2 || said[1] & 0x80 == 0, "a masked frame")
            }
            require(client.sentMessages <= 1, "\(client.sentMessages) messages")
        }
    ]
}
