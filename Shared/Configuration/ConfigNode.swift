/// A YAML document as a tree that knows its places. Aliases, tags and several documents are not configuration: they
/// are refused where they are parsed, see `YAMLParser`.
struct ConfigNode {
    enum Content {
        /// `plain`: written without quotes, so that `null` and `~` mean "nothing".
        case scalar(String, plain: Bool)
        case list([ConfigNode])
        case mapping([Member])
    }

    struct Member {
        let key: String
        let line: Int
        let column: Int
        let node: ConfigNode
    }

    let content: Content
    let line: Int
    let column: Int

    /// Nothing was written after the key.
    var isNull: Bool {
        if case .scalar(let text, plain: true) = content {
            ["", "~", "null", "Null", "NULL"].contains(text)
        } else {
            false
        }
    }

    func member(_ key: String) -> Member? {
        if case .mapping(let members) = content { members.first { $0.key == key } } else { nil }
    }

    /// The node in an error's words.
    var words: String {
        switch content {
        case .scalar where isNull: "nothing"
        case .scalar(let text, let plain): plain ? text.clipped : "the text \"\(text.clipped)\""
        case .list: "a list"
        case .mapping: "a group of keys"
        }
    }
}

extension String {
    /// Short enough for one line of a log.
    var clipped: String { count > 80 ? "\(prefix(80))…" : self }
}
