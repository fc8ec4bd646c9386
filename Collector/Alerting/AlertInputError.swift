/// Why something that a person asked for is not done: which field, what it holds, the rule and how to mend it.
package struct AlertInputError: Error, Equatable, CustomStringConvertible {
    package let field: String
    package let found: String
    package let rule: String
    package let mend: String

    package init(_ field: String, found: String, rule: String, mend: String) {
        self.field = field
        self.found = found.count > 80 ? "\(found.prefix(80))…" : found
        self.rule = rule
        self.mend = mend
    }

    package var description: String { "\(field) is \(found): it must \(rule); \(mend)" }

    /// A text of a person's, with a limit.
    package static func text(_ field: String, _ text: String, atMost limit: Int) throws(AlertInputError) -> String {
        let isPrintable = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
        guard !text.isEmpty, text.count <= limit, isPrintable else {
            throw AlertInputError(
                field, found: text.isEmpty ? "empty" : text, rule: "be 1–\(limit) characters on one line",
                mend: "write a short text")
        }
        return text
    }
}
