/// Writes JSON (RFC 8259) straight into bytes. Both programs use it: the agent must not load Foundation, and the
/// collector writes forecasts of ten thousand numbers. Numbers that JSON cannot say (NaN, infinities) become null.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Structure

    package mutating func object(_ body: (inout JSONWriter) -> Void) { nest("{", "}", body) }
    package mutating func array(_ body: (inout JSONWriter) -> Void) { nest("[", "]", body) }

    package mutating func member(_ key: String, _ body: (inout JSONWriter) -> Void) {
        self.key(key)
        body(&self)
    }

    package mutating func member(_ key: String, _ value: String?) { self.key(key); self.value(value) }
    package mutating func member(_ key: String, _ value: Double?) { self.key(key); self.value(value) }
    package mutating func member(_ key: String, _ value: Bool) { self.key(key); self.value(value) }
    package mutating func member<N: BinaryInteger>(_ key: String, _ value: N?) { self.key(key); self.value(value) }

    // MARK: Values

    package mutating func value(_ value: String?) {
        guard let value else { return literal("null") }
        separate()
        quote(value)
    }

    package mutating func value(_ value: Double?) {
        guard let value, value.isFinite else { return literal("null") }
        if value == value.rounded(), abs(value) < 1e15 { return self.value(Int64(value)) }
        literal(value.description)
    }

    /// Rounded to a thousandth: what a person or a chart can use, without the noise of binary fractions.
    package mutating func value(toThousandth value: Double?) {
        guard let value, value.magnitude < 1e11 else {
            return self.value(value.map { ($0 * 1000).rounded() / 1000 })
        }
        separate()
        bytes.append(toThousandth: value, isWholeBare: true)
    }

    package mutating func value(_ value: Float) {
        guard value.isFinite else { return literal("null") }
        if value == value.rounded(), abs(value) < 1e9 { return self.value(Int64(value)) }
        literal(value.description)
    }

    package mutating func value(_ value: Bool) { literal(value ? "true" : "false") }

    package mutating func value<N: BinaryInteger>(_ value: N?) {
        guard let value else { return literal("null") }
        literal(String(value))
    }

    /// Bytes that are already JSON.
    package mutating func raw(_ json: [UInt8]) {
        separate()
        bytes += json
    }

    // MARK: Inside

    private mutating func nest(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func key(_ key: String) {
        separate()
        quote(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(Self.hexadecimal[Int(byte >> 4)])
                bytes.append(Self.hexadecimal[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)
}
