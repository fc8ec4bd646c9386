import Glibc

/// Why a backup could not be made or taken back: where, why, and what a person can do.
package struct BackupError: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let reason: String
    package let hint: String

    package init(_ path: String, _ reason: String, hint: String) {
        (self.path, self.reason, self.hint) = (path, reason, hint)
    }

    /// Of the last call to the system.
    package init(errno code: CInt, _ path: String) {
        let hint =
            code == ENOSPC || code == EDQUOT || code == EFBIG
            ? "make room on its disk and try again" : "look at the file's owner and rights, and at its folder's"
        self.init(path, String(cString: strerror(code)), hint: hint)
    }

    package var description: String { "\(path): \(reason); \(hint)" }
}
