import Foundation
import Glibc

/// A WebSocket client of a test's own, byte by byte over a real socket, so that it can misbehave.
package final class WebSocketProbe: @unchecked Sendable {  // a test uses each from one thread at a time
    package struct Frame: Equatable {
        package var opcode: UInt8
        package var payload: [UInt8]
        package var isFinal: Bool

        package var text: String { String(decoding: payload, as: UTF8.self) }
        package var object: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(payload))) as? [String: Any] ?? [:]
        }
        /// Of a close frame.
        package var code: Int { payload.count < 2 ? 0 : Int(payload[0]) << 8 | Int(payload[1]) }
    }

    package struct Trouble: Error, CustomStringConvertible { package let description: String }

    /// What the server answered to the opening, headers and all.
    package private(set) var answer = ""
    private var descriptor: CInt
    private var buffer: [UInt8] = []

    /// Connects and asks for the upgrade; headers replace those of a good handshake, an empty one leaves it out.
    /// `eager` is sent in the same packet.
    package init(
        port: Int, path: String = "/ws/predictions", headers: [String: String] = [:], eager: [UInt8] = [],
        receiveBytes: CInt? = nil
    ) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if var receiveBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBytes, socklen_t(MemoryLayout<CInt>.size))
        }
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Trouble(description: "cannot connect: \(String(cString: strerror(errno)))") }
        var all = [
            "Host": "127.0.0.1:\(port)", "Upgrade": "websocket", "Connection": "keep-alive, Upgrade",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        all.merge(headers) { $1 }
        let lines = all.filter { !$0.value.isEmpty }.map { "\($0.key): \($0.value)\r\n" }.sorted().joined()
        try write(Array("GET \(path) HTTP/1.1\r\n\(lines)\r\n".utf8) + eager)
        try readAnswer()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Breaks the connection with a reset, as a host that fails does.
    package func reset() {
        var hard = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
        descriptor = -1
    }

    package var status: Int { Int(answer.split(separator: " ").dropFirst().first ?? "") ?? 0 }

    /// A masked frame: RFC 6455 §5.2.
    package static func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        let mask: [UInt8] = [1, 2, 3, 4]
        var bytes = [(isFinal ? 0x80 : 0) | opcode]
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65_536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default: bytes += [0x80 | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
        }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    package func send(_ opcode: UInt8, _ text: String = "", isFinal: Bool = true) throws {
        try write(Self.frame(opcode, Array(text.utf8), isFinal: isFinal))
    }

    package func write(_ bytes: [UInt8]) throws {
        var left = 0
        while left < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[left...])
                return Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Trouble(description: "cannot write: \(String(cString: strerror(errno)))") }
            left += count
        }
    }

    /// The next whole message, or control frame; nil when the server has closed the connection.
    package func next() throws -> Frame? {
        var whole: Frame?
        while let frame = try readFrame() {
            if frame.opcode >= 8 { return frame }
            whole = whole.map { Frame(opcode: $0.opcode, payload: $0.payload + frame.payload, isFinal: true) } ?? frame
            if frame.isFinal { return whole }
        }
        return nil
    }

    /// The next message of a type, as JSON; control frames and others are passed over.
    package func next(ofType type: String) throws -> [String: Any] {
        while let frame = try next() {
            if frame.opcode == 1, frame.object["type"] as? String == type { return frame.object }
            if frame.opcode == 8 { throw Trouble(description: "closed with \(frame.code) before \(type)") }
        }
        throw Trouble(description: "the connection ended before \(type)")
    }

    private func readFrame() throws -> Frame? {
        guard let head = try take(2) else { return nil }
        var count = Int(head[1] & 127)
        for (marker, length) in [(126, 2), (127, 8)] where count == marker {
            guard let more = try take(length) else { return nil }
            count = more.reduce(0) { $0 << 8 | Int($1) }
            break
        }
        guard let payload = try take(count) else { return nil }
        return Frame(opcode: head[0] & 15, payload: payload, isFinal: head[0] & 0x80 != 0)
    }

    private func readAnswer() throws {
        while let byte = try take(1) {
            answer += String(decoding: byte, as: UTF8.self)
            if answer.hasSuffix("\r\n\r\n") { break }
        }
        if status != 101,
            let length = answer.lowercased().components(separatedBy: "content-length: ").dropFirst().first,
            let count = Int(length.prefix { $0.isNumber }), let body = try take(count)
        {
            answer += String(decoding: body, as: UTF8.self)
        }
    }

    private func take(_ count: Int) throws -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while buffer.count < count {
            let read = recv(descriptor, &chunk, chunk.count, 0)
            if read < 0, errno == EAGAIN { throw Trouble(description: "nothing came for 20 seconds") }
            guard read > 0 else { return nil }
            buffer += chunk.prefix(read)
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }
}
