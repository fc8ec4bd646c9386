import Glibc

/// Lines for people, on standard error: `2026-11-23T10:00:00Z info regained contact url=http://c:8000`.
///
/// Under systemd the journal stamps the time itself and reads a priority from `<3>` before the line (sd-daemon(3)).
/// A `Secret` in a field prints as `‹secret›`.
package struct Log: Sendable {
    package enum Level: String, Sendable, CaseIterable {
        case debug, info, warning, error

        /// syslog(3)
        var priority: Int {
            switch self {
            case .debug: 7
            case .info: 6
            case .warning: 4
            case .error: 3
            }
        }
        var rank: Int { 7 - priority }
    }

    private let minimum: Level
    private let write: @Sendable (Level, String) -> Void

    /// `write` gets every line without its end; for tests.
    package init(minimum: Level = .info, write: @escaping @Sendable (Level, String) -> Void) {
        self.minimum = minimum
        self.write = write
    }

    package static func standard(minimum: Level = .info) -> Log {
        let isJournal = standardErrorIsJournal()
        return Log(minimum: minimum) { level, line in
            let stamp =
                isJournal
                ? "<\(level.priority)>" : "\(Timestamp.text(Clock.system.now().rounded(.down))) \(level.rawValue) "
            // One write a line, so that lines of several threads do not mix.
            var text = "\(stamp)\(line)\n"
            _ = text.withUTF8 { Glibc.write(2, $0.baseAddress, $0.count) }
        }
    }

    package func debug(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        log(.debug, message, fields)
    }
    package func info(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) { log(.info, message, fields) }
    package func warning(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        log(.warning, message, fields)
    }
    package func error(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        log(.error, message, fields)
    }

    private func log(_ level: Level, _ message: String, _ fields: KeyValuePairs<String, String>) {
        guard level.rank >= minimum.rank else { return }
        var line = Self.escaped(message)
        for (key, value) in fields { line += " \(key)=\(Self.quoted(value))" }
        write(level, line)
    }

    private static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && !value.unicodeScalars.contains { $0 == " " || $0 == "\"" || $0 == "=" }
        return isPlain ? escaped(value) : "\"\(escaped(value.map { $0 == "\"" ? "\\\"" : "\($0)" }.joined()))\""
    }

    /// Nobody outside may forge a second line or move a terminal's cursor.
    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.map { isControl($0) ? "\\u{\(String($0.value, radix: 16))}" : "\($0)" }.joined()
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    }

    /// systemd.exec(5): JOURNAL_STREAM holds the device and inode that standard error must have.
    private static func standardErrorIsJournal() -> Bool {
        guard let stream = getenv("JOURNAL_STREAM") else { return false }
        var status = stat()
        guard fstat(2, &status) == 0 else { return false }
        return String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
    }
}
