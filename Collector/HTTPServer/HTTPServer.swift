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

/// An HTTP/1.1 server over libmicrohttpd: epoll, a few threads, keep-alive; over TLS 1.2 and 1.3 when it is given files
/// for it.
package final class HTTPServer: Sendable {
    package let port: Int
    private let daemon: Daemon
    private let service: Service

    package init(
        host: String, port: Int, limits: HTTPLimits, tls files: TLSFiles? = nil, handler: @escaping HTTPHandler
    ) throws(HTTPServerError) {
        let identity = try files.map { files throws(HTTPServerError) in try Self.identity(files) }
        let socket = try ListeningSocket(host: host, port: port)
        let service = Service(limits: limits, identity: identity, handler: handler)
        guard let started = Self.start(socket, limits, service, identity) else {
            Glibc.close(socket.descriptor)
            throw .cannotStart
        }
        self.port = socket.port
        self.service = service
        daemon = Daemon(raw: started)
    }

    private static func start(
        _ socket: ListeningSocket, _ limits: HTTPLimits, _ service: Service, _ identity: TLSIdentity?
    ) -> OpaquePointer? {
        let (threads, connections) = (UInt32(limits.threads), UInt32(limits.connectionsMax))
        let (idle, context) = (UInt32(limits.idleSeconds), Unmanaged.passUnretained(service).toOpaque())
        guard let identity else {
            return mhd_start(
                socket.descriptor, threads, connections, idle, limits.connectionBytes, access, completed, context)
        }
        return mhd_start_tls(
            socket.descriptor, threads, connections, idle, limits.connectionBytes, access, completed, context,
            identity.key, identity.certificate, TLSIdentity.priorities, connected)
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

    init(limits: HTTPLimits, identity: TLSIdentity?, handler: @escaping HTTPHandler) {
        self.limits = limits
        self.identity = Locked(identity)
        self.handler = handler
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
        gate.withLock { gate in
            defer { gate.isClosed = true }
            return !gate.isClosed
        }
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

// MARK: Callbacks of libmicrohttpd, called on its threads

/// Called once with the headers, then with pieces of the body, then once with nothing left, and again after each
/// resume.
private func access(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?,
    _ uploadBytes: UnsafeMutablePointer<Int>?, _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context, let connection, let url, let method, let uploadBytes, let slot else { return .NO }
    let service = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue()
    guard let held = slot.pointee else { return begin(service, connection, slot, context) }
    let exchange = Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()

    if uploadBytes.pointee > 0 {
        let accepted = exchange.state.withLock { state in
            let total = state.body.count + uploadBytes.pointee
            if state.tooLarge || total > service.limits.bodyBytesMax {
                state.tooLarge = true
                state.body = []
            } else if let upload {
                let piece = UnsafeRawBufferPointer(start: upload, count: uploadBytes.pointee)
                state.body.append(contentsOf: piece)
            }
            return true
        }
        uploadBytes.pointee = 0
        return accepted ? .YES : .NO
    }

    let (body, tooLarge, handed) = exchange.state.withLock { state in
        defer { state.handed = true }
        let body = state.body
        state.body = []
        return (body, state.tooLarge, state.handed)
    }
    if tooLarge { return queue(connection, .tooLarge(service.limits.bodyBytesMax), context) }
    if !handed {
        var request = HTTPRequest(
            method: String(cString: method), path: String(cString: url), query: values(connection, .GET_ARGUMENT_KIND),
            headers: values(connection, .HEADER_KIND), body: body)
        request.peer = peerAddress(of: connection)
        if let session = mhd_tls_session(connection) {
            request.isSecure = true
            request.clientCertificate = TLSIdentity.clientSubject(OpaquePointer(session))
        }
        service.hand(exchange, request)
    }
    guard let response = exchange.takeOrSleep(connection) else { return .YES }
    return queue(connection, response, context)
}

/// The headers are here. A body that announces itself as far too long is answered before it is sent.
private func begin(
    _ service: Service, _ connection: OpaquePointer, _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ context: UnsafeMutableRawPointer
) -> MHD_Result {
    let announced =
        MHD_lookup_connection_value(connection, .HEADER_KIND, "Content-Length")
        .flatMap { Int(String(cString: $0)) } ?? 0
    let exchange = Exchange(expectedBytes: min(max(announced, 0), service.limits.bodyBytesMax))
    slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
    if announced > service.limits.drainedBytesMax {
        return queue(connection, .tooLarge(service.limits.bodyBytesMax), context)
    }
    return .YES
}

private func completed(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
    guard let context, let held = slot?.pointee else { return }
    let exchange = Unmanaged<Exchange>.fromOpaque(held).takeRetainedValue()
    slot?.pointee = nil
    Unmanaged<Service>.fromOpaque(context).takeUnretainedValue().finish(exchange)
}

/// A TLS connection takes the identity of the day before its handshake and holds it to its end, for GnuTLS keeps no
/// count of who uses its credentials.
private func connected(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
) {
    guard let context, let connection, let slot else { return }
    switch code {
    case .CONNECTION_NOTIFY_STARTED:
        let service = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue()
        guard let identity = service.identity.withLock({ $0 }), let session = mhd_tls_session(connection) else {
            return
        }
        identity.serve(OpaquePointer(session))
        slot.pointee = Unmanaged.passRetained(identity).toOpaque()
    case .CONNECTION_NOTIFY_CLOSED:
        if let held = slot.pointee { Unmanaged<TLSIdentity>.fromOpaque(held).release() }
        slot.pointee = nil
    @unknown default: return
    }
}

private func queue(
    _ connection: OpaquePointer, _ response: HTTPResponse, _ context: UnsafeMutableRawPointer
) -> MHD_Result {
    let built =
        response.upgrade != nil
        ? MHD_create_response_for_upgrade(upgraded, context)
        : response.body.withUnsafeBytes { body in
            MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
        }
    guard let built else { return .NO }
    defer { MHD_destroy_response(built) }
    for header in response.headers { MHD_add_response_header(built, header.name, header.value) }
    return MHD_queue_response(connection, UInt32(response.status), built)
}

/// The 101 has left: the socket is ours from here on, with what the client has sent since.
private func upgraded(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ held: UnsafeMutableRawPointer?,
    _ extra: UnsafePointer<CChar>?, _ extraBytes: Int, _ socket: CInt, _ handle: OpaquePointer?
) {
    guard let context, let held, let handle else { return }
    let service = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue()
    let exchange = Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()
    let received = extra.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: extraBytes)) } ?? []
    service.countUpgraded(1)
    let taken = UpgradedConnection(descriptor: socket, received: received, handle: handle) { service.countUpgraded(-1) }
    service.finish(exchange)
    exchange.state.withLock { $0.response?.upgrade }?(taken)
}

/// Numeric, without a port; empty when it is not known.
private func peerAddress(of connection: OpaquePointer) -> String {
    guard let address = mhd_client_address(connection) else { return "" }
    let isSix = address.pointee.sa_family == sa_family_t(AF_INET6)
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let length = isSix ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
    guard getnameinfo(address, socklen_t(length), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
        return ""
    }
    let shown = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return shown.hasPrefix("::ffff:") && shown.contains(".") ? String(shown.dropFirst(7)) : shown
}

private func values(_ connection: OpaquePointer, _ kind: MHD_ValueKind) -> [(name: String, value: String)] {
    var found: [(name: String, value: String)] = []
    found.reserveCapacity(8)
    withUnsafeMutablePointer(to: &found) { found in
        _ = MHD_get_connection_values(connection, kind, collect, found)
    }
    return found
}

private func collect(
    _ context: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?,
    _ value: UnsafePointer<CChar>?
) -> MHD_Result {
    guard let context, let name else { return .YES }
    context.assumingMemoryBound(to: [(name: String, value: String)].self).pointee
        .append((String(cString: name), value.map { String(cString: $0) } ?? ""))
    return .YES
}

extension HTTPResponse {
    fileprivate static func tooLarge(_ bytesMax: Int) -> HTTPResponse {
        .problem(413, "the body is larger than \(bytesMax) bytes", hint: "send fewer records in one request")
    }
}
