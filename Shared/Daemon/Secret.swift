import Glibc

/// A text that must not be seen: a bearer token, a password. Whatever prints it prints `‹secret›`.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    package init(_ text: String) { self.text = text }

    /// The text itself, for the one place that sends it.
    package func reveal() -> String { text }

    package var description: String { "‹secret›" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A secret's file that cannot be used, and why.
package struct SecretError: Error, Equatable, CustomStringConvertible {
    package let path: String
    /// After "must".
    package let rule: String
    package let found: String
    package let mend: String

    package var description: String { "\(path): must \(rule), found \(found); \(mend)" }
}

extension Secret {
    private static let bytesMax = 16 << 10

    /// Reads one line of visible ASCII from a file that others may not read. The line's end is not part of the secret.
    package init(file path: String) throws(SecretError) {
        // A pipe that nobody writes into would hold up whoever opens it.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw Self.unreadable(path) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Self.unreadable(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SecretError(
                path: path, rule: "be a plain file", found: "a folder, a pipe or a device",
                mend: "write the token into a file")
        }
        guard status.st_mode & 0o007 == 0 else {
            throw SecretError(
                path: path, rule: "be closed to other users",
                found: "mode 0" + String(status.st_mode & 0o777, radix: 8), mend: "run chmod o-rwx \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw Self.unreadable(path) }
        var line = bytes.prefix(count)
        while let last = line.last, [0x0a, 0x0d, 0x20].contains(last) { line.removeLast() }
        guard !line.isEmpty, line.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw SecretError(
                path: path, rule: "hold one line of visible ASCII", found: line.isEmpty ? "nothing" : "something else",
                mend: "write the token into it")
        }
        self.init(String(decoding: line, as: UTF8.self))
    }

    private static func unreadable(_ path: String) -> SecretError {
        SecretError(
            path: path, rule: "be readable", found: String(cString: strerror(errno)),
            mend: "check the path and its permissions")
    }
}
