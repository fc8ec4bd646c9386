/// A host's two numbers, both from SHA-256 of its name in UTF-8 (data contract, section 5).
package struct ServerIdentity: Sendable, Hashable {
    /// The identity: the digest's first 8 bytes, big-endian.
    package let serverID: UInt64
    /// What people and the older interface see: the first 8 hex digits as a number, mod 1 000 000. Two hosts may share
    /// one.
    package let code: Int

    package init(host: String) {
        var digest: UInt64 = 0
        for byte in Self.digest(of: host).prefix(8) { digest = digest << 8 | UInt64(byte) }
        serverID = digest
        code = Int(digest >> 32) % 1_000_000
    }

    /// The server_id as JSON carries it: 16 hex digits, because a JSON number loses its last bits.
    package var text: String { Self.text(of: serverID) }

    package static func text(of serverID: UInt64) -> String {
        let digits = String(serverID, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The server_id of its 16 hex digits, or nil.
    package static func serverID(text: String) -> UInt64? {
        text.utf8.count == 16 && text.utf8.allSatisfy { $0 != UInt8(ascii: "+") } ? UInt64(text, radix: 16) : nil
    }

    private static func digest(of name: String) -> [UInt8] {
        var name = name
        return name.withUTF8 { SHA256.digest(of: UnsafeRawBufferPointer($0)) }
    }
}
