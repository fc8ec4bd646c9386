import CMicrohttpd
import Glibc

/// Where a connection comes from, as coarsely as limits count: an IPv4 address, or the 64 bits of an IPv6 address that
/// stand for one network (RFC 6177), for whoever has one of these has 2⁶⁴ addresses.
struct PeerAddress: Hashable {
    var isIPv6: Bool
    var bits: UInt64

    init(isIPv6: Bool, bits: UInt64) {
        self.isIPv6 = isIPv6
        self.bits = bits
    }

    /// Nil for what is neither: a socket of another family.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch CInt(address.pointee.sa_family) {
        case AF_INET:
            self = UnsafeRawPointer(address).withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                Self(isIPv6: false, bits: UInt64(UInt32(bigEndian: $0.pointee.sin_addr.s_addr)))
            }
        case AF_INET6:
            let bytes = UnsafeRawPointer(address).withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) }
            }
            self.init(ipv6: bytes)
        default: return nil
        }
    }

    /// 16 bytes. An IPv4 address in IPv6's clothes (RFC 4291 §2.5.5.2) is what it is.
    init(ipv6 bytes: [UInt8]) {
        let mapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
        self.init(
            isIPv6: !mapped, bits: (mapped ? bytes[12...] : bytes[..<8]).reduce(0) { $0 << 8 | UInt64($1) })
    }
}
