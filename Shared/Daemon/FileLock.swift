import Glibc

/// A file that one process holds: flock(2), which the kernel lets go when the process ends, however it ends.
package enum FileLock {
    /// False when another process holds it, or the file cannot be made. Held until this process ends.
    package static func take(_ path: String) -> Bool {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard file >= 0 else { return false }
        if flock(file, LOCK_EX | LOCK_NB) == 0 { return true }
        close(file)
        return false
    }

    /// Whether somebody holds it now; false without a file.
    package static func isHeld(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0
    }
}
