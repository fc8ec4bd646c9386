import CMicrohttpd
import Daemon
import Glibc

/// One connection, from its acceptance to its end. libmicrohttpd keeps it as the socket's context.
///
/// It also holds the TLS identity of the day when the connection began, for GnuTLS keeps no count of who uses its
/// credentials.
final class Guest: @unchecked Sendable {  // changed by the one thread of libmicrohttpd that serves the connection
    let address: PeerAddress?
    let identity: TLSIdentity?
    /// Of the request that is being read: the target as it was sent, and whether it holds a NUL, which would end the
    /// string that libmicrohttpd hands over.
    var targetBytes = 0
    var targetHasNUL = false

    init(_ address: PeerAddress?, _ identity: TLSIdentity?) {
        self.address = address
        self.identity = identity
    }

    var id: ObjectIdentifier { ObjectIdentifier(self) }

    static func of(_ connection: OpaquePointer) -> Guest? {
        mhd_socket_context(connection).map { Unmanaged<Guest>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// The door: counts who is connected and how often each asks, and cuts those off whose time is up.
final class Door: Sendable {
    private let connections: Locked<ConnectionTable>
    private let limiter: Locked<RateLimiter>

    init(_ limits: HTTPLimits) {
        connections = Locked(ConnectionTable(limits))
        limiter = Locked(RateLimiter(limits.rates))
    }

    var counters: ConnectionTable.Counters { connections.withLock { $0.counters } }

    func admits(_ address: PeerAddress?) -> Bool { connections.withLock { $0.admits(address) } }

    func add(_ guest: Guest, _ descriptor: CInt) {
        connections.withLock { cut($0.add(guest.id, descriptor, guest.address, now: Clock.monotonicSeconds())) }
    }

    func enter(_ phase: ConnectionTable.Phase, _ guest: Guest?) {
        guard let guest else { return }
        connections.withLock { $0.enter(phase, guest.id, now: Clock.monotonicSeconds()) }
    }

    /// Called before the socket is closed, after which its number may stand for another connection.
    func remove(_ guest: Guest) { connections.withLock { $0.remove(guest.id) } }

    func sweep() { connections.withLock { cut($0.expired(now: Clock.monotonicSeconds())) } }

    /// Under the lock that `remove` waits for. libmicrohttpd sees the end of the stream and cleans up.
    private func cut(_ descriptors: [CInt]) {
        for descriptor in descriptors { shutdown(descriptor, CInt(SHUT_RDWR)) }
    }

    func excess(_ guest: Guest?, token: Int?) -> RateLimiter.Excess? {
        guard let address = guest?.address else { return nil }
        return limiter.withLock { $0.excess(address: address, token: token, now: Clock.monotonicSeconds()) }
    }
}
