import Foundation

/// A TCP connection that says what it likes, byte for byte.
package final class RawClient: Sendable {
    private let descriptor: Int32

    /// - Parameter from: the loopback address that it comes from.
    package init(port: Int, from source: String = "127.0.0.1", receiveBufferBytes: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        if var bytes = receiveBufferBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        guard Self.with(source, 0, { bind(descriptor, $0, $1) }) == 0,
            Self.with("127.0.0.1", port, { connect(descriptor, $0, $1) }) == 0
        else {
            let code = errno
            close(descriptor)
            throw POSIXError(.init(rawValue: code) ?? .EIO)
        }
    }

    deinit { close(descriptor) }

    private static func with(
        _ host: String, _ port: Int, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// False when the other side has hung up.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// What comes, at most so much; nil when nothing does in time. Empty: the other side has hung up.
    package func receive(atMost bytes: Int = 65_536, withinSeconds seconds: Double) -> [UInt8]? {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Foundation.poll(&poll, 1, Int32(seconds * 1000)) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: bytes)
        let count = read(descriptor, &buffer, bytes)
        return Array(buffer.prefix(max(count, 0)))
    }

    /// All that comes until the other side hangs up or nothing more comes for so long.
    package func receiveAll(quietSeconds: Double) -> String {
        var all: [UInt8] = []
        while let bytes = receive(withinSeconds: quietSeconds), !bytes.isEmpty { all += bytes }
        return String(decoding: all, as: UTF8.self)
    }

    /// Whether the other side has hung up, or does in time. What it says meanwhile is thrown away.
    package func isClosed(withinSeconds seconds: Double) -> Bool {
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            if receive(withinSeconds: max(end.timeIntervalSinceNow, 0))?.isEmpty == true { return true }
        }
        return false
    }
}

extension RunningCollector {
    package var port: Int { Int(url.split(separator: ":").last.map(String.init) ?? "") ?? 0 }

    /// The whole answer to what is sent as it stands.
    package func raw(_ text: String, quietSeconds: Double = 5) throws -> String {
        let client = try RawClient(port: port)
        client.send(text)
        return client.receiveAll(quietSeconds: quietSeconds)
    }
}
