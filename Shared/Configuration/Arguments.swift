/// A command line's words after the command: options with their values (`--config FILE` or `--config=FILE`), switches,
/// and words that stand free.
package struct Arguments: Equatable {
    private(set) package var values: [String: [String]] = [:]
    /// The free words, in their order.
    private(set) package var rest: [String] = []

    /// - Parameters:
    ///   - options: how many values follow each option, 0 for a switch. Names are written with their dashes.
    ///   - restMax: how many words may stand free.
    package init(_ words: [String], options: [String: Int], restMax: Int = 0) throws(UsageError) {
        var words = words[...]
        while let word = words.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let count = options[parts[0]] else {
                guard !word.hasPrefix("-") || word == "-" else { throw UsageError("unknown option \(parts[0])") }
                guard rest.count < restMax else { throw UsageError("unexpected word \(word)") }
                rest.append(word)
                continue
            }
            guard values[parts[0]] == nil else { throw UsageError("\(parts[0]) is given twice") }
            var given = Array(parts.dropFirst())
            while given.count < count, let value = words.popFirst() { given.append(value) }
            guard given.count == count else {
                throw UsageError(
                    count == 0
                        ? "\(parts[0]) takes no value"
                        : "\(parts[0]) needs \(count == 1 ? "a value" : "\(count) values")")
            }
            values[parts[0]] = given
        }
    }

    package func has(_ option: String) -> Bool { values[option] != nil }
    package func value(_ option: String) -> String? { values[option]?.first }
}

/// A command line that cannot be followed. Programs print it and end with status 2.
package struct UsageError: Error, Equatable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
