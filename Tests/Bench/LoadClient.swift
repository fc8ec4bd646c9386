import Daemon
import Glibc

/// HTTP/1.1 load over keep-alive connections from one thread: each connection has one request under way.
/// Everything that is sent is made beforehand, so the client's work while the clock runs is write, poll and read.
struct LoadClient {
    struct Outcome {
        var requests = 0
        var seconds = 0.0
        var failures = 0
        var firstFailure = ""
        /// Seconds from the first byte sent to the answer's last byte.
        var latencies: [Double] = []

        func latency(_ share: Double) -> Double {
            guard !latencies.isEmpty else { return 0 }
            let sorted = latencies.sorted()
            return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
        }
    }

    private struct Connection {
        var descriptor: CInt
        var sentAt: Double?
        var received: [UInt8] = []
    }

    let port: Int
    let connections: Int

    /// Sends all requests as fast as answers come, or at `perSecond`.
    func run(_ requests: [[UInt8]], perSecond: Double = .infinity) -> Outcome {
        var open = (0..<connections).map { _ in Connection(descriptor: connectLoopback(port)) }
        defer { for connection in open { close(connection.descriptor) } }
        var outcome = Outcome()
        outcome.latencies.reserveCapacity(requests.count)
        var next = 0
        var done = 0
        let began = Clock.monotonicSeconds()
        while done < requests.count {
            let elapsed = Clock.monotonicSeconds() - began
            let allowed = perSecond.isFinite ? min(requests.count, Int(elapsed * perSecond) + 1) : requests.count
            for index in open.indices where open[index].sentAt == nil && next < allowed {
                open[index].sentAt = Clock.monotonicSeconds()
                send(requests[next], to: open[index].descriptor)
                next += 1
            }
            done += receive(&open, &outcome)
        }
        outcome.requests = done
        outcome.seconds = Clock.monotonicSeconds() - began
        return outcome
    }

    private func receive(_ open: inout [Connection], _ outcome: inout Outcome) -> Int {
        var polled = open.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard poll(&polled, UInt(polled.count), 1) > 0 else { return 0 }
        var done = 0
        for index in open.indices where polled[index].revents != 0 {
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = read(open[index].descriptor, &chunk, chunk.count)
            if count <= 0 {
                // Between two requests a connection may end: the collector closes those that idle.
                let isUnanswered = open[index].sentAt != nil
                close(open[index].descriptor)
                open[index] = Connection(descriptor: connectLoopback(port))
                if isUnanswered {
                    outcome.failures += 1
                    done += 1
                }
                continue
            }
            open[index].received += chunk[..<count]
            guard let status = completeStatus(open[index].received) else { continue }
            if status != 200 {
                outcome.failures += 1
                if outcome.firstFailure.isEmpty {
                    outcome.firstFailure = String(decoding: open[index].received.prefix(600), as: UTF8.self)
                }
            }
            if let sentAt = open[index].sentAt { outcome.latencies.append(Clock.monotonicSeconds() - sentAt) }
            open[index].sentAt = nil
            open[index].received.removeAll(keepingCapacity: true)
            done += 1
        }
        return done
    }

    /// The status once head and body are whole.
    private func completeStatus(_ bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBytes { bytes -> Int? in
            guard let head = Self.find("\r\n\r\n", in: bytes), let field = Self.find("Content-Length: ", in: bytes)
            else {
                return nil
            }
            var count = 0
            var index = field
            while index < bytes.count, (48...57).contains(bytes[index]) {
                count = count * 10 + Int(bytes[index] - 48)
                index += 1
            }
            guard bytes.count - head >= count else { return nil }
            return (9..<12).reduce(0) { $0 * 10 + Int(bytes[$1]) - 48 }
        }
    }

    /// Where the text ends in the bytes, nil when it is not there.
    private static func find(_ text: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        text.withUTF8Buffer { text in
            for start in 0..<max(0, bytes.count - text.count + 1) where bytes[start] == text[0] {
                var matched = 1
                while matched < text.count, bytes[start + matched] == text[matched] { matched += 1 }
                if matched == text.count { return start + text.count }
            }
            return nil
        }
    }

    private func send(_ bytes: [UInt8], to descriptor: CInt) {
        var sent = 0
        bytes.withUnsafeBytes { buffer in
            while sent < buffer.count, let base = buffer.baseAddress {
                let count = write(descriptor, base + sent, buffer.count - sent)
                if count <= 0 { return }
                sent += count
            }
        }
    }

    private func connectLoopback(_ port: Int) -> CInt {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        var yes: CInt = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
        return descriptor
    }
}
