/// One mistake in a configuration: where it is, what was expected, what was found and how to mend it.
///
/// Printed as `agent.yaml:3:11: interval: must be between 1s and 1h, found 0s; write a duration such as 5s`.
package struct ConfigError: Error, Equatable, CustomStringConvertible {
    /// The file's path, or the command line option that gave the value.
    package var file: String
    /// From 1; nil where the mistake has no place in a file (the file cannot be read, an option).
    package var line: Int?
    package var column: Int?
    /// The key's whole path, as `spool.bytes_max`; empty for a mistake of the whole file.
    package var key: String
    /// What must hold, to be read after "must".
    package var rule: String
    package var found: String
    package var mend: String

    package init(
        file: String, line: Int? = nil, column: Int? = nil, key: String, rule: String, found: String, mend: String
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.rule = rule
        self.found = found
        self.mend = mend
    }

    package var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let column { place += ":\(column)" }
        return "\(place): \(key.isEmpty ? "" : "\(key): ")must \(rule), found \(found); \(mend)"
    }
}

/// What a value must keep beyond its type. `text` is read after "must", as in "must be a URL".
package struct ConfigRule<Value> {
    let text: String
    let mend: String
    /// What an error says was found, where the value itself must not be shown.
    let found: (Value) -> String?
    let holds: (Value) -> Bool

    package init(
        _ text: String, mend: String, found: @escaping (Value) -> String? = { _ in nil },
        _ holds: @escaping (Value) -> Bool
    ) {
        self.text = text
        self.mend = mend
        self.found = found
        self.holds = holds
    }
}

/// Where a value in force comes from.
package enum ConfigOrigin: Equatable, CustomStringConvertible {
    case standard
    case file(String, line: Int)
    case option(String)

    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let path, let line): "\(path):\(line)"
        case .option(let name): name
        }
    }
}

/// One value in force, as it would be written in the file.
package struct ConfigEntry: Equatable {
    package let key: String
    package let value: String
    package let origin: ConfigOrigin
}

extension ConfigRule<String> {
    /// An address with its scheme, as both programs speak to nothing but HTTP.
    package static var httpURL: Self {
        .init(
            "be a URL that starts with http:// or https:// and names a host, without ? and #, its port up to 65535",
            mend: "write one such as https://collector.example:8000",
            found: { $0.contains("@") ? "one with a user or a password" : nil }
        ) { HTTPAddress(url: $0) != nil }
    }
}
