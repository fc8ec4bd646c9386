import Glibc

/// What the sockets of this host's network namespace say about CLOSE_WAIT.
struct SocketReading: Equatable {
    /// Local ports somebody listens at, IPv4 and IPv6 together: a socket at [::] serves IPv4 clients too.
    var listening: Set<UInt16> = []
    /// CLOSE_WAIT sockets by local port.
    var closeWait: [UInt16: Int] = [:]

    mutating func add(state: UInt8, port: UInt16) {
        switch state {
        case TCPState.closeWait: closeWait[port, default: 0] += 1
        case TCPState.listen: listening.insert(port)
        default: return
        }
    }
}

/// Numbers of the kernel's include/net/tcp_states.h.
enum TCPState {
    static let closeWait: UInt8 = 8
    static let listen: UInt8 = 10
}

/// /proc/net/tcp and /proc/net/tcp6, proc_pid_net(5): the way of captured trees, and of hosts that refuse netlink.
/// The kernel writes a line for every socket of every state, so this is dear on a busy host.
enum TCPTable {
    static func read(_ root: ProcRoot) throws(ReadError) -> SocketReading {
        var sockets = SocketReading()
        try add("net/tcp", of: root, to: &sockets)
        do throws(ReadError) {
            try add("net/tcp6", of: root, to: &sockets)
        } catch .absent {
            // A kernel without IPv6 has no such file, and nothing to count in it.
        }
        return sockets
    }

    /// By chunks: thirty thousand sockets are five megabytes of text.
    private static func add(_ name: String, of root: ProcRoot, to sockets: inout SocketReading) throws(ReadError) {
        let file = open("\(root.path)/\(name)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw errno == ENOENT ? .absent(file: name) : .unreadable(file: name, code: errno) }
        defer { close(file) }
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        var rest: [UInt8] = []
        var number = 0
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count >= 0 else { throw .unreadable(file: name, code: errno) }
            rest += chunk.prefix(count)
            // A file that ends without a newline still has a last line.
            if count == 0, !rest.isEmpty { rest.append(newline) }
            guard let end = rest.lastIndex(of: newline) else { break }
            try add(Text(file: name, bytes: Array(rest[...end])), firstLine: number, to: &sockets)
            number += rest[...end].count { $0 == newline }
            rest.removeSubrange(...end)
            if count == 0 { break }
        }
    }

    static func parse(_ text: Text) throws(ReadError) -> SocketReading {
        var sockets = SocketReading()
        try add(text, firstLine: 0, to: &sockets)
        return sockets
    }

    private static func add(_ text: Text, firstLine: Int, to sockets: inout SocketReading) throws(ReadError) {
        for line in text.lines {
            let number = firstLine + line.number
            // The heading.
            if number == 1 { continue }
            let fields = Line(file: line.file, number: number, bytes: line.bytes).fields
            if fields.count == 0 { continue }
            guard fields.count > 3, let state = UInt8(fields.text(3) ?? "", radix: 16) else {
                throw fields.line.malformed("a socket's state", fields.text(3) ?? "end of line")
            }
            guard state == TCPState.closeWait || state == TCPState.listen else { continue }
            let address = fields.text(1) ?? ""
            guard let port = UInt16(address.split(separator: ":").last ?? "", radix: 16) else {
                throw fields.line.malformed("an address and a port", address)
            }
            sockets.add(state: state, port: port)
        }
    }
}
