import Foundation

/// An HTTP server that answers as a test tells it to, badly too. One thread a connection, on 127.0.0.1.
package final class StubServer: @unchecked Sendable {  // `lock` guards everything that changes
    package struct Request: Sendable {
        package let method: String
        package let path: String
        /// Names in lower case.
        package let headers: [String: String]
        package let body: [UInt8]
        /// From 1; the same number means the same connection.
        package let connection: Int
    }

    package enum Answer: Sendable {
        case status(Int, headers: [String: String] = [:], body: String = "")
        /// Bytes as they are, then the connection ends.
        case raw(String)
        /// Nothing, until the server stops.
        case hang
        case close
    }

    package let port: UInt16
    private let listener: Int32
    private let answer: @Sendable (Request) -> Answer
    private let lock = NSLock()
    private var connections: [Int32] = []
    private var isStopped = false
    private var accepted = 0
    private var received: [Request] = []

    package init(port wanted: UInt16 = 0, _ answer: @escaping @Sendable (Request) -> Answer) throws {
        let (listener, port) = try Self.listen(on: wanted)
        self.listener = listener
        self.port = port
        self.answer = answer
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else {
                    close(listener)
                    return
                }
                let number = lock.withLock {
                    connections.append(connection)
                    accepted += 1
                    return accepted
                }
                Thread.detachNewThread { [self] in serve(connection, number) }
            }
        }
    }

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { lock.withLock { received } }

    package func stop() {
        lock.withLock {
            guard !isStopped else { return }
            isStopped = true
            // Each thread closes its own descriptor when this wakes it: closed here, the number might be another's.
            shutdown(listener, Int32(SHUT_RDWR))
            for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    private static func listen(on wanted: UInt16) throws -> (Int32, UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            let address = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            return bind(listener, address, length) == 0 && Glibc.listen(listener, 64) == 0
                && getsockname(listener, address, &length) == 0
        }
        guard isBound else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    private func serve(_ connection: Int32, _ number: Int) {
        defer {
            lock.withLock {
                connections.removeAll { $0 == connection }
                close(connection)
            }
        }
        var buffer: [UInt8] = []
        while let request = next(connection, number, &buffer) {
            lock.withLock { received.append(request) }
            switch answer(request) {
            case .status(let status, let headers, let body):
                var head = "HTTP/1.1 \(status) x\r\nContent-Length: \(body.utf8.count)\r\n"
                for (name, value) in headers { head += "\(name): \(value)\r\n" }
                guard send(head + "\r\n" + body, connection) else { return }
            case .raw(let text):
                _ = send(text, connection)
                return
            case .hang:
                var byte: UInt8 = 0
                while recv(connection, &byte, 1, 0) > 0 {}
                return
            case .close: return
            }
        }
    }

    private func send(_ text: String, _ connection: Int32) -> Bool {
        let bytes = Array(text.utf8)
        return Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    private func next(_ connection: Int32, _ number: Int, _ buffer: inout [UInt8]) -> Request? {
        let blank = Array("\r\n\r\n".utf8)
        while true {
            if let end = buffer.firstRange(of: blank) {
                let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    if parts.count == 2 {
                        headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
                    }
                }
                let length = Int(headers["content-length"] ?? "0") ?? 0
                if buffer.count >= end.upperBound + length {
                    let body = Array(buffer[end.upperBound..<end.upperBound + length])
                    buffer.removeFirst(end.upperBound + length)
                    let words = lines[0].split(separator: " ").map(String.init)
                    guard words.count == 3 else { return nil }
                    return Request(
                        method: words[0], path: words[1], headers: headers, body: body, connection: number)
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            buffer += chunk.prefix(count)
        }
    }
}
