import Glibc

/// Tells the service manager how it goes: the protocol of sd_notify(3), by hand, for libsystemd maps megabytes.
///
/// A message is one datagram of lines `KEY=value`, sent to the Unix socket that NOTIFY_SOCKET names; an '@' stands for
/// the NUL that begins an abstract name: unix(7). Where nobody asked for it, every call does nothing.
package struct ServiceManager: Sendable {
    /// Within how many seconds the manager wants to hear `alive`; nil when it does not watch this process. Say it at
    /// half the time: sd_watchdog_enabled(3).
    package let watchdogSeconds: Double?
    /// The socket's address in the kernel's form, its family left out; empty when nobody listens.
    private let path: [UInt8]

    package init(
        environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }, process: Int32 = getpid()
    ) {
        let socket = Array((environment("NOTIFY_SOCKET") ?? "").utf8)
        // Other forms (vsock:) are for the manager of a virtual machine.
        let isOurs = socket.first == UInt8(ascii: "/") || socket.first == UInt8(ascii: "@")
        let room = MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        guard isOurs, socket.count > 1, socket.count < room else {
            path = []
            watchdogSeconds = nil
            return
        }
        path = socket.first == UInt8(ascii: "@") ? [0] + socket.dropFirst() : socket
        let isForUs = environment("WATCHDOG_PID").map { Int32($0) == process } ?? true
        let microseconds = environment("WATCHDOG_USEC").flatMap { UInt64($0) } ?? 0
        watchdogSeconds = isForUs && microseconds > 0 ? Double(microseconds) / 1e6 : nil
    }

    /// Whether anybody listens.
    package var isThere: Bool { !path.isEmpty }

    package func ready(status: String) { tell("READY=1", status: status) }
    package func alive(status: String) { tell("WATCHDOG=1", status: status) }
    package func say(status: String) { tell(status: status) }
    package func stopping(status: String) { tell("STOPPING=1", status: status) }

    /// The manager compares the moment with that of its own request, hence its clock.
    package func reloading() {
        tell("RELOADING=1", "MONOTONIC_USEC=\(UInt64(Clock.monotonicSeconds() * 1e6))", status: "reloading")
    }

    private func tell(_ lines: String..., status: String) {
        guard isThere else { return }
        let status = String(status.map { $0.isNewline ? " " : $0 })
        send(Array((lines + ["STATUS=\(status)"]).joined(separator: "\n").utf8))
    }

    /// A message that cannot be delivered is not worth an end: a manager that misses it acts by its own rules.
    private func send(_ message: [UInt8]) {
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // A manager that has stopped reading must not stop us.
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
    }
}
