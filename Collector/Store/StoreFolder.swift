import Daemon
import Glibc

/// The store's folder, held for one process: two writers would each keep half of the truth in memory.
package final class StoreFolder: Sendable {
    package let path: String
    /// Lies in the folder while a restore moves files in and out.
    package static let unfinishedRestore = "restore-unfinished"
    private let lock: Locked<Int32?>

    /// Makes the folder when it is missing and takes its lock, which the kernel lets go when the process ends, however
    /// it ends.
    ///
    /// - Parameter isRestoring: the caller is going to finish what a restore that was broken off has left.
    package init(_ path: String, isRestoring: Bool = false) throws(StoreError) {
        try Self.make(path)
        let lockPath = "\(path)/lock"
        let lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard lock >= 0 else {
            throw .unusable(
                path: lockPath, reason: Self.reason(errno),
                hint: "give the folder to the user that runs the collector: chown -R USER \(path)")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(lock)
            throw .unusable(
                path: path, reason: "another collector is using it",
                hint: "stop that one, or give this one a --state folder of its own")
        }
        if !isRestoring, access("\(path)/\(Self.unfinishedRestore)", F_OK) == 0 {
            Glibc.close(lock)
            throw .unusable(
                path: path, reason: "a restore was broken off half-way",
                hint: "run forewarn-collector restore FILE --force again; what was here lies in before-restore-…")
        }
        self.path = path
        self.lock = Locked(lock)
    }

    deinit { close() }

    /// Lets another process have the folder.
    package func close() {
        lock.withLock { lock in
            if let lock { Glibc.close(lock) }
            lock = nil
        }
    }

    /// Goes on as the owner of a folder, when root asks: what root writes there a collector could not, and a collector
    /// that was taken over could have laid links there for root to follow.
    package static func actAsOwner(of path: String) throws(StoreError) {
        var status = stat()
        guard geteuid() == 0, stat(path, &status) == 0, status.st_uid != 0 else { return }
        guard setgroups(0, nil) == 0, setegid(status.st_gid) == 0, seteuid(status.st_uid) == 0 else {
            throw .unusable(
                path: path, reason: "root may not go on as its owner, user \(status.st_uid): \(reason(errno))",
                hint: "run it as that user")
        }
    }

    static func make(_ path: String) throws(StoreError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/\(part)"
            if mkdir(made, 0o750) == 0 || errno == EEXIST { continue }
            // A parent that may not be written to is no fault when the folder is there.
            var status = stat()
            if stat(made, &status) == 0 { continue }
            throw .unusable(
                path: path, reason: reason(errno), hint: "make the folder, or choose another one with --state")
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .unusable(
                path: path, reason: "it is no folder", hint: "move it away, or choose another one with --state")
        }
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// Whether a file of this size could be written now.
    func hasRoom(bytes: Int) -> Bool {
        let probe = "\(path)/probe"
        let file = open(probe, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return false }
        defer {
            Glibc.close(file)
            unlink(probe)
        }
        return posix_fallocate(file, 0, bytes) == 0
    }

    /// A file's size, 0 when there is none.
    static func bytes(of file: String) -> Int {
        var status = stat()
        return stat(file, &status) == 0 ? Int(status.st_size) : 0
    }
}
