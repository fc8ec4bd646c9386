/// A small file of the kernel's, line by line.
struct Text {
    let file: String
    let bytes: [UInt8]

    init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
    }

    /// Every line, without its end; a last empty one is none.
    var lines: some Sequence<Line> {
        sequence(state: (start: 0, number: 0)) { state -> Line? in
            guard state.start < bytes.count else { return nil }
            let end = bytes[state.start...].firstIndex(of: newline) ?? bytes.count
            defer { state.start = end + 1 }
            state.number += 1
            return Line(file: file, number: state.number, bytes: bytes[state.start..<end])
        }
    }

    /// The first line; an empty file has an empty one.
    var first: Line {
        lines.first { _ in true } ?? Line(file: file, number: 1, bytes: [])
    }
}

/// One line and its place, so that an error can name it. No index goes into a line except through here.
struct Line {
    let file: String
    let number: Int
    let bytes: ArraySlice<UInt8>

    /// The words between spaces and tabs.
    var fields: Fields { Fields(line: self, words: bytes.split { $0 == space || $0 == tab }) }

    func hasPrefix(_ prefix: StaticString) -> Bool {
        prefix.withUTF8Buffer { bytes.starts(with: $0) }
    }

    func malformed(_ expected: String, _ found: String) -> ReadError {
        .malformed(file: file, line: number, expected: expected, found: String(found.prefix(40)))
    }
}

struct Fields {
    let line: Line
    let words: [ArraySlice<UInt8>]

    var count: Int { words.count }

    func text(_ index: Int) -> String? {
        index < words.count ? String(decoding: words[index], as: UTF8.self) : nil
    }

    func value<N: LosslessStringConvertible>(_ index: Int, _ expected: String) throws(ReadError) -> N {
        let found = text(index)
        guard let found, let value = N(found) else { throw line.malformed(expected, found ?? "end of line") }
        return value
    }
}

let newline = UInt8(ascii: "\n")
let space = UInt8(ascii: " ")
let tab = UInt8(ascii: "\t")
