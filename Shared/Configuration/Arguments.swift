/// A command line's words after the command: options with a value (`--listen ADDRESS` or `--listen=ADDRESS`),
/// switches, and the rest.
package struct Arguments: Equatable {
    private var values: [String: String] = [:]
    private var switches: Set<String> = []
    package private(set) var rest: [String] = []

    /// Names are written with their dashes. `restMax`: how many words may stand free.
    package init(
        _ words: [String], options: [String], switches known: [String] = [], restMax: Int = 0
    ) throws(UsageError) {
        var words = words[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                guard rest.count < restMax else { throw UsageError("\(word) is one word too many") }
                rest.append(word)
                continue
            }
            let name = String(word.prefix { $0 != "=" })
            let hasValue = word.contains("=")
            if known.contains(name) {
                guard !hasValue else { throw UsageError("\(name) takes no value") }
                switches.insert(name)
            } else if options.contains(name) {
                let value = hasValue ? String(word.dropFirst(name.count + 1)) : words.popFirst()
                guard let value else { throw UsageError("\(name) needs a value") }
                guard values.updateValue(value, forKey: name) == nil else { throw UsageError("\(name) is given twice") }
            } else {
                let all = (options + known).joined(separator: ", ")
                throw UsageError("\(name) is not known here\(all.isEmpty ? "" : "; there is \(all)")")
            }
        }
    }

    package subscript(option: String) -> String? { values[option] }
    package func has(_ name: String) -> Bool { switches.contains(name) }
}

/// A command line that cannot be followed. Programs print it and end with status 2.
package struct UsageError: Error, Equatable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
