import CMicrohttpd
import Daemon
import Glibc

package enum HTTPServerError: Error, Equatable, CustomStringConvertible {
    case badAddress(String, reason: String)
    case cannotListen(String, errno: CInt)
    case cannotStart
    case tls(TLSFileError)

    package var description: String {
        switch self {
        case .badAddress(let address, let reason):
            "cannot listen on \(address): \(reason); give a numeric address and a port, like 127.0.0.1:8000"
        case .cannotListen(let address, EADDRINUSE):
            "cannot listen on \(address): another program does; stop it or choose another port with --listen"
        case .cannotListen(let address, let code): "cannot listen on \(address): \(String(cString: strerror(code)))"
        case .cannotStart: "the HTTP server could not start its threads"
        case .tls(let error): "\(error)"
        }
    }
}

/// What answers requests. It is called on one of the server's threads and must not block for long;
/// an answer that needs time is kept later, from another thread.
package typealias HTTPHandler = @Sendable (HTTPRequest, HTTPAnswer) -> Void

/// How much of a body is taken, decided by the head alone.
package enum Admission: Sendable {
    /// This is answered, and the handler is not asked.
    case refused(HTTPResponse)
    /// Up to `HTTPLimits.bodyBytesMax`.
    case taken
    case takenUpTo(bytes: Int)
}

/// What is asked before a body is read, with a request that has none yet. As for `HTTPHandler`, it must not block.
package typealias HTTPAdmission = @Sendable (HTTPRequest) -> Admission

/// An HTTP/1.1 server over libmicrohttpd: epoll, a few threads, keep-alive; over TLS 1.2 and 1.3 when it is given files
/// for it.
package final class HTTPServer: Sendable {
    package let port: Int
    private let daemon: Daemon
    private let service: Service
    private let sweeper: OwnThread?
    private static let sweepSeconds = 0.5

    package init(
        host: String, port: Int, limits: HTTPLimits, tls files: TLSFiles? = nil, admit: HTTPAdmission? = nil,
        handler: @escaping HTTPHandler
    ) throws(HTTPServerError) {
        let identity = try files.map { files throws(HTTPServerError) in try Self.identity(files) }
        let socket = try ListeningSocket(host: host, port: port)
        let service = Service(limits: limits, identity: identity, admit: admit, handler: handler)
        guard let started = Self.start(socket, limits, service, identity) else {
            Glibc.close(socket.descriptor)
            throw .cannotStart
        }
        self.port = socket.port
        self.service = service
        daemon = Daemon(raw: started)
        sweeper = OwnThread("http-door") {
            while !service.isClosed(afterSeconds: Self.sweepSeconds) { service.door.sweep() }
        }
    }

    private static func start(
        _ socket: ListeningSocket, _ limits: HTTPLimits, _ service: Service, _ identity: TLSIdentity?
    ) -> OpaquePointer? {
        // Ours is the limit that holds; libmicrohttpd's, a share for each thread, has room for all on one of them and
        // for those that are being cut.
        let threads = UInt32(limits.threads)
        let connections = threads * UInt32(limits.connectionsMax + max(limits.connectionsMax / 8, 64))
        let (idle, context) = (UInt32(limits.idleSeconds), Unmanaged.passUnretained(service).toOpaque())
        guard let identity else {
            return mhd_start(
                socket.descriptor, threads, connections, idle, limits.connectionBytes, admitted, access, completed,
                connected, targeted, context)
        }
        return mhd_start_tls(
            socket.descriptor, threads, connections, idle, limits.connectionBytes, admitted, access, completed,
            connected, targeted, context, identity.key, identity.certificate, TLSIdentity.priorities)
    }

    private static func identity(_ files: TLSFiles) throws(HTTPServerError) -> TLSIdentity {
        do throws(TLSFileError) { return try TLSIdentity(files) } catch { throw .tls(error) }
    }

    /// When the certificate in use ends, Unix seconds; nil without TLS.
    package var certificateExpires: Double? { service.identity.withLock { $0?.expires } }

    /// Since when the handler has been at the request that it has been at for longest, in monotonic seconds; nil when
    /// it is at none. What is answered later from another thread, and a client that reads slowly, do not count.
    package var busySince: Double? { service.busySince }

    /// Reads certificate, key and authorities again, for the connections from now on. When one is no good, those in
    /// use stay.
    package func renew(_ files: TLSFiles) throws(HTTPServerError) {
        let identity = try Self.identity(files)
        service.identity.withLock { $0 = identity }
    }

    deinit { stop() }

    /// Takes no more requests, lets what is under way finish for up to five seconds, and closes.
    package func stop() {
        guard service.close() else { return }
        sweeper?.join()
        let listening = MHD_quiesce_daemon(daemon.raw)
        if listening >= 0 { Glibc.close(listening) }
        if !service.waitUntilIdle(seconds: 5) {
            service.answerAll(.problem(503, "the collector is stopping"))
            // libmicrohttpd ends the program when it is stopped with sleeping connections: better to leave it running.
            guard service.waitUntilIdle(seconds: 5) else { return }
        }
        // Those who took connections over are to be stopped first; MHD must not lose one that is still in use.
        guard service.waitUntilLeft(seconds: 5) else { return }
        MHD_stop_daemon(daemon.raw)
    }

    private struct Daemon: @unchecked Sendable {  // MHD's own functions are thread-safe; stopped once, under `closing`
        let raw: OpaquePointer
    }
}

/// What the C callbacks are handed. It outlives the daemon: `HTTPServer` holds it and stops the daemon first.
final class Service: Sendable {
    let limits: HTTPLimits
    let admit: HTTPAdmission?
    let handler: HTTPHandler
    private struct Gate {
        var isClosed = false
        /// Requests that were handed over and whose answer has not left.
        var pending: [ObjectIdentifier: Exchange] = [:]
        /// Connections that speak another protocol by now.
        var upgraded = 0
        /// When the handler was called for those it has not come back from: one for each of the server's threads.
        var handling: [ObjectIdentifier: Double] = [:]
    }
    private let gate = Locked(Gate())
    /// What new connections speak TLS with.
    let identity: Locked<TLSIdentity?>
    let door: Door

    init(limits: HTTPLimits, identity: TLSIdentity?, admit: HTTPAdmission?, handler: @escaping HTTPHandler) {
        self.limits = limits
        self.admit = admit
        self.identity = Locked(identity)
        self.handler = handler
        door = Door(limits)
    }

    /// The handler is called without any lock held: it may answer at once. Once the gate is closed nothing goes in: an
    /// answer is there before the connection could be put to sleep.
    func hand(_ exchange: Exchange, _ request: HTTPRequest) {
        let isOpen = gate.withLock { gate in
            if !gate.isClosed {
                gate.pending[ObjectIdentifier(exchange)] = exchange
                gate.handling[ObjectIdentifier(exchange)] = Clock.monotonicSeconds()
            }
            return !gate.isClosed
        }
        if isOpen {
            handler(request, HTTPAnswer(exchange))
            gate.withLock { $0.handling[ObjectIdentifier(exchange)] = nil }
        } else {
            exchange.keep(
                .problem(
                    503, "the collector is stopping", hint: "keep the records and try again",
                    headers: [("Connection", "close"), ("Retry-After", "5")]))
        }
    }

    var busySince: Double? { gate.withLock { $0.handling.values.min() } }

    func finish(_ exchange: Exchange) {
        gate.withLock { $0.pending[ObjectIdentifier(exchange)] = nil }
        gate.signal()
    }

    /// False when it was closed before.
    func close() -> Bool {
        defer { gate.signal() }
        return gate.withLock { gate in
            defer { gate.isClosed = true }
            return !gate.isClosed
        }
    }

    /// Waits for the close, at most so long.
    func isClosed(afterSeconds seconds: Double) -> Bool {
        gate.wait(atMostSeconds: seconds) { $0.isClosed ? true : nil } ?? false
    }

    func waitUntilIdle(seconds: Double) -> Bool {
        gate.wait(atMostSeconds: seconds) { $0.pending.isEmpty ? true : nil } ?? false
    }

    /// A connection has been taken over, or given back: +1 or −1.
    func countUpgraded(_ change: Int) {
        gate.withLock { $0.upgraded += change }
        gate.signal()
    }

    func waitUntilLeft(seconds: Double) -> Bool {
        gate.wait(atMostSeconds: seconds) { $0.upgraded == 0 ? true : nil } ?? false
    }

    func answerAll(_ response: HTTPResponse) {
        let waiting = gate.withLock { Array($0.pending.values) }
        for exchange in waiting { exchange.keep(response) }
    }
}
