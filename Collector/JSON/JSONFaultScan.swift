/// Finds the first fault of a text that was refused. Slow and plain: it runs only on texts that are wrong already.
struct JSONFaultScan {
    struct Fault: Error {
        let reason: JSONError.Reason
        let detail: String
        let offset: Int
    }

    private let text: UnsafeBufferPointer<UInt8>
    private let depthMax: Int
    private var at = 0

    init(_ text: UnsafeBufferPointer<UInt8>, depthMax: Int) {
        self.text = text
        self.depthMax = depthMax
    }

    mutating func firstFault() -> Fault? {
        // Invalid bytes first: what is not UTF-8 is not text, so no other fault in it can be named.
        if let offset = firstInvalidUTF8() {
            return Fault(reason: .invalidUTF8, detail: "not UTF-8", offset: offset)
        }
        do throws(Fault) {
            skipSpace()
            if at == text.count { throw fault("empty") }
            try value(depth: 0)
            skipSpace()
            if at < text.count { throw fault("text after the end of the value") }
            return nil
        } catch {
            return error
        }
    }

    // MARK: Grammar (RFC 8259)

    /// `depth` containers are open around this value. Recursion ends at `depthMax`.
    private mutating func value(depth: Int) throws(Fault) {
        guard let first = peek() else { throw fault("the text ends where a value should be") }
        switch first {
        case UInt8(ascii: "{"): try object(depth: depth + 1)
        case UInt8(ascii: "["): try array(depth: depth + 1)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case UInt8(ascii: "N"), UInt8(ascii: "I"): throw fault("NaN and Infinity are no JSON")
        default: throw fault("no value begins like this")
        }
    }

    private mutating func object(depth: Int) throws(Fault) {
        try open(depth)
        if take(UInt8(ascii: "}")) { return }
        while true {
            guard peek() == UInt8(ascii: "\"") else { throw fault("expected a member's name in quotes") }
            try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw fault("expected ':' after a member's name") }
            skipSpace()
            try value(depth: depth)
            skipSpace()
            if take(UInt8(ascii: "}")) { return }
            guard take(UInt8(ascii: ",")) else { throw fault("expected ',' or '}'") }
            skipSpace()
        }
    }

    private mutating func array(depth: Int) throws(Fault) {
        try open(depth)
        if take(UInt8(ascii: "]")) { return }
        while true {
            try value(depth: depth)
            skipSpace()
            if take(UInt8(ascii: "]")) { return }
            guard take(UInt8(ascii: ",")) else { throw fault("expected ',' or ']'") }
            skipSpace()
        }
    }

    private mutating func open(_ depth: Int) throws(Fault) {
        guard depth <= depthMax else {
            throw Fault(reason: .tooDeep, detail: "nested deeper than \(depthMax)", offset: at)
        }
        at += 1
        skipSpace()
    }

    private mutating func string() throws(Fault) {
        at += 1
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw fault("a control character in a string must be escaped")
            default: at += 1
            }
        }
        throw fault("the text ends inside a string")
    }

    private mutating func escape() throws(Fault) {
        let start = at
        at += 1
        switch peek() {
        case UInt8(ascii: "u"):
            let unit = try codeUnit(from: start)
            guard unit & 0xFC00 == 0xD800 else {
                if unit & 0xFC00 == 0xDC00 { throw fault("half of a surrogate pair", at: start) }
                return
            }
            guard take(UInt8(ascii: "\\")), peek() == UInt8(ascii: "u"), try codeUnit(from: start) & 0xFC00 == 0xDC00
            else { throw fault("half of a surrogate pair", at: start) }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 1
        default: throw fault("no such escape", at: start)
        }
    }

    /// `u` and four hexadecimal digits
    private mutating func codeUnit(from start: Int) throws(Fault) -> UInt32 {
        var unit: UInt32 = 0
        for i in 1...4 {
            guard at + i < text.count, let digit = Character(Unicode.Scalar(text[at + i])).hexDigitValue else {
                throw fault("\\u wants four hexadecimal digits", at: start)
            }
            unit = unit << 4 | UInt32(digit)
        }
        at += 5
        return unit
    }

    private mutating func number() throws(Fault) {
        let start = at
        _ = take(UInt8(ascii: "-"))
        if peek() == UInt8(ascii: "I") { throw fault("NaN and Infinity are no JSON", at: start) }
        let whole = at
        try digits(from: start)
        if text[whole] == UInt8(ascii: "0"), at - whole > 1 { throw fault("a number begins with 0", at: start) }
        let wholeEnd = at
        if take(UInt8(ascii: ".")) { try digits(from: start) }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            at += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits(from: start)
        }
        let word = String(decoding: text[start..<at], as: UTF8.self)
        let isInteger = at == wholeEnd
        let fits = isInteger ? Int64(word) != nil || UInt64(word) != nil : Double(word)?.isFinite == true
        if !fits { throw Fault(reason: .numberOutOfRange, detail: "a number too large to hold", offset: start) }
    }

    private mutating func digits(from start: Int) throws(Fault) {
        let first = at
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        if at == first { throw fault("a number lacks digits", at: start) }
    }

    private mutating func literal(_ word: StaticString) throws(Fault) {
        let start = at
        let matches = word.withUTF8Buffer { word in
            at + word.count <= text.count && word.indices.allSatisfy { text[at + $0] == word[$0] }
        }
        guard matches else { throw fault("expected \(word)", at: start) }
        at += word.utf8CodeUnitCount
    }

    // MARK: Reading

    private func peek() -> UInt8? { at < text.count ? text[at] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        at += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private func fault(_ detail: String, at offset: Int? = nil) -> Fault {
        let isTruncated = at >= text.count && text.count > 0 && offset == nil
        return Fault(
            reason: .malformed, detail: isTruncated ? "the text ends too early: \(detail)" : detail,
            offset: offset ?? at)
    }

    private func firstInvalidUTF8() -> Int? {
        var decoder = UTF8()
        var bytes = text.makeIterator()
        var offset = 0
        while true {
            switch decoder.decode(&bytes) {
            case .scalarValue(let scalar): offset += UTF8.width(scalar)
            case .emptyInput: return nil
            case .error: return offset
            }
        }
    }
}
