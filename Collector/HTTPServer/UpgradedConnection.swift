import CMicrohttpd
import Daemon
import Glibc

/// A connection that has left HTTP: a socket that does not block, and what the client had sent before it was handed
/// over. Over TLS it is one end of a pair whose other end the server encrypts and decrypts.
///
/// The socket belongs to libmicrohttpd: it is never closed but through `close`, after which its number may stand for
/// another connection.
package final class UpgradedConnection: @unchecked Sendable {  // MHD_upgrade_action is thread-safe, and called once
    package let descriptor: CInt
    package let received: [UInt8]
    private let handle: OpaquePointer
    private let isClosed = Locked(false)
    private let left: @Sendable () -> Void

    init(descriptor: CInt, received: [UInt8], handle: OpaquePointer, left: @escaping @Sendable () -> Void) {
        self.descriptor = descriptor
        self.received = received
        self.handle = handle
        self.left = left
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK)
    }

    deinit { close() }

    package func close() {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        guard isFirst else { return }
        _ = mhd_upgrade_close(handle)
        left()
    }
}
