import CYaml

/// libyaml's event stream, folded into a `ConfigNode`. The owner of the C parser.
struct YAMLParser: ~Copyable {
    static let bytesMax = 1 << 20
    private static let depthMax = 16

    /// On the heap: yaml_parser_set_input_string() keeps a pointer to the parser inside the parser.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let file: String

    private init(file: String) throws(ConfigError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw ConfigError(
                file: file, key: "", rule: "fit into memory", found: "no memory for the parser",
                mend: "free some memory")
        }
        self.parser = parser
        self.file = file
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// The document's root, or nil when the text holds nothing but comments.
    static func parse(_ text: [UInt8], file: String) throws(ConfigError) -> ConfigNode? {
        guard text.count <= bytesMax else {
            throw ConfigError(
                file: file, key: "", rule: "be at most 1MiB", found: "\(text.count) bytes",
                mend: "give the path of the configuration, not of something else")
        }
        // libyaml reads from the buffer until the last event, so it must outlive the whole parse.
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: max(text.count, 1))
        defer { buffer.deallocate() }
        buffer.initialize(from: text, count: text.count)
        let yaml = try YAMLParser(file: file)
        yaml_parser_set_input_string(yaml.parser, buffer, text.count)
        return try yaml.document()
    }

    private func document() throws(ConfigError) -> ConfigNode? {
        var root: ConfigNode?
        while true {
            let event = try next()
            switch event.kind {
            case YAML_STREAM_END_EVENT: return root
            case YAML_DOCUMENT_START_EVENT where root != nil:
                throw error(event, rule: "be one document", found: "a second one", mend: "remove the line ---")
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
            default: root = try node(event, depth: 0)
            }
        }
    }

    private func node(_ event: Event, depth: Int) throws(ConfigError) -> ConfigNode {
        guard depth < Self.depthMax else {
            throw error(
                event, rule: "nest at most \(Self.depthMax) deep", found: "more", mend: "check the indentation")
        }
        switch event.kind {
        case YAML_SCALAR_EVENT:
            return ConfigNode(
                content: .scalar(event.text, plain: event.isPlain), line: event.line, column: event.column)
        case YAML_SEQUENCE_START_EVENT:
            var items: [ConfigNode] = []
            while true {
                let item = try next()
                if item.kind == YAML_SEQUENCE_END_EVENT { break }
                items.append(try node(item, depth: depth + 1))
            }
            return ConfigNode(content: .list(items), line: event.line, column: event.column)
        case YAML_MAPPING_START_EVENT:
            return ConfigNode(
                content: .mapping(try members(depth: depth)), line: event.line, column: event.column)
        default:
            throw error(
                event, rule: "spell every value out", found: "an alias (*name)", mend: "write the value itself")
        }
    }

    private func members(depth: Int) throws(ConfigError) -> [ConfigNode.Member] {
        var members: [ConfigNode.Member] = []
        var lines: [String: Int] = [:]
        while true {
            let key = try next()
            if key.kind == YAML_MAPPING_END_EVENT { return members }
            guard key.kind == YAML_SCALAR_EVENT else {
                throw error(key, rule: "have a word as its key", found: "a list or a group", mend: "write key: value")
            }
            if let first = lines[key.text] {
                throw ConfigError(
                    file: file, line: key.line, column: key.column, key: key.text, rule: "be written once",
                    found: "it again (first on line \(first))", mend: "remove one of the two")
            }
            lines[key.text] = key.line
            let value = try node(try next(), depth: depth + 1)
            members.append(.init(key: key.text, line: key.line, column: key.column, node: value))
        }
    }

    // MARK: Events

    private struct Event {
        let kind: yaml_event_type_t
        let text: String
        let isPlain: Bool
        let line: Int
        let column: Int
    }

    private func next() throws(ConfigError) -> Event {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&raw) }
        var text = ""
        var isPlain = false
        if raw.type == YAML_SCALAR_EVENT, let value = raw.data.scalar.value {
            let bytes = UnsafeBufferPointer(start: value, count: raw.data.scalar.length)
            text = String(decoding: bytes, as: UTF8.self)
            isPlain = raw.data.scalar.style == YAML_PLAIN_SCALAR_STYLE
        }
        return Event(
            kind: raw.type, text: text, isPlain: isPlain, line: raw.start_mark.line + 1,
            column: raw.start_mark.column + 1)
    }

    private func syntaxError() -> ConfigError {
        var problem = parser.pointee.problem.map { String(cString: $0) } ?? "a text that is no YAML"
        if problem.hasPrefix("found ") { problem.removeFirst(6) }
        // A reader error (bad UTF-8, a control character) knows its byte, not its line.
        let isReader = parser.pointee.error == YAML_READER_ERROR
        let mark = parser.pointee.problem_mark
        return ConfigError(
            file: file, line: isReader ? nil : mark.line + 1, column: isReader ? nil : mark.column + 1, key: "",
            rule: "be YAML", found: isReader ? "\(problem) at byte \(parser.pointee.problem_offset)" : problem,
            mend: "check quotes, colons and that the indentation is made of spaces")
    }

    private func error(_ event: Event, rule: String, found: String, mend: String) -> ConfigError {
        ConfigError(
            file: file, line: event.line, column: event.column, key: "", rule: rule, found: found, mend: mend)
    }
}
