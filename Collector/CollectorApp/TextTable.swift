import Access

/// Rows of texts for a terminal.
enum TextTable {
    /// Columns as wide as their widest text, the last one as it is.
    ///
    /// What is not printable is shown as its number: texts of others may not move the cursor or turn the letters.
    static func text(_ rows: [[String]]) -> String {
        let rows = rows.map { $0.map(printable) }
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, text in
                column == row.count - 1 ? text : text + String(repeating: " ", count: widths[column] - text.count + 2)
            }.joined()
        }.joined(separator: "\n")
    }

    private static func printable(_ text: String) -> String {
        guard !text.unicodeScalars.allSatisfy(Credential.isPrintable) else { return text }
        return text.unicodeScalars.map { scalar in
            Credential.isPrintable(scalar) ? "\(scalar)" : "\\u{\(String(scalar.value, radix: 16))}"
        }.joined()
    }
}
