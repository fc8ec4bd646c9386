/// A group of keys of a configuration, read value by value. See `ConfigFile` for how it is used.
package struct ConfigSection {
    /// `""` for the root, else as `spool` or `sinks[0].tls`.
    package let path: String
    let node: ConfigNode?
    let ledger: ConfigLedger

    // MARK: Single values

    /// Any text. A rule adds what the text must keep.
    package func string(
        _ key: String, default fallback: String? = nil, rule: ConfigRule<String>? = nil
    ) throws(ConfigError) -> String {
        try value(key, fallback, .text, rule)
    }

    /// A text that may be left out, or written as `~`: then nil.
    package func optionalString(
        _ key: String, rule: ConfigRule<String>? = nil
    ) throws(ConfigError) -> String? {
        guard isWritten(key) else {
            ledger.record(fullKey(key), "~", origin(key))
            return nil
        }
        return try value(key, nil, .text, rule)
    }

    package func int(
        _ key: String, default fallback: Int? = nil, in range: ClosedRange<Int>
    ) throws(ConfigError) -> Int {
        try value(key, fallback, .int, .within(range, String.init))
    }

    package func double(
        _ key: String, default fallback: Double? = nil, in range: ClosedRange<Double>
    ) throws(ConfigError) -> Double {
        try value(key, fallback, .double, .within(range, ConfigUnits.number))
    }

    package func bool(_ key: String, default fallback: Bool? = nil) throws(ConfigError) -> Bool {
        try value(key, fallback, .bool, nil)
    }

    /// Seconds, written with a unit: `500ms`, `5s`, `15m`, `24h`, `7d`.
    package func duration(
        _ key: String, default fallback: Double? = nil, in range: ClosedRange<Double>
    ) throws(ConfigError) -> Double {
        try value(key, fallback, .duration, .within(range, ConfigUnits.words(seconds:)))
    }

    /// Bytes, written with a unit: `64MiB` (2²⁰), `64MB` (10⁶).
    package func bytes(
        _ key: String, default fallback: Int? = nil, in range: ClosedRange<Int>
    ) throws(ConfigError) -> Int {
        try value(key, fallback, .bytes, .within(range, ConfigUnits.words(bytes:)))
    }

    /// One of an enumeration's words.
    package func choice<Choice>(
        _ key: String, default fallback: Choice? = nil
    ) throws(ConfigError) -> Choice where Choice: RawRepresentable<String> & CaseIterable {
        try value(key, fallback, .choice(), nil)
    }

    /// One of an enumeration's words, or nil when the key is left out or written as `~`.
    package func optionalChoice<Choice>(
        _ key: String, as type: Choice.Type = Choice.self
    ) throws(ConfigError) -> Choice? where Choice: RawRepresentable<String> & CaseIterable {
        guard isWritten(key) else {
            ledger.record(fullKey(key), "~", origin(key))
            return nil
        }
        return try value(key, nil, .choice(), nil)
    }

    // MARK: Groups and lists

    /// The group under a key. Absent: a group where every default holds.
    package func section(_ key: String) throws(ConfigError) -> ConfigSection {
        let node = try child(key, wanted: "a group of keys") { content in
            if case .mapping = content { true } else { false }
        }
        return ConfigSection(path: fullKey(key), node: node, ledger: ledger)
    }

    /// A list of groups; `[]` when absent.
    package func sections(_ key: String) throws(ConfigError) -> [ConfigSection] {
        var sections: [ConfigSection] = []
        for (index, item) in try items(key).enumerated() {
            guard case .mapping = item.content else {
                throw error(
                    key: "\(fullKey(key))[\(index)]", at: item, rule: "be a group of keys", mend: "write key: value")
            }
            sections.append(ConfigSection(path: "\(fullKey(key))[\(index)]", node: item, ledger: ledger))
        }
        if sections.isEmpty { ledger.record(fullKey(key), "[]", origin(key)) }
        return sections
    }

    /// A list of texts.
    package func strings(
        _ key: String, default fallback: [String] = [], rule: ConfigRule<String>? = nil
    ) throws(ConfigError) -> [String] {
        let isGiven = isWritten(key)
        var texts: [String] = isGiven ? [] : fallback
        for (index, item) in try items(key).enumerated() {
            let itemKey = "\(fullKey(key))[\(index)]"
            guard case .scalar(let text, _) = item.content, !item.isNull else {
                throw error(key: itemKey, at: item, rule: "be a text", mend: "write a text")
            }
            if let rule, !rule.holds(text) { throw error(key: itemKey, at: item, rule: rule.text, mend: rule.mend) }
            texts.append(text)
        }
        let words = texts.map(ConfigKind<String>.text.words).joined(separator: ", ")
        ledger.record(fullKey(key), "[\(words)]", origin(key))
        return texts
    }

    /// A list of durations, each with its unit: `[15m, 30m]`.
    package func durations(
        _ key: String, default fallback: [Double], atMost count: Int, in range: ClosedRange<Double>
    ) throws(ConfigError) -> [Double] {
        let (low, high) = (ConfigUnits.words(seconds: range.lowerBound), ConfigUnits.words(seconds: range.upperBound))
        let words = try strings(
            key, default: fallback.map(ConfigUnits.words(seconds:)),
            rule: ConfigRule("be a duration between \(low) and \(high)", mend: "write a duration such as 15m") {
                ConfigUnits.seconds($0).map(range.contains) ?? false
            })
        guard words.count <= count else {
            throw mistake(key, rule: "have at most \(count) parts", found: "\(words.count)", mend: "leave some out")
        }
        return words.compactMap(ConfigUnits.seconds)
    }

    /// A text, or a list of one or more.
    package func stringOrList(
        _ key: String, default fallback: [String], atMost count: Int, rule: ConfigRule<String>? = nil
    ) throws(ConfigError) -> [String] {
        guard ledger.overrides[fullKey(key)] == nil, case .list(let items) = node?.member(key)?.node.content else {
            return [try string(key, default: fallback.first, rule: rule)]
        }
        guard (1...count).contains(items.count) else {
            throw mistake(
                key, rule: "have between 1 and \(count) parts", found: "\(items.count)", mend: "write one, or a list")
        }
        return try strings(key, rule: rule)
    }

    /// A group of free keys with texts, in the file's order; `[]` when absent.
    package func texts(
        _ key: String, rule: ConfigRule<(key: String, value: String)>? = nil
    ) throws(ConfigError) -> [(key: String, value: String)] {
        let group = try section(key)
        ledger.takeAll(of: group.path)
        var texts: [(key: String, value: String)] = []
        for name in group.keys {
            let text = try group.string(name)
            if let rule, !rule.holds((name, text)) { throw group.mistake(name, rule: rule.text, mend: rule.mend) }
            texts.append((name, text))
        }
        if texts.isEmpty { ledger.record(fullKey(key), "{}", origin(key)) }
        return texts
    }

    /// The keys that the file has in this group, in its order: for groups whose keys are names.
    package var keys: [String] {
        if case .mapping(let members) = node?.content { members.map(\.key) } else { [] }
    }

    /// An error at a key's place, for a rule that only the caller can check (two values that must fit together).
    package func mistake(_ key: String, rule: String, found: String? = nil, mend: String) -> ConfigError {
        if let given = ledger.overrides[fullKey(key)] {
            return ConfigError(
                file: given.option, key: fullKey(key), rule: rule, found: found ?? given.text.clipped, mend: mend)
        }
        guard let member = node?.member(key) else {
            return ConfigError(
                file: ledger.file, line: node?.line, column: node?.column, key: fullKey(key), rule: rule,
                found: found ?? "nothing", mend: mend)
        }
        return error(key: fullKey(key), at: member.node, rule: rule, found: found, mend: mend)
    }

    // MARK: Inside

    private func value<Value>(
        _ key: String, _ fallback: Value?, _ kind: ConfigKind<Value>, _ rule: ConfigRule<Value>?
    ) throws(ConfigError) -> Value {
        ledger.ask(key, of: path)
        let value: Value
        if let given = ledger.overrides[fullKey(key)] {
            // A shell has no quotes to tell "5" from 5.
            guard let parsed = kind.parse(given.text, true) else {
                throw mistake(key, rule: "be \(kind.name)", mend: kind.mend)
            }
            value = parsed
        } else if let member = node?.member(key) {
            guard case .scalar(let text, let plain) = member.node.content, !member.node.isNull,
                let parsed = kind.parse(text, plain)
            else { throw mistake(key, rule: "be \(kind.name)", mend: kind.mend) }
            value = parsed
        } else if let fallback {
            value = fallback
        } else {
            throw mistake(key, rule: "be given: \(kind.name)", mend: kind.mend)
        }
        if let rule, !rule.holds(value) {
            throw mistake(key, rule: rule.text, found: rule.found(value), mend: rule.mend)
        }
        ledger.record(fullKey(key), kind.words(value), origin(key))
        return value
    }

    private func items(_ key: String) throws(ConfigError) -> [ConfigNode] {
        let node = try child(key, wanted: "a list") { content in
            if case .list = content { true } else { false }
        }
        if case .list(let items) = node?.content { return items }
        return []
    }

    private func child(
        _ key: String, wanted: String, _ fits: (ConfigNode.Content) -> Bool
    ) throws(ConfigError) -> ConfigNode? {
        ledger.ask(key, of: path)
        guard let member = node?.member(key), !member.node.isNull else { return nil }
        guard fits(member.node.content) else {
            throw mistake(key, rule: "be \(wanted)", mend: "indent its parts under it, or leave it out")
        }
        return member.node
    }

    /// Whether a value is given at all; marks the key as known.
    private func isWritten(_ key: String) -> Bool {
        ledger.ask(key, of: path)
        if ledger.overrides[fullKey(key)] != nil { return true }
        return node?.member(key).map { !$0.node.isNull } ?? false
    }

    private func origin(_ key: String) -> ConfigOrigin {
        if let given = ledger.overrides[fullKey(key)] { return .option(given.option) }
        return node?.member(key).map { .file(ledger.file, line: $0.line) } ?? .standard
    }

    private func fullKey(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func error(
        key: String, at node: ConfigNode, rule: String, found: String? = nil, mend: String
    ) -> ConfigError {
        ConfigError(
            file: ledger.file, line: node.line, column: node.column, key: key, rule: rule, found: found ?? node.words,
            mend: mend)
    }
}
