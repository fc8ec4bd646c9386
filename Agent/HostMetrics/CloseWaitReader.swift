/// TCP sockets in CLOSE_WAIT: the peer has hung up and a program here has not noticed.
///
/// A socket whose local port somebody listens at was accepted there: front. Any other was opened from here: back.
package struct CloseWaitReader {
    package struct Counts: Equatable {
        package var front = 0
        package var back = 0
    }

    /// Which way to ask. The text says the same as netlink, at a price.
    package enum Source {
        case netlink, text
        /// The text only where netlink is refused (seccomp, a kernel without inet_diag).
        case netlinkElseText
    }

    /// A restarted server's old sockets are still its clients', though for a moment nobody listens.
    static let memorySeconds = 600.0

    /// When a port was last known to be a server's, in monotonic seconds.
    private var seen: [UInt16: Double] = [:]

    private let source: Source

    package init(source: Source = .netlinkElseText) { self.source = source }

    /// `now` in monotonic seconds.
    package mutating func read(_ root: ProcRoot, at now: Double) throws(ReadError) -> Counts {
        guard root.isLive, source != .text else { return count(try TCPTable.read(root), at: now) }
        do throws(ReadError) {
            return count(try SocketDiagnostics.read(), at: now)
        } catch {
            if source == .netlink { throw error }
            return count(try TCPTable.read(root), at: now)
        }
    }

    /// `now` in monotonic seconds.
    mutating func count(_ sockets: SocketReading, at now: Double) -> Counts {
        for port in sockets.listening { seen[port] = now }
        var counts = Counts()
        for (port, sockets) in sockets.closeWait {
            if let last = seen[port], now - last <= Self.memorySeconds {
                counts.front += sockets
                // As long as they hang there, they stay what they are.
                seen[port] = now
            } else {
                counts.back += sockets
            }
        }
        if seen.count > sockets.listening.count { seen = seen.filter { now - $0.value <= Self.memorySeconds } }
        return counts
    }
}
