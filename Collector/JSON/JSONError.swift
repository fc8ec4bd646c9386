import CSimdjson

/// Why a text is no JSON that we take, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case malformed, invalidUTF8, tooDeep, numberOutOfRange, tooLarge, outOfMemory
    }

    package let reason: Reason
    /// The byte at fault, from 0, where it is known.
    package let offset: Int?
    /// From 1; columns count bytes.
    package let line: Int?
    package let column: Int?
    /// What was wrong there, in words.
    package let detail: String

    init(reason: Reason, detail: String) {
        self.reason = reason
        self.detail = detail
        (offset, line, column) = (nil, nil, nil)
    }

    init(reason: Reason, detail: String, offset: Int, in text: UnsafeBufferPointer<UInt8>) {
        self.reason = reason
        self.detail = detail
        self.offset = offset
        var (line, start) = (1, 0)
        for i in 0..<min(offset, text.count) where text[i] == UInt8(ascii: "\n") { (line, start) = (line + 1, i + 1) }
        self.line = line
        column = offset - start + 1
    }

    /// simdjson says what, never where. A text that it refused is read once more, slowly, to find the place.
    init(_ outcome: simdjson_outcome, in text: UnsafeBufferPointer<UInt8>, bytesMax: Int, depthMax: Int) {
        switch outcome {
        case simdjson_too_large:
            self.init(reason: .tooLarge, detail: "\(text.count) bytes, at most \(bytesMax) are taken")
        case simdjson_out_of_memory:
            self.init(reason: .outOfMemory, detail: "no memory for \(text.count) bytes")
        default:
            var scan = JSONFaultScan(text, depthMax: depthMax)
            if let fault = scan.firstFault() {
                self.init(reason: fault.reason, detail: fault.detail, offset: fault.offset, in: text)
            } else {
                self.init(reason: .malformed, detail: "malformed")
            }
        }
    }

    package var description: String {
        guard let line, let column else { return detail }
        return "line \(line), column \(column): \(detail)"
    }
}
