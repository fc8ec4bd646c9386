/// What JSON cannot say, but programs write all the same: `NaN`, `Infinity`, `1e999`, an integer of forty digits.
///
/// A whole batch should not be lost because one number in it is such. The text is written anew with each of them as a
/// string that begins with `marker`, which `JSONValue.unreadableNumber` knows. A stranger who sends such a string on
/// purpose has it refused as a number: nothing is gained by it.
enum JSONNumberMarks {
    static let marker = "\u{0}number:"
    private static let written = Array("\"\\u0000number:".utf8)
    private static let words = ["NaN", "Infinity", "-Infinity", "nan", "inf", "-inf"].map { Array($0.utf8) }

    /// The text with its unreadable numbers marked, or nil when it has none.
    static func marked(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count + 256)
        var found = false
        var at = 0
        while at < text.count {
            let byte = text[at]
            let start = at
            if byte == UInt8(ascii: "\"") {
                at = endOfString(text, from: at)
            } else if isWord(byte) {
                while at < text.count, isWord(text[at]) { at += 1 }
                let word = text[start..<at]
                if isUnreadable(word) {
                    found = true
                    result += written
                    result += word
                    result.append(UInt8(ascii: "\""))
                    continue
                }
            } else {
                at += 1
            }
            result += text[start..<at]
        }
        return found ? result : nil
    }

    private static func endOfString(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var at = start + 1
        while at < text.count, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(at + 1, text.count)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func isUnreadable(_ word: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        if words.contains(where: { word.elementsEqual($0) }) { return true }
        guard let last = word.last, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(last) else { return false }
        let number = String(decoding: word, as: UTF8.self)
        if word.allSatisfy({ $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return word.count > 18 && Int64(number) == nil && UInt64(number) == nil
        }
        return Double(number)?.isFinite == false
    }
}
