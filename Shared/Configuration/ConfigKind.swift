/// How a kind of value is read from a scalar and written back.
struct ConfigKind<Value> {
    /// After "must be".
    let name: String
    let mend: String
    /// The scalar's text and whether it was written without quotes.
    let parse: (String, Bool) -> Value?
    let words: (Value) -> String
}

extension ConfigKind<String> {
    static var text: Self {
        .init(name: "a text", mend: "write a text after the colon", parse: { text, _ in text }, words: quoted)
    }

    /// As YAML would need it: in quotes when a plain scalar would read as something else.
    private static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-/:@".contains($0)) }
            && !"-:@".contains(text.first ?? ":") && text.last != ":"
        return isPlain ? text : "\"\(text.map { "\"\\".contains($0) ? "\\\($0)" : "\($0)" }.joined())\""
    }
}

extension ConfigKind<Int> {
    static var int: Self {
        .init(
            name: "a whole number", mend: "write digits without quotes", parse: { $1 ? Int($0) : nil },
            words: String.init)
    }

    static var bytes: Self {
        .init(
            name: "a size with its unit", mend: "write a size such as 64MiB",
            parse: { text, _ in ConfigUnits.bytes(text) },
            words: ConfigUnits.words(bytes:))
    }
}

extension ConfigKind<Double> {
    static var double: Self {
        .init(
            name: "a number", mend: "write a number without quotes",
            parse: { text, plain in plain ? Double(text).flatMap { $0.isFinite ? $0 : nil } : nil },
            words: ConfigUnits.number)
    }

    static var duration: Self {
        .init(
            name: "a duration with its unit", mend: "write a duration such as 5s",
            parse: { text, _ in ConfigUnits.seconds(text) }, words: ConfigUnits.words(seconds:))
    }
}

extension ConfigKind<Bool> {
    static var bool: Self {
        .init(
            name: "true or false", mend: "write true or false without quotes",
            parse: { text, plain in
                switch text {
                case "true" where plain: true
                case "false" where plain: false
                default: nil
                }
            }, words: { $0 ? "true" : "false" })
    }
}

extension ConfigKind where Value: RawRepresentable<String> & CaseIterable {
    static func choice() -> Self {
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return .init(
            name: "one of \(words)", mend: "write one of these words", parse: { text, _ in Value(rawValue: text) },
            words: \.rawValue)
    }
}

extension ConfigRule where Value: Comparable {
    /// Both bounds in the words of the value's unit.
    static func within(_ range: ClosedRange<Value>, _ words: (Value) -> String) -> Self {
        let (low, high) = (words(range.lowerBound), words(range.upperBound))
        return .init("be between \(low) and \(high)", mend: "write a value from \(low) to \(high)") {
            range.contains($0)
        }
    }
}
