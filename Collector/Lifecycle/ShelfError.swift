import Daemon
import Glibc

/// Why the shelf could not do what it was asked: where, why, and what a person can do.
package struct ShelfError: Error, Equatable, CustomStringConvertible {
    package var path: String
    package var reason: String
    package var hint: String

    package init(_ path: String, _ reason: String, hint: String) {
        (self.path, self.reason, self.hint) = (path, reason, hint)
    }

    /// Of the last call to the system.
    package init(errno code: CInt, _ path: String) {
        let hint =
            code == ENOSPC || code == EDQUOT
            ? "make room on its disk and try again"
            : "look at the folder's owner and rights; the collector's user must be able to write it"
        self.init(path, String(cString: strerror(code)), hint: hint)
    }

    package var description: String { "\(path): \(reason); \(hint)" }
}
