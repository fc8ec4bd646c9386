import CMicrohttpd
import Daemon
import Glibc

// MARK: Callbacks of libmicrohttpd, called on its threads

/// Called once with the headers, then with pieces of the body, then once with nothing left, and again after each
/// resume.
func access(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?,
    _ uploadBytes: UnsafeMutablePointer<Int>?, _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context, let connection, let url, let method, let uploadBytes, let slot else { return .NO }
    let service = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue()
    guard let held = slot.pointee else {
        return begin(service, connection, slot) { head(connection, method, url, $0) }
    }
    let guest = Guest.of(connection)
    let exchange = Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()

    if uploadBytes.pointee > 0 {
        let goesOn = exchange.state.withLock { state in
            state.received += uploadBytes.pointee
            if state.received > state.bodyBytesMax || state.refusal != nil {
                state.refusal = state.refusal ?? .tooLarge(state.bodyBytesMax)
                state.body = []
            } else if let upload {
                let piece = UnsafeRawBufferPointer(start: upload, count: uploadBytes.pointee)
                state.body.append(contentsOf: piece)
            }
            return state.received <= service.limits.drainedBytesMax
        }
        uploadBytes.pointee = 0
        return goesOn ? .YES : .NO
    }

    let (body, refusal, handed) = exchange.state.withLock { state in
        defer { state.handed = true }
        let body = state.body
        state.body = []
        return (body, state.refusal, state.handed)
    }
    if let refusal { return queue(connection, refusal, service) }
    if !handed {
        var request = head(connection, method, url, values(connection, .HEADER_KIND))
        request.body = body
        service.door.enter(.handling, guest)
        service.hand(exchange, request)
    }
    guard let response = exchange.takeOrSleep(connection) else { return .YES }
    return queue(connection, response, service)
}

/// The headers are here. A body that announces itself as far too long is answered before it is sent; one that nobody
/// will look at is read and thrown away first, so that the connection can go on. Room for a body is made once it is
/// known that it is let in: what strangers announce takes no memory.
private func begin(
    _ service: Service, _ connection: OpaquePointer, _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ request: ([(name: String, value: String)]) -> HTTPRequest
) -> MHD_Result {
    let (guest, limits) = (Guest.of(connection), service.limits)
    service.door.enter(.receiving, guest)
    let headers = values(connection, .HEADER_KIND)
    let announced =
        MHD_lookup_connection_value(connection, .HEADER_KIND, "Content-Length")
        .flatMap { Int(String(cString: $0)) } ?? 0
    let exchange = Exchange()
    slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
    let refusal = HeadCheck.refusal(
        targetBytes: guest?.targetBytes ?? 0, targetHasNUL: guest?.targetHasNUL ?? false,
        headBytes: mhd_head_bytes(connection), headers: headers, limits: limits)
    if let refusal { return queue(connection, refusal, service) }
    if announced > limits.drainedBytesMax { return queue(connection, .tooLarge(limits.bodyBytesMax), service) }
    if let excess = service.door.excess(guest, token: RateLimiter.credential(headers)) {
        exchange.state.withLock { $0.refusal = excess.response }
        return .YES
    }
    let hasBody = announced > 0 || MHD_lookup_connection_value(connection, .HEADER_KIND, "Transfer-Encoding") != nil
    guard hasBody else { return .YES }
    let admission = service.admit?(request(headers)) ?? .taken
    exchange.state.withLock { $0.take(admission, announced: announced, limits) }
    return .YES
}

/// The request without its body.
private func head(
    _ connection: OpaquePointer, _ method: UnsafePointer<CChar>, _ url: UnsafePointer<CChar>,
    _ headers: [(name: String, value: String)]
) -> HTTPRequest {
    var request = HTTPRequest(
        method: String(cString: method), path: String(cString: url), query: values(connection, .GET_ARGUMENT_KIND),
        headers: headers)
    request.peer = peerAddress(of: connection)
    if let session = mhd_tls_session(connection) {
        request.isSecure = true
        request.clientCertificate = TLSIdentity.clientSubject(OpaquePointer(session))
    }
    return request
}

func completed(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
    guard let context, let connection, let held = slot?.pointee else { return }
    let service = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue()
    let exchange = Unmanaged<Exchange>.fromOpaque(held).takeRetainedValue()
    slot?.pointee = nil
    service.door.enter(.idle, Guest.of(connection))
    service.finish(exchange)
}

/// Whether a connection is taken at all.
func admitted(
    _ context: UnsafeMutableRawPointer?, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t
) -> MHD_Result {
    guard let context else { return .NO }
    let service = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue()
    return service.door.admits(address.flatMap(PeerAddress.init)) ? .YES : .NO
}

/// A connection begins, before its TLS handshake, or has ended and is about to be closed.
func connected(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
) {
    guard let context, let connection, let slot else { return }
    let service = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue()
    switch code {
    case .CONNECTION_NOTIFY_STARTED:
        let session = mhd_tls_session(connection)
        let identity = session == nil ? nil : service.identity.withLock { $0 }
        let guest = Guest(mhd_client_address(connection).flatMap(PeerAddress.init), identity)
        if let session { identity?.serve(OpaquePointer(session)) }
        slot.pointee = Unmanaged.passRetained(guest).toOpaque()
        service.door.add(guest, mhd_descriptor(connection))
    case .CONNECTION_NOTIFY_CLOSED:
        guard let held = slot.pointee else { return }
        let guest = Unmanaged<Guest>.fromOpaque(held).takeRetainedValue()
        slot.pointee = nil
        service.door.remove(guest)
    @unknown default: return
    }
}

/// The request line is here. What is answered becomes the request's context, which is ours to fill later.
func targeted(
    _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let target, let connection, let guest = Guest.of(connection) else { return nil }
    guest.targetBytes = strlen(target)
    guest.targetHasNUL = strstr(target, "%00") != nil
    return nil
}

private func queue(
    _ connection: OpaquePointer, _ response: HTTPResponse, _ service: Service
) -> MHD_Result {
    service.door.enter(.answering(bytes: response.body.count), Guest.of(connection))
    let built =
        response.upgrade != nil
        ? MHD_create_response_for_upgrade(upgraded, Unmanaged.passUnretained(service).toOpaque())
        : response.body.withUnsafeBytes { body in
            MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
        }
    guard let built else { return .NO }
    defer { MHD_destroy_response(built) }
    let headers = response.headers + SafeHeaders.missing(in: response.headers)
    for header in headers { MHD_add_response_header(built, header.name, header.value) }
    return MHD_queue_response(connection, UInt32(response.status), built)
}

private struct Upgrade: @unchecked Sendable {  // MHD_upgrade_action is thread-safe, and called once
    let handle: OpaquePointer
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
    if let connection { service.door.enter(.upgraded, Guest.of(connection)) }
    service.countUpgraded(1)
    let upgrade = Upgrade(handle: handle)
    let taken = UpgradedConnection(descriptor: socket, received: received) {
        _ = mhd_upgrade_close(upgrade.handle)
        service.countUpgraded(-1)
    }
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
    static func tooLarge(_ bytesMax: Int) -> HTTPResponse {
        .problem(413, "the body is larger than \(bytesMax) bytes", hint: "send fewer records in one request")
    }
}
