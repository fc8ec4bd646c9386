/// simdjson's tape (its doc/tape.md), every access checked against its ends.
///
/// A word is a tag byte above a 56-bit payload. Objects and arrays carry the index one past their closing word in the
/// payload's low 32 bits; numbers are followed by a word of their own; a string's payload is the offset of a four-byte
/// little-endian length and the bytes after it.
@frozen
package struct JSONTape {
    @usableFromInline let words: UnsafeBufferPointer<UInt64>
    @usableFromInline let strings: UnsafeRawBufferPointer

    init(words: UnsafeBufferPointer<UInt64>, strings: UnsafeRawBufferPointer) {
        self.words = words
        self.strings = strings
    }

    /// The word at `index`, 0 beyond the end: 0 is no tag, so a reader that strays finds nothing.
    @inlinable
    func word(_ index: Int) -> UInt64 {
        index >= 0 && index < words.count ? words[index] : 0
    }

    @inlinable
    func tag(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: word(index) >> 56) }

    /// One past the last word of the value at `index`. It always moves forward, so a walk ends.
    @inlinable
    func end(_ index: Int) -> Int {
        switch tag(index) {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            max(index + 1, Int(truncatingIfNeeded: word(index) & 0xFFFF_FFFF))
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index + 2
        default: index + 1
        }
    }

    /// The UTF-8 of the string at `index`, without escapes; empty when it is not a string.
    @inlinable
    func string(_ index: Int) -> UnsafeRawBufferPointer {
        let word = word(index)
        let offset = Int(truncatingIfNeeded: word & 0x00FF_FFFF_FFFF_FFFF)
        guard word >> 56 == UInt64(UInt8(ascii: "\"")), offset + 4 <= strings.count else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        let count = Int(UInt32(littleEndian: strings.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        guard offset + 4 + count <= strings.count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: strings[offset + 4..<offset + 4 + count])
    }
}
