import Foundation

/// Real sockets in CLOSE_WAIT on this host: some accepted at a listening port, some opened from here to a server whose
/// listener is gone.
package final class CloseWaitSockets {
    /// Where the front ones were accepted; still listened at.
    package let port: UInt16
    /// The local ports of the back ones.
    package private(set) var backPorts: [UInt16] = []
    private var descriptors: [Int32] = []

    package init(front: Int, back: Int) throws {
        let (listener, port) = try Self.listen()
        self.port = port
        descriptors.append(listener)
        for _ in 0..<front {
            // The client hangs up; what was accepted here waits for ever.
            let client = try Self.connect(to: port)
            descriptors.append(accept(listener, nil, nil))
            Glibc.close(client)
        }
        let (other, otherPort) = try Self.listen()
        for _ in 0..<back {
            // The server hangs up; what was opened here waits for ever.
            let client = try Self.connect(to: otherPort)
            Glibc.close(accept(other, nil, nil))
            descriptors.append(client)
            backPorts.append(try Self.localPort(client))
        }
        Glibc.close(other)
        // A hang-up on loopback arrives at once, but not within the call.
        usleep(20_000)
    }

    package func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
        descriptors = []
    }

    static func listen() throws -> (Int32, UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try withLoopback(port: 0) { bind(listener, $0, $1) }
        guard Glibc.listen(listener, 64) == 0 else { throw failure() }
        return (listener, try localPort(listener))
    }

    static func connect(to port: UInt16) throws -> Int32 {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try withLoopback(port: port) { Glibc.connect(client, $0, $1) }
        return client
    }

    private static func withLoopback(port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw failure() }
    }

    private static func localPort(_ socket: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        guard result == 0 else { throw failure() }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func failure() -> POSIXError { POSIXError(.init(rawValue: errno) ?? .EIO) }
}

/// Connections of this process to itself, each of them two sockets.
package final class EstablishedSockets {
    private var descriptors: [Int32] = []

    package init(_ count: Int) throws {
        let (listener, port) = try CloseWaitSockets.listen()
        descriptors.append(listener)
        for _ in 0..<count {
            descriptors.append(try CloseWaitSockets.connect(to: port))
            let accepted = accept(listener, nil, nil)
            guard accepted >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
            descriptors.append(accepted)
        }
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
