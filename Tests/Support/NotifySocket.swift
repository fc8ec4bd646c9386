import Foundation

/// A service manager's end of sd_notify(3): a real datagram socket that keeps what it is told.
package final class NotifySocket: @unchecked Sendable {  // `lock` guards the messages
    /// What NOTIFY_SOCKET holds.
    package let name: String
    private let descriptor: Int32
    private let lock = NSLock()
    private var received: [[String: String]] = []

    /// - Parameter isAbstract: in the kernel's own name space instead of a folder.
    package init(folder: String, isAbstract: Bool = false) throws {
        let path = isAbstract ? "forewarn-test-\(UUID().uuidString)" : "\(folder)/notify"
        name = isAbstract ? "@\(path)" : path
        let bytes = (isAbstract ? [0] : []) + Array(path.utf8)
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        descriptor = socket
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
        }
        guard code == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        Thread.detachNewThread { [weak self] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(socket, &buffer, buffer.count, 0)
                guard count > 0, let self else { return }
                keep(String(decoding: buffer.prefix(count), as: UTF8.self))
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    private func keep(_ message: String) {
        let pairs = message.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        let fields = Dictionary(pairs.map { ($0[0], $0.count > 1 ? $0[1] : "") }) { first, _ in first }
        lock.withLock { received.append(fields) }
    }

    /// Every message so far, by its keys.
    package var messages: [[String: String]] { lock.withLock { received } }
}
