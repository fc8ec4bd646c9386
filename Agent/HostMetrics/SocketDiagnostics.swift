import CLinux
import Glibc

/// The kernel's own list of sockets, filtered by state before it leaves the kernel: sock_diag(7), NETLINK_SOCK_DIAG.
///
///     ┌──────────────┬────────────────────┐   request: dump, one address family, TCP, a bit mask of states
///     │ nlmsghdr 16  │ inet_diag_req_v2   │
///     └──────────────┴────────────────────┘
///     ┌──────────────┬────────────────────┬────────────┐   answer: any number, then NLMSG_DONE
///     │ nlmsghdr 16  │ inet_diag_msg      │ attributes │   aligned to 4
///     └──────────────┴────────────────────┴────────────┘
///
/// Needs no privilege. Sees the agent's own network namespace.
enum SocketDiagnostics {
    private static let byFamilyType: UInt16 = 20  // SOCK_DIAG_BY_FAMILY
    private static let dumpFlags: UInt16 = 0x301  // NLM_F_REQUEST | NLM_F_DUMP, macros that do not import
    private static let headerBytes = MemoryLayout<nlmsghdr>.size
    private static let failed: UInt16 = 2  // NLMSG_ERROR
    private static let done: UInt16 = 3  // NLMSG_DONE

    private static let bothFamilies: UInt16 = 18  // TCPDIAG_GETSOCK

    /// The kernel walks its whole table for every request, and a large machine's table is long when it is empty too.
    /// The older request answers for IPv4 and IPv6 in one walk; where it is refused, each is asked for.
    static func read() throws(ReadError) -> SocketReading {
        do throws(ReadError) {
            return try together()
        } catch {
            return try byFamily()
        }
    }

    static func together() throws(ReadError) -> SocketReading {
        var request = Request<inet_diag_req>(type: bothFamilies, body: inet_diag_req())
        request.body.idiag_family = UInt8(AF_INET)
        request.body.idiag_states = states
        return try dump([request])
    }

    static func byFamily() throws(ReadError) -> SocketReading {
        try dump(
            [AF_INET, AF_INET6].map { family in
                var request = Request<inet_diag_req_v2>(type: byFamilyType, body: inet_diag_req_v2())
                request.body.sdiag_family = UInt8(family)
                request.body.sdiag_protocol = UInt8(IPPROTO_TCP)
                request.body.idiag_states = states
                return request
            })
    }

    private static let states: UInt32 = 1 << UInt32(TCPState.closeWait) | 1 << UInt32(TCPState.listen)

    private struct Request<Body: BitwiseCopyable> {
        var header = nlmsghdr()
        var body: Body

        init(type: UInt16, body: Body) {
            self.body = body
            header.nlmsg_len = UInt32(MemoryLayout<Self>.size)
            header.nlmsg_type = type
            header.nlmsg_flags = dumpFlags
        }
    }

    private static func dump<Body>(_ requests: [Request<Body>]) throws(ReadError) -> SocketReading {
        let netlink = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), Int32(NETLINK_SOCK_DIAG))
        guard netlink >= 0 else { throw failure(errno) }
        defer { close(netlink) }
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var sockets = SocketReading()
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        for request in requests {
            var request = request
            let size = MemoryLayout<Request<Body>>.size
            guard send(netlink, &request, size, 0) == size else { throw failure(errno) }
            while try !receive(netlink, &buffer, into: &sockets) {}
        }
        return sockets
    }

    /// One datagram of answers. Returns whether the dump is done.
    private static func receive(
        _ netlink: Int32, _ buffer: inout [UInt8], into sockets: inout SocketReading
    ) throws(ReadError) -> Bool {
        let count = recv(netlink, &buffer, buffer.count, Int32(MSG_TRUNC))
        guard count > 0 else { throw failure(count == 0 ? EPROTO : errno) }
        guard count <= buffer.count else { throw failure(EMSGSIZE) }
        return try parse(buffer.span.bytes.extracting(0..<count), into: &sockets)
    }

    /// The messages of one datagram; true when the last of the dump was among them.
    static func parse(_ bytes: RawSpan, into sockets: inout SocketReading) throws(ReadError) -> Bool {
        var start = 0
        while start + headerBytes <= bytes.byteCount {
            let header = bytes.unsafeLoadUnaligned(fromByteOffset: start, as: nlmsghdr.self)
            let length = Int(header.nlmsg_len)
            guard length >= headerBytes, start + length <= bytes.byteCount else { throw failure(EPROTO) }
            switch header.nlmsg_type {
            case done: return true
            case failed:
                guard length >= headerBytes + 4 else { throw failure(EPROTO) }
                let code = bytes.unsafeLoadUnaligned(fromByteOffset: start + headerBytes, as: Int32.self)
                throw failure(code > .min ? -code : EPROTO)
            case byFamilyType, bothFamilies:
                guard length >= headerBytes + MemoryLayout<inet_diag_msg>.size else { throw failure(EPROTO) }
                let message = bytes.unsafeLoadUnaligned(fromByteOffset: start + headerBytes, as: inet_diag_msg.self)
                sockets.add(state: message.idiag_state, port: UInt16(bigEndian: message.id.idiag_sport))
            default: break
            }
            start += (length + 3) & ~3
        }
        return false
    }

    private static func failure(_ code: Int32) -> ReadError { .unreadable(file: "netlink", code: code) }
}
