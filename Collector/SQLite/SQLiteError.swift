import CSQLite
import Glibc

/// What SQLite said, and the SQL it said it about.
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// The primary result code: sqlite.org/rescode.html.
    package let code: Int32
    package let extendedCode: Int32
    /// `errno` of the system call that failed, 0 where none did.
    package let systemError: Int32
    package let message: String
    package let sql: String

    package init(extendedCode: Int32, systemError: Int32 = 0, message: String, sql: String) {
        code = extendedCode & 0xff
        self.extendedCode = extendedCode
        self.systemError = systemError
        self.message = message
        self.sql = sql
    }

    /// What the connection says of the call that has just failed on it.
    init(_ connection: OpaquePointer, code: Int32, sql: String) {
        self.init(
            extendedCode: code, systemError: sqlite3_system_errno(connection),
            message: String(cString: sqlite3_errmsg(connection)), sql: sql)
    }

    /// There is no room: the disk, the quota or the largest file size is used up.
    package var isFull: Bool {
        if code == SQLITE_FULL { return true }
        return (code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && [ENOSPC, EDQUOT, EFBIG].contains(systemError)
    }

    /// The file is no database, or a damaged one.
    package var isCorrupt: Bool { code == SQLITE_CORRUPT || code == SQLITE_NOTADB }

    /// The file may not be written: its mode, its owner or its file system forbid it.
    package var isForbidden: Bool { code == SQLITE_READONLY || code == SQLITE_PERM || code == SQLITE_CANTOPEN }

    package var description: String {
        let because = systemError == 0 ? "" : ": \(String(cString: strerror(systemError)))"
        return "\(message)\(because) (\(extendedCode)) in: \(sql)"
    }
}
