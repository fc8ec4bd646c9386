/// A command line: a command, options with a value (`--config FILE` or `--config=FILE`) and flags.
struct Arguments {
    struct Mistake: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    private(set) var values: [String: [String]] = [:]

    /// - Parameter options: how many values follow each option.
    init(_ words: [String], options: [String: Int]) throws(Mistake) {
        var rest = words[...]
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let count = options[parts[0]] else {
                throw Mistake(
                    description: word.hasPrefix("-") ? "unknown option \(parts[0])" : "unexpected word \(word)")
            }
            guard values[parts[0]] == nil else { throw Mistake(description: "\(parts[0]) is given twice") }
            var given = Array(parts.dropFirst())
            while given.count < count, let value = rest.popFirst() { given.append(value) }
            guard given.count == count else {
                throw Mistake(
                    description: count == 0
                        ? "\(parts[0]) takes no value"
                        : "\(parts[0]) needs \(count == 1 ? "a value" : "\(count) values")")
            }
            values[parts[0]] = given
        }
    }

    func has(_ option: String) -> Bool { values[option] != nil }
    func value(_ option: String) -> String? { values[option]?.first }
}
