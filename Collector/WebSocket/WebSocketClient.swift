import CWslay
import Glibc
import HTTPServer

/// One client: its frames by wslay, its socket, and what waits for it. Only the hub's thread touches it.
final class WebSocketClient {
    let connection: UpgradedConnection
    private let seat: Seat
    let mayStay: @Sendable () -> Bool
    private let limits: WebSocketLimits
    private var context: wslay_event_context_ptr?
    /// What came with the handshake and has not been read.
    private var early: ArraySlice<UInt8>
    private var queue: [[UInt8]] = []
    private var queuedBytes = 0
    /// The message on its way: handed to wslay, read from here in pieces, so that a snapshot is one array for all.
    private var current: [UInt8]?
    private var read = 0
    /// Frames that the socket has not taken yet.
    private var outbox: [UInt8] = []
    private var left = 0
    /// Set when the queue was dropped: nothing makes sense before a snapshot.
    private(set) var awaitsSnapshot = false
    private var heardAt: Double
    private var pingedAt: Double
    private(set) var isBroken = false
    private(set) var closingSince: Double?
    /// Set by the hub when poll(2) says so; at first there may be something from the handshake.
    var isReadable = true
    private var receivedBytes = 0
    private(set) var sentBytes = 0
    private(set) var sentMessages = 0

    private static let outboxBytes = 64 << 10

    init?(_ newcomer: WebSocketHub.Newcomer, limits: WebSocketLimits, now: Double) {
        connection = newcomer.connection
        seat = newcomer.seat
        mayStay = newcomer.mayStay
        self.limits = limits
        early = connection.received[...]
        (heardAt, pingedAt) = (now, now)
        var callbacks = wslay_event_callbacks()
        callbacks.recv_callback = receive
        callbacks.send_callback = send
        let me = Unmanaged.passUnretained(self).toOpaque()
        guard wslay_event_context_server_init(&context, &callbacks, me) == 0 else { return nil }
        wslay_event_config_set_max_recv_msg_length(context, UInt64(limits.receivedBytesMax))
    }

    deinit {
        if let context { wslay_event_context_free(context) }
        connection.close()
    }

    // MARK: What to send

    /// Queues a message; false when the client has fallen too far behind and lost what waited.
    func add(_ message: [UInt8]) -> Bool {
        guard closingSince == nil else { return true }
        let fits =
            queue.isEmpty
            || (queue.count < limits.queueMessagesMax && queuedBytes + message.count <= limits.queueBytesMax)
        guard fits else {
            queue = []
            queuedBytes = 0
            awaitsSnapshot = true
            return false
        }
        queue.append(message)
        queuedBytes += message.count
        return true
    }

    /// A snapshot for a client that waits for one, once what was on its way has left.
    func addSnapshot(_ message: [UInt8]) {
        guard current == nil, left == outbox.count else { return }
        awaitsSnapshot = false
        _ = add(message)
    }

    func demandSnapshot() { awaitsSnapshot = true }

    func close(_ code: Int, now: Double) {
        guard closingSince == nil else { return }
        closingSince = now
        queue = []
        wslay_event_queue_close(context, UInt16(code), nil, 0)
    }

    // MARK: Moving bytes

    var wantsToWrite: Bool { left < outbox.count }
    var wantsToRead: Bool { wslay_event_want_read(context) != 0 }
    /// Both sides have said goodbye.
    private var isOver: Bool {
        !wantsToRead && wslay_event_want_write(context) == 0 && queue.isEmpty && !wantsToWrite
    }

    /// Reads what is there when `isReadable`, writes what the socket takes. False when the connection is over.
    func pump(now: Double) -> Bool {
        if isReadable, wantsToRead {
            let before = receivedBytes
            if wslay_event_recv(context) != 0 { isBroken = true }
            if receivedBytes > before { heardAt = now }
        }
        repeat { fill() } while flush() && hasMore
        if now - heardAt > limits.silentSecondsMax { isBroken = true }
        if let closingSince, now - closingSince > limits.closeSeconds { return false }
        return !isBroken && !isOver
    }

    private var hasMore: Bool {
        !isBroken && (wslay_event_want_write(context) != 0 || (!queue.isEmpty && current == nil && isOpen))
    }

    private var isOpen: Bool { wslay_event_get_write_enabled(context) != 0 && closingSince == nil }

    /// Hands wslay the next message and lets it write frames into the outbox.
    private func fill() {
        if current == nil, !queue.isEmpty {
            let next = queue.removeFirst()
            queuedBytes -= next.count
            guard isOpen else { return }
            (current, read) = (next, 0)
            var message = wslay_event_fragmented_msg()
            message.opcode = UInt8(WSLAY_TEXT_FRAME.rawValue)
            message.read_callback = readPiece
            if wslay_event_queue_fragmented_msg(context, &message) != 0 { current = nil }
        }
        if wslay_event_send(context) != 0 { isBroken = true }
    }

    /// True when the socket has taken everything.
    private func flush() -> Bool {
        while left < outbox.count {
            let count = outbox.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[left...])
                return Glibc.send(connection.descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if errno != EAGAIN { isBroken = true }
                return false
            }
            left += count
            sentBytes += count
        }
        outbox.removeAll(keepingCapacity: true)
        left = 0
        return true
    }

    /// A client that is still there answers with a pong, which wslay takes without telling.
    func ping(now: Double) {
        guard now - pingedAt >= limits.pingSeconds else { return }
        pingedAt = now
        var ping = wslay_event_msg(opcode: UInt8(WSLAY_PING.rawValue), msg: nil, msg_length: 0)
        wslay_event_queue_msg(context, &ping)
    }

    // MARK: wslay's side

    fileprivate func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if !early.isEmpty {
            let some = early.prefix(buffer.count)
            buffer.copyBytes(from: some)
            early = early.dropFirst(some.count)
            receivedBytes += some.count
            return some.count
        }
        let count = recv(connection.descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { receivedBytes += count }
        return count
    }

    /// 0: not now.
    fileprivate func put(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard outbox.count < Self.outboxBytes else { return 0 }
        outbox.append(contentsOf: bytes)
        return bytes.count
    }

    fileprivate func piece(into buffer: UnsafeMutableRawBufferPointer) -> (count: Int, isLast: Bool) {
        guard let message = current else { return (0, true) }
        let count = min(buffer.count, message.count - read)
        message.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[read..<read + count])) }
        read += count
        let isLast = read == message.count
        if isLast {
            current = nil
            sentMessages += 1
        }
        return (count, isLast)
    }
}

private func client(_ context: UnsafeMutableRawPointer?) -> WebSocketClient? {
    context.map { Unmanaged<WebSocketClient>.fromOpaque($0).takeUnretainedValue() }
}

private func receive(
    _ context: wslay_event_context_ptr?, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int, _ flags: CInt,
    _ user: UnsafeMutableRawPointer?
) -> Int {
    guard let client = client(user) else { return -1 }
    let read = client.take(into: UnsafeMutableRawBufferPointer(start: buffer, count: count))
    if read > 0 { return read }
    let isLater = read < 0 && (errno == EAGAIN || errno == EINTR)
    let error = isLater ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE
    wslay_event_set_error(context, CInt(error.rawValue))
    return -1
}

private func send(
    _ context: wslay_event_context_ptr?, _ bytes: UnsafePointer<UInt8>?, _ count: Int, _ flags: CInt,
    _ user: UnsafeMutableRawPointer?
) -> Int {
    let taken = client(user)?.put(UnsafeRawBufferPointer(start: bytes, count: count)) ?? 0
    if taken > 0 || count == 0 { return taken }
    wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK.rawValue)
    return -1
}

private func readPiece(
    _ context: wslay_event_context_ptr?, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int,
    _ source: UnsafePointer<wslay_event_msg_source>?, _ isLast: UnsafeMutablePointer<CInt>?,
    _ user: UnsafeMutableRawPointer?
) -> Int {
    guard let client = client(user) else { return -1 }
    let piece = client.piece(into: UnsafeMutableRawBufferPointer(start: buffer, count: count))
    if piece.isLast { isLast?.pointee = 1 }
    return piece.count
}
