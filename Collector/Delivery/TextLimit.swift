extension String {
    /// At most `limit` UTF-16 units, cut between characters, with an ellipsis in place of what is gone. Receivers count
    /// differently (bytes of UTF-16, code points, characters); none of these counts is larger.
    package func shortened(to limit: Int) -> String {
        guard utf16.count > limit else { return self }
        return cut(to: limit - 1, \.utf16.count) + (limit > 0 ? "…" : "")
    }

    /// At most `limit` bytes of UTF-8, cut between characters, without an ellipsis: for keys.
    package func shortened(toUTF8 limit: Int) -> String { utf8.count > limit ? cut(to: limit, \.utf8.count) : self }

    private func cut(to limit: Int, _ size: (Character) -> Int) -> String {
        var (text, used) = ("", 0)
        for character in self {
            used += size(character)
            guard used <= limit else { break }
            text.append(character)
        }
        return text
    }

    /// In one line: what is no printable character becomes a space, so that no text can add a header or a line.
    package var inOneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.isLineBreaking ? " " : $0 }))
    }
}

extension Unicode.Scalar.Properties {
    /// Controls, and Unicode's own line and paragraph separators.
    fileprivate var isLineBreaking: Bool {
        generalCategory == .control || generalCategory == .lineSeparator || generalCategory == .paragraphSeparator
    }
}

/// Numbers as people read them in a message.
enum Words {
    /// Three digits that matter: `0.0123`, `4.5`, `87.2`, `1234`.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        let size = abs(value)
        let places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
        let scale = [1.0, 10, 100, 1000][places]
        let rounded = (value * scale).rounded() / scale
        return Int(exactly: rounded).map(String.init) ?? rounded.description
    }

    /// `5 minutes`, `2 hours`, `40 seconds`.
    static func duration(_ seconds: Double) -> String {
        let (count, unit) =
            seconds < 90
            ? (seconds, "second") : seconds < 5400 ? (seconds / 60, "minute") : (seconds / 3600, "hour")
        let rounded = Int(max(0, min(count.rounded(), 1e6)))
        return "\(rounded) \(unit)\(rounded == 1 ? "" : "s")"
    }
}
