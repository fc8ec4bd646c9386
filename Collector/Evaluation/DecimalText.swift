import Daemon
import Glibc

/// Numbers and times where they stand in a text, without a copy.
enum DecimalText {
    /// What a cell must be, after what it is.
    static let valueRule = "is no number; a gap is an empty cell"
    static let timeRule = "is no time; write Unix seconds or 2026-11-23 10:00:00"

    private static let powers: [Double] = (0...22).map { pow(10, Double($0)) }

    /// A cell's number; an empty one, `NaN` and `null` are a gap: NaN. nil when it is anything else, infinities
    /// included.
    static func value(_ bytes: UnsafeBufferPointer<UInt8>, _ field: Range<Int>) -> Float? {
        if field.isEmpty { return .nan }
        if let number = number(bytes, field) { return number.magnitude <= 3e38 ? Float(number) : nil }
        let word = text(bytes, field).prefix(8).lowercased()
        return ["nan", "null", "na", "none"].contains(word) ? .nan : nil
    }

    /// Decimal, exact to the last bit where mantissa and power of ten are (Clinger's fast path: fewer than 2⁵³ and
    /// within 10²²), else within one unit in the last place, which no `Float` shows.
    static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ field: Range<Int>) -> Double? {
        var at = field.lowerBound
        let end = field.upperBound
        var isNegative = false
        if at < end, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") {
            isNegative = bytes[at] == UInt8(ascii: "-")
            at += 1
        }
        var mantissa: UInt64 = 0
        var (digits, exponent, isFraction) = (0, 0, false)
        while at < end {
            let byte = bytes[at]
            if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
            } else if byte >= 0x30, byte <= 0x39 {
                digits += 1
                if mantissa < 1_000_000_000_000_000_000 {
                    mantissa = mantissa * 10 + UInt64(byte - 0x30)
                    if isFraction { exponent -= 1 }
                } else if !isFraction {
                    exponent += 1
                }
            } else {
                break
            }
            at += 1
        }
        guard digits > 0 else { return nil }
        if at < end {
            guard bytes[at] | 0x20 == UInt8(ascii: "e"), let power = integer(bytes, at + 1..<end) else { return nil }
            exponent += max(-400, min(400, power))
        }
        var value = Double(mantissa)
        if exponent < 0 {
            value = exponent >= -22 ? value / powers[-exponent] : value * pow(10, Double(exponent))
        } else if exponent > 0 {
            value = exponent <= 22 ? value * powers[exponent] : value * pow(10, Double(exponent))
        }
        return isNegative ? -value : value
    }

    private static func text(_ bytes: UnsafeBufferPointer<UInt8>, _ field: Range<Int>) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[field]), as: UTF8.self)
    }

    private static func integer(_ bytes: UnsafeBufferPointer<UInt8>, _ field: Range<Int>) -> Int? {
        guard field.count <= 8 else { return nil }
        return Int(text(bytes, field))
    }

    /// Unix seconds: written so, or as a date with a time (`T` or a space between; UTC where no zone is named), or as a
    /// date alone.
    static func time(_ bytes: UnsafeBufferPointer<UInt8>, _ field: Range<Int>) -> Double? {
        if let number = number(bytes, field) { return number.magnitude < 1e11 ? number : nil }
        guard field.count >= 10, field.count <= 40 else { return nil }
        if let seconds = plainTime(bytes, field) { return seconds }
        let text = text(bytes, field)
        return Timestamp.parse(text) ?? Timestamp.parse(text + "Z") ?? Timestamp.parse(text + ":00Z")
            ?? Timestamp.parse(text + "T00:00:00Z")
    }

    /// `YYYY-MM-DD HH:MM:SS`, which is what nearly every file holds.
    private static func plainTime(_ bytes: UnsafeBufferPointer<UInt8>, _ field: Range<Int>) -> Double? {
        guard field.count == 19 else { return nil }
        let start = field.lowerBound
        func two(_ offset: Int) -> Int? {
            let (high, low) = (bytes[start + offset], bytes[start + offset + 1])
            guard (0x30...0x39).contains(high), (0x30...0x39).contains(low) else { return nil }
            return Int(high - 0x30) * 10 + Int(low - 0x30)
        }
        guard let century = two(0), let year = two(2), let month = two(5), let day = two(8), let hour = two(11),
            let minute = two(14), let second = two(17), (1...12).contains(month), (1...28).contains(day), hour < 24,
            minute < 60, second < 60, bytes[start + 4] == UInt8(ascii: "-"), bytes[start + 7] == UInt8(ascii: "-"),
            bytes[start + 13] == UInt8(ascii: ":"), bytes[start + 16] == UInt8(ascii: ":"),
            bytes[start + 10] == UInt8(ascii: " ") || bytes[start + 10] == UInt8(ascii: "T")
        else { return nil }
        let days = Timestamp.daysSinceEpoch(century * 100 + year, month, day)
        return Double(days * 86_400 + hour * 3600 + minute * 60 + second)
    }
}
