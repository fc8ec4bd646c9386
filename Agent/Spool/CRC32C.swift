/// The Castagnoli checksum (RFC 3720, B.4): what storage uses, because it finds every burst of errors up to 32 bits.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
    }

    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = UInt32.max
        let table = table
        for byte in bytes { crc = crc >> 8 ^ table[Int((crc ^ UInt32(byte)) & 0xff)] }
        return ~crc
    }
}

extension Array where Element == UInt8 {
    mutating func append<N: FixedWidthInteger>(littleEndian number: N) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension Collection where Element == UInt8 {
    /// The first bytes as a little-endian number; missing ones count as 0.
    func littleEndian<N: FixedWidthInteger & UnsignedInteger>(as type: N.Type = N.self) -> N {
        prefix(MemoryLayout<N>.size).reversed().reduce(0) { $0 << 8 | N($1) }
    }
}
