/// One member's header, as POSIX.1-1988 ustar lays it out (pax(1), "ustar Interchange Format"): the subset that a
/// backup needs, so that tar(1) unpacks it too.
///
///     name 100 · mode 8 · uid 8 · gid 8 · size 12 · mtime 12 · checksum 8 · type 1 · link 100 · "ustar\0" "00" · …
///
/// Numbers are octal. A size of 8 GiB and more is written as GNU tar does: 0x80, then big-endian.
package struct TarHeader: Equatable, Sendable {
    package static let blockBytes = 512
    package static let nameMax = 100

    package var name: String
    /// Bytes of the member's body.
    package var size: Int
    /// Unix seconds.
    package var time: Int

    package init(name: String, size: Int, time: Int) {
        (self.name, self.size, self.time) = (name, size, time)
    }

    /// A path below the folder that it belongs to, which cannot lead out of it.
    package static func isSafe(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return (1...nameMax).contains(name.utf8.count) && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\\") }
    }

    package var bytes: [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.blockBytes)
        func put(_ text: String, at place: Int) {
            for (offset, byte) in text.utf8.enumerated() { block[place + offset] = byte }
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        put(name, at: 0)
        put("0000600", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        if size < 1 << 33 {
            put(octal(size, 11), at: 124)
        } else {
            block[124] = 0x80
            for index in 0..<8 { block[128 + index] = UInt8(truncatingIfNeeded: size >> (8 * (7 - index))) }
        }
        put(octal(max(0, time), 11), at: 136)
        put("        ", at: 148)
        block[156] = UInt8(ascii: "0")
        put("ustar", at: 257)
        put("00", at: 263)
        let sum = block.reduce(0) { $0 + Int($1) }
        put(octal(sum, 6), at: 148)
        (block[154], block[155]) = (0, UInt8(ascii: " "))
        return block
    }

    /// Nil for a block that is not what `bytes` makes of some member.
    package init?(_ block: [UInt8]) {
        guard block.count == Self.blockBytes else { return nil }
        let name = String(decoding: block[..<100].prefix { $0 != 0 }, as: UTF8.self)
        var size = 0
        if block[124] == 0x80 {
            guard block[128] < 0x10 else { return nil }
            for index in 0..<8 { size = size << 8 | Int(block[128 + index]) }
        } else {
            guard let value = Int(String(decoding: block[124..<135], as: UTF8.self), radix: 8) else { return nil }
            size = value
        }
        guard let time = Int(String(decoding: block[136..<147], as: UTF8.self), radix: 8) else { return nil }
        self.init(name: name, size: size, time: time)
        guard Self.isSafe(name), size >= 0, bytes == block else { return nil }
    }
}
