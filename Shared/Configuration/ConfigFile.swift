import Glibc

/// A program's configuration: a YAML file, defaults for what it does not say, options of the command line above both.
///
///     let file = try ConfigFile(path: "/etc/forewarn/agent.yaml")        // or ConfigFile.empty
///     file.override("collector", with: "https://c:8000", from: "--collector")
///     let interval = try file.root.duration("interval", default: 5, in: 1...3600)      // `interval: 5s`
///     let spool = try file.root.section("spool")                         // absent: every default holds
///     let bytes = try spool.bytes("bytes_max", default: 64 << 20, in: (1 << 20)...(1 << 40))
///     let labels = try file.root.texts("labels")                         // a group of free keys
///     for sink in try file.root.sections("sinks") { try sink.string("url") }           // a list of groups
///     try file.finish()                                                  // a key nobody asked for is a mistake
///     print(file.effective)                                              // every value with its origin
///
/// Every call throws `ConfigError` with file, line, column, key, rule, found and how to mend it. Read every key on
/// every path through the program, for `finish` takes an unread key for a misspelt one. For one thread, at the start.
package final class ConfigFile {
    /// The file's path as given; "defaults" when there is none.
    package let path: String
    private let node: ConfigNode?
    private let ledger: ConfigLedger

    /// Reads a plain file of at most 1 MiB.
    package convenience init(path: String) throws(ConfigError) {
        try self.init(text: Self.read(path), path: path)
    }

    /// `path` is what errors and origins name.
    package init(text: [UInt8], path: String) throws(ConfigError) {
        let node = try YAMLParser.parse(text, file: path)
        if let node, !node.isNull {
            guard case .mapping = node.content else {
                throw ConfigError(
                    file: path, line: node.line, column: node.column, key: "", rule: "be a group of keys",
                    found: node.words, mend: "write lines of the form key: value")
            }
        }
        self.path = path
        self.node = node.flatMap { $0.isNull ? nil : $0 }
        ledger = ConfigLedger(file: path)
    }

    private init() {
        path = "defaults"
        node = nil
        ledger = ConfigLedger(file: "defaults")
    }

    /// No file at all: every default holds.
    package static var empty: ConfigFile { ConfigFile() }

    package var root: ConfigSection { ConfigSection(path: "", node: node, ledger: ledger) }

    /// Lets a command line option win over the file. `key` is the whole path, as `spool.bytes_max`. Call it before
    /// reading.
    package func override(_ key: String, with text: String, from option: String) {
        ledger.overrides[key] = .init(text: text, option: option)
    }

    /// Call when everything has been read: a key that was not asked for is unknown, hence a mistake.
    package func finish() throws(ConfigError) {
        if let node { try ledger.refuseUnknown(in: node, at: "") }
    }

    /// Every value that was read, in the order of reading.
    package var entries: [ConfigEntry] { ledger.entries }

    /// The configuration in force, a line each: `spool.bytes_max: 64MiB  # default`.
    package var effective: String {
        let lines = entries.map { ("\($0.key): \($0.value)", "# \($0.origin)") }
        let width = lines.map(\.0.count).max() ?? 0
        return lines.map { $0 + String(repeating: " ", count: width - $0.count + 2) + $1 + "\n" }.joined()
    }

    private static func read(_ path: String) throws(ConfigError) -> [UInt8] {
        // A pipe that nobody writes into would hold up whoever opens it.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw unreadable(path, errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ConfigError(
                file: path, key: "", rule: "be a plain file", found: "a folder, a pipe or a device",
                mend: "give the path of the configuration")
        }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while text.count <= YAMLParser.bytesMax {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count >= 0 else { throw unreadable(path, errno) }
            if count == 0 { break }
            text += chunk.prefix(count)
        }
        return text
    }

    private static func unreadable(_ path: String, _ code: Int32) -> ConfigError {
        ConfigError(
            file: path, key: "", rule: "be readable", found: String(cString: strerror(code)),
            mend: "check the path and its permissions")
    }
}

/// What was asked for and what it gave; shared by all sections of one file.
final class ConfigLedger {
    struct Override {
        let text: String
        let option: String
    }

    let file: String
    var overrides: [String: Override] = [:]
    private(set) var entries: [ConfigEntry] = []
    private var asked: [String: Set<String>] = [:]
    /// Groups whose keys are free, so that none of them is unknown.
    private var free: Set<String> = []

    init(file: String) { self.file = file }

    func ask(_ key: String, of section: String) { asked[section, default: []].insert(key) }
    func takeAll(of section: String) { free.insert(section) }
    func record(_ key: String, _ value: String, _ origin: ConfigOrigin) {
        entries.append(ConfigEntry(key: key, value: value, origin: origin))
    }

    func refuseUnknown(in node: ConfigNode, at path: String) throws(ConfigError) {
        switch node.content {
        case .scalar: return
        case .list(let items):
            for (index, item) in items.enumerated() { try refuseUnknown(in: item, at: "\(path)[\(index)]") }
        case .mapping(let members):
            if free.contains(path) { return }
            let known = asked[path] ?? []
            for member in members {
                let key = path.isEmpty ? member.key : "\(path).\(member.key)"
                guard known.contains(member.key) else {
                    throw ConfigError(
                        file: file, line: member.line, column: member.column, key: key, rule: "be a known key",
                        found: "an unknown one", mend: "known here: \(known.sorted().joined(separator: ", "))")
                }
                try refuseUnknown(in: member.node, at: key)
            }
        }
    }
}
