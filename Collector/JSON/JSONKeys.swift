/// A fixed list of member names, found by their bytes: one hash and one comparison a member, and no `String`.
package struct JSONKeys: Sendable {
    private let names: [[UInt8]]
    /// Open addressing: position in `names`, or −1. At most half full.
    private let table: [Int]
    private let mask: Int

    /// Later duplicates of a name are never found.
    package init(_ names: [String]) {
        self.names = names.map { Array($0.utf8) }
        var size = 8
        while size < 2 * names.count { size *= 2 }
        mask = size - 1
        var table = Array(repeating: -1, count: size)
        for (position, name) in self.names.enumerated() {
            var slot = name.withUnsafeBytes { Self.hash($0) } & mask
            while table[slot] >= 0 { slot = (slot + 1) & mask }
            table[slot] = position
        }
        self.table = table
    }

    /// The position of a name in the list, or nil.
    package func position(of key: JSONText) -> Int? {
        var slot = Self.hash(key.utf8) & mask
        while table[slot] >= 0 {
            let isEqual = names[table[slot]].withUnsafeBytes { key.equals($0) }
            if isEqual { return table[slot] }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Length, the first byte and the last seven: enough to tell metric names apart, and cheap. A stranger who makes
    /// names collide gains nothing, because only our own names are in the table.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
        if let first = bytes.first { hash ^= UInt64(first) &* 0xC2B2_AE3D_27D4_EB4F }
        for i in max(0, bytes.count - 7)..<bytes.count { hash = (hash ^ UInt64(bytes[i])) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash >> 20)
    }
}
