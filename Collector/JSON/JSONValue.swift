/// One value of a parsed text, borrowed from the `JSONParser` that read it; see `JSONParser.parse`.
///
/// Nothing here can read out of bounds or trap: asking a number for its members gives none, a text for its number nil.
@frozen
package struct JSONValue {
    @usableFromInline let tape: JSONTape
    @usableFromInline let index: Int

    @inlinable
    init(tape: JSONTape, index: Int) {
        self.tape = tape
        self.index = index
    }

    package enum Kind: String, Sendable {
        case object, array, string, number, bool, null
    }

    @inlinable
    package var kind: Kind {
        switch tape.tag(index) {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        default: .null
        }
    }

    @inlinable
    package var isNull: Bool { kind == .null }

    /// A number, however it is written. Integers beyond 2⁵³ are rounded, as everywhere in JSON.
    @inlinable
    package var double: Double? {
        switch tape.tag(index) {
        case UInt8(ascii: "d"): Double(bitPattern: tape.word(index + 1))
        case UInt8(ascii: "l"): Double(Int64(bitPattern: tape.word(index + 1)))
        case UInt8(ascii: "u"): Double(tape.word(index + 1))
        default: nil
        }
    }

    /// A number that is whole and fits: `3`, and also `3.0`, which is the same number in JSON.
    @inlinable
    package var int64: Int64? {
        switch tape.tag(index) {
        case UInt8(ascii: "l"): Int64(bitPattern: tape.word(index + 1))
        case UInt8(ascii: "u"): Int64(exactly: tape.word(index + 1))
        case UInt8(ascii: "d"): Int64(exactly: Double(bitPattern: tape.word(index + 1)))
        default: nil
        }
    }

    @inlinable
    package var uint64: UInt64? {
        switch tape.tag(index) {
        case UInt8(ascii: "u"): tape.word(index + 1)
        default: int64.flatMap { UInt64(exactly: $0) }
        }
    }

    @inlinable
    package var bool: Bool? {
        switch tape.tag(index) {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// A string's bytes where they lie, to compare without making a `String`.
    @inlinable
    package var text: JSONText? {
        tape.tag(index) == UInt8(ascii: "\"") ? JSONText(utf8: tape.string(index)) : nil
    }

    /// A string, copied.
    @inlinable
    package var string: String? { text?.string }

    /// How a number was written that JSON cannot say; see `JSONParser.UnreadableNumbers`. To `kind` it is a string.
    package var unreadableNumber: String? {
        guard let string, string.hasPrefix(JSONNumberMarks.marker) else { return nil }
        return String(string.dropFirst(JSONNumberMarks.marker.count))
    }

    /// An object's members in their order, duplicates included; none when it is no object.
    @inlinable
    package var members: JSONMembers { JSONMembers(self) }

    /// An array's elements; none when it is no array.
    @inlinable
    package var elements: JSONElements { JSONElements(self) }

    /// The member of a name; of several, the last. It looks at every member: to read them all, walk `members` once.
    @inlinable
    package subscript(name: StaticString) -> JSONValue? {
        var found: JSONValue?
        for member in members where member.key == name { found = member.value }
        return found
    }

    @inlinable
    package subscript(key key: String) -> JSONValue? {
        var found: JSONValue?
        for member in members where member.key == key { found = member.value }
        return found
    }
}

/// The bytes of a string, borrowed like the value they are of.
@frozen
package struct JSONText {
    package let utf8: UnsafeRawBufferPointer

    @inlinable
    init(utf8: UnsafeRawBufferPointer) { self.utf8 = utf8 }

    package var string: String { String(decoding: utf8, as: UTF8.self) }

    @inlinable
    package static func == (left: Self, right: StaticString) -> Bool {
        right.withUTF8Buffer { left.equals(UnsafeRawBufferPointer($0)) }
    }

    @inlinable
    package static func == (left: Self, right: String) -> Bool {
        var right = right
        return right.withUTF8 { left.equals(UnsafeRawBufferPointer($0)) }
    }

    @inlinable
    package func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        guard utf8.count == other.count else { return false }
        for i in 0..<utf8.count where utf8[i] != other[i] { return false }
        return true
    }
}

/// One member of an object.
@frozen
package struct JSONMember {
    package let key: JSONText
    package let value: JSONValue

    @inlinable
    init(key: JSONText, value: JSONValue) {
        self.key = key
        self.value = value
    }
}

@frozen
package struct JSONMembers: Sequence, IteratorProtocol {
    @usableFromInline let tape: JSONTape
    @usableFromInline var position: Int
    @usableFromInline let end: Int

    @inlinable
    init(_ value: JSONValue) {
        tape = value.tape
        let isObject = value.tape.tag(value.index) == UInt8(ascii: "{")
        position = value.index + 1
        end = isObject ? value.tape.end(value.index) - 1 : position
    }

    @inlinable
    package mutating func next() -> JSONMember? {
        guard position < end else { return nil }
        let key = JSONText(utf8: tape.string(position))
        let value = JSONValue(tape: tape, index: position + 1)
        position = tape.end(position + 1)
        return JSONMember(key: key, value: value)
    }
}

@frozen
package struct JSONElements: Sequence, IteratorProtocol {
    @usableFromInline let tape: JSONTape
    @usableFromInline var position: Int
    @usableFromInline let end: Int

    @inlinable
    init(_ value: JSONValue) {
        tape = value.tape
        let isArray = value.tape.tag(value.index) == UInt8(ascii: "[")
        position = value.index + 1
        end = isArray ? value.tape.end(value.index) - 1 : position
    }

    @inlinable
    package mutating func next() -> JSONValue? {
        guard position < end else { return nil }
        let value = JSONValue(tape: tape, index: position)
        position = tape.end(position)
        return value
    }
}
