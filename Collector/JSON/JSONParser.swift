import CSimdjson

/// Parses JSON texts (RFC 8259) with simdjson and lends out what it read.
///
/// A parser keeps its buffers, so one that is reused allocates nothing once it has seen its largest text. It is for one
/// thread at a time: give every worker its own.
package final class JSONParser {
    package static let bytesMaxDefault = 64 << 20
    package static let depthMaxDefault = 64

    private let handle: OpaquePointer
    private let bytesMax: Int
    private let depthMax: Int

    /// Throws `outOfMemory` alone.
    package init(bytesMax: Int = bytesMaxDefault, depthMax: Int = depthMaxDefault) throws(JSONError) {
        guard let handle = simdjson_create(bytesMax, depthMax) else {
            throw JSONError(reason: .outOfMemory, detail: "no memory for a parser")
        }
        self.handle = handle
        self.bytesMax = bytesMax
        self.depthMax = depthMax
    }

    deinit { simdjson_destroy(handle) }

    /// What is done about numbers that JSON cannot say: `NaN`, `1e999`.
    package enum UnreadableNumbers: Sendable {
        /// The whole text is refused.
        case refused
        /// They are read as values whose `unreadableNumber` tells how they were written; the rest is kept.
        case marked
    }

    /// Parses `bytes` and gives the text's value to `body`. The value is borrowed from the parser: it must not leave
    /// `body`, and the parser must not parse again inside it. An error of `body` may travel as a `Result`.
    package func parse<Result>(
        _ bytes: UnsafeRawBufferPointer, unreadableNumbers: UnreadableNumbers = .refused, _ body: (JSONValue) -> Result
    ) throws(JSONError) -> Result {
        let text = bytes.bindMemory(to: UInt8.self)
        var tape = simdjson_tape()
        let outcome = simdjson_parse(handle, text.baseAddress, text.count, &tape)
        guard outcome == simdjson_ok else {
            if unreadableNumbers == .marked, outcome == simdjson_malformed || outcome == simdjson_bad_number,
                let marked = JSONNumberMarks.marked(text),
                marked.withUnsafeBufferPointer({ simdjson_parse(handle, $0.baseAddress, $0.count, &tape) })
                    == simdjson_ok
            {
                return try lend(tape, body)
            }
            throw JSONError(outcome, in: text, bytesMax: bytesMax, depthMax: depthMax)
        }
        return try lend(tape, body)
    }

    package func parse<Result>(
        _ bytes: [UInt8], unreadableNumbers: UnreadableNumbers = .refused, _ body: (JSONValue) -> Result
    ) throws(JSONError) -> Result {
        try bytes.withUnsafeBufferPointer { bytes throws(JSONError) in
            try parse(UnsafeRawBufferPointer(bytes), unreadableNumbers: unreadableNumbers, body)
        }
    }

    package func parse<Result>(_ text: String, _ body: (JSONValue) -> Result) throws(JSONError) -> Result {
        try parse(Array(text.utf8), body)
    }

    private func lend<Result>(_ tape: simdjson_tape, _ body: (JSONValue) -> Result) throws(JSONError) -> Result {
        guard let words = tape.tape, let strings = tape.strings, tape.tape_count > 2 else {
            throw JSONError(reason: .malformed, detail: "no value")
        }
        let root = JSONValue(
            tape: JSONTape(
                words: UnsafeBufferPointer(start: words, count: tape.tape_count),
                strings: UnsafeRawBufferPointer(start: strings, count: tape.strings_count)),
            index: 1)
        return body(root)
    }
}
