import CCurl
import Daemon
import Glibc

/// Keeps a client from addresses that a webhook has no business with: link-local ones, where clouds hand out
/// credentials, and the metadata services that live elsewhere. It sees the address that a connection is about to be
/// opened to, so a name that resolves to one is refused as the address itself is.
package final class AddressGate: Sendable {
    private let refused = Locked<String?>(nil)

    package init() {}

    /// Why the last request was refused, once.
    func takeRefused() -> String? {
        refused.withLock { refused in
            defer { refused = nil }
            return refused
        }
    }

    fileprivate func admits(_ address: [UInt8]) -> Bool {
        guard let why = Self.objection(to: address) else {
            refused.withLock { $0 = nil }
            return true
        }
        refused.withLock { $0 = "\(Self.text(address)) is \(why)" }
        return false
    }

    /// Why an address that is written out (`169.254.169.254`, `fe80::1`) is kept closed; nil for one that is open, and
    /// for a name, which is looked at when it is resolved.
    package static func objection(to host: String) -> String? {
        var address = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, host, &address) == 1 { return objection(to: Array(address[..<4])) }
        return inet_pton(AF_INET6, host, &address) == 1 ? objection(to: address) : nil
    }

    /// Why an address (4 or 16 bytes, network order) is kept closed; nil when it is open.
    static func objection(to address: [UInt8]) -> String? {
        if let inner = embedded(in: address) { return objection(to: inner) }
        if address.starts(with: [169, 254]) { return "a link-local address" }
        if address.count == 16, address[0] == 0xfe, address[1] & 0xc0 == 0x80 { return "a link-local address" }
        return metadata.contains(address) ? "the address of a cloud's metadata service" : nil
    }

    /// Amazon's over IPv6, Google's over IPv6, Alibaba's, Oracle's, Azure's.
    private static let metadata: [[UInt8]] = [
        [0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],
        [0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],
        [100, 100, 100, 200], [192, 0, 0, 192], [168, 63, 129, 16],
    ]

    /// The IPv4 address inside an IPv6 one: mapped (RFC 4291 §2.5.5.2), NAT64 (RFC 6052), 6to4 (RFC 3056).
    private static func embedded(in address: [UInt8]) -> [UInt8]? {
        guard address.count == 16 else { return nil }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
        let translated: [UInt8] = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]
        if address.starts(with: mapped) || address.starts(with: translated) { return Array(address[12...]) }
        return address.starts(with: [0x20, 0x02]) ? Array(address[2..<6]) : nil
    }

    private static func text(_ address: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isOld = address.count == 4
        guard inet_ntop(isOld ? AF_INET : AF_INET6, address, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// CURLOPT_OPENSOCKETFUNCTION(3): CURL_SOCKET_BAD is "not this one", and the next address of the name is tried.
func openSocket(
    _ context: UnsafeMutableRawPointer?, _: curlsocktype, _ target: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context, let target, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return -1 }
    // The struct is declared with the smallest address; libcurl gives it as many bytes as `addrlen` says.
    let bytes = UnsafeRawBufferPointer(
        start: UnsafeRawPointer(target) + offset, count: Int(target.pointee.addrlen))
    let gate = Unmanaged<AddressGate>.fromOpaque(context).takeUnretainedValue()
    let place = target.pointee.family == AF_INET ? 4..<8 : target.pointee.family == AF_INET6 ? 8..<24 : 0..<0
    guard !place.isEmpty, place.upperBound <= bytes.count, gate.admits(Array(bytes[place])) else { return -1 }
    return socket(
        target.pointee.family, target.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), target.pointee.protocol)
}
