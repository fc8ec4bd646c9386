import Daemon
import Glibc

/// A connection that has left HTTP: a socket that does not block, and what the client had sent before it was handed
/// over. Over TLS it is one end of a pair whose other end the server encrypts and decrypts.
///
/// The socket belongs to libmicrohttpd: it is never closed but through `close`, after which its number may stand for
/// another connection.
package final class UpgradedConnection: Sendable {
    package let descriptor: CInt
    package let received: [UInt8]
    private let isClosed = Locked(false)
    private let giveBack: @Sendable () -> Void

    init(descriptor: CInt, received: [UInt8], giveBack: @escaping @Sendable () -> Void) {
        self.descriptor = descriptor
        self.received = received
        self.giveBack = giveBack
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK)
    }

    deinit { close() }

    package func close() {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        if isFirst { giveBack() }
    }
}
