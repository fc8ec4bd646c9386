import Daemon
import Glibc
import Store

/// Makes a backup of a state folder, whether a collector runs on it or not.
///
/// The database is copied first, as one state of it, and proved whole; then it and what else is state go into one file
/// under another name, which is read again, and only then takes its own. So the name never stands for half a backup.
package struct Backup: Sendable {
    package enum Phase: String, Sendable { case copying, writing, checking }

    package struct Outcome: Sendable {
        package let manifest: BackupManifest
        package let bytes: Int
        package let sha256: String
        /// Files beside the database.
        package let files: Int
        /// Neither file nor folder, so not in it.
        package let leftOut: [String]
    }

    private let state: String
    private let now: Double

    /// - Parameter now: Unix seconds.
    package init(state: String, now: Double) { (self.state, self.now) = (state, now) }

    /// Writes it to a file. `goesOn` is told how far a phase is, 0 to 1, and breaks off with false.
    /// - Returns: nil when it was broken off; nothing is left then.
    package func write(
        to path: String, replacing: Bool, _ goesOn: (Phase, Double) -> Bool
    ) throws -> Outcome? {
        guard replacing || access(path, F_OK) != 0 else { throw Self.exists(path) }
        Self.sweep(path)
        let folder = "\(path)\(Self.partInfix)\(getpid())"
        guard mkdir(folder, 0o700) == 0 else { throw BackupError(errno: errno, folder) }
        defer { StateFiles.remove(folder) }
        let archive = "\(folder)/archive"
        let file = open(archive, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw BackupError(errno: errno, archive) }
        defer { close(file) }
        guard let outcome = try write(file: file, name: path, in: folder, goesOn) else { return nil }
        guard fsync(file) == 0 else { throw BackupError(errno: errno, archive) }
        guard try Self.verify(archive, name: path, bytes: outcome.bytes, goesOn) else { return nil }
        try Self.rename(archive, to: path, replacing: replacing)
        return outcome
    }

    /// Writes it to an open file, a pipe too. The copy of the database waits in `folder`.
    package func write(
        file: CInt, name: String, in folder: String, _ goesOn: (Phase, Double) -> Bool
    ) throws -> Outcome? {
        let copy = "\(folder)/\(StoreSnapshot.fileName)"
        defer { unlink(copy) }
        try Self.requireRoom(for: "\(state)/\(StoreSnapshot.fileName)", in: folder)
        let snapshot = try StoreSnapshot.take(directory: state, to: copy) { goesOn(.copying, $0) }
        guard let snapshot else { return nil }
        let manifest = BackupManifest(snapshot, madeAt: now)
        let writer = BackupWriter(file: file, path: name, time: Int(now))
        try writer.add(BackupWriter.manifestName, manifest.json)
        let size = Double(max(1, Self.bytes(of: copy)))
        var done = 0.0
        let isWhole = try writer.add(StoreSnapshot.fileName, copyOf: copy) { count in
            done += Double(count)
            return goesOn(.writing, done / size)
        }
        guard isWhole else { return nil }
        let (files, odd) = try whileModelsStay { () throws(BackupError) in
            let found = try StateFiles.list(state)
            for file in found.files { _ = try writer.add(file, copyOf: "\(state)/\(file)") }
            return found
        }
        let sum = try writer.finish()
        return Outcome(manifest: manifest, bytes: writer.bytes, sha256: sum, files: files.count, leftOut: odd)
    }

    /// The shelf's lock, where there is a shelf: no model goes while it is copied. See `ModelShelf.changing`.
    private func whileModelsStay<Result>(_ body: () throws(BackupError) -> Result) throws(BackupError) -> Result {
        let lock = open("\(state)/models/lock", O_RDONLY | O_CLOEXEC)
        if lock >= 0 { while flock(lock, LOCK_SH) != 0, errno == EINTR {} }
        defer { if lock >= 0 { close(lock) } }
        return try body()
    }

    // MARK: Files

    private static let partInfix = ".part-"

    private static func bytes(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The copy and the archive lie beside each other for a while; better said before than found out halfway.
    private static func requireRoom(for database: String, in folder: String) throws(BackupError) {
        let needed = 2 * (bytes(of: database) + bytes(of: "\(database)-wal"))
        var system = statvfs()
        guard statvfs(folder, &system) == 0 else { return }
        let free = Int(system.f_bavail) * Int(system.f_frsize)
        guard free >= needed else {
            throw BackupError(
                folder, "needs about \(needed >> 20) MiB for a while, and \(free >> 20) MiB are free",
                hint: "make room on its disk, or write the backup to another one")
        }
    }

    private static func exists(_ path: String) -> BackupError {
        BackupError(path, "is there already", hint: "name another file, or replace it with --force")
    }

    /// Reads what was written once more, from its beginning to its end.
    private static func verify(
        _ archive: String, name: String, bytes: Int, _ goesOn: (Phase, Double) -> Bool
    ) throws(BackupError) -> Bool {
        let file = open(archive, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw BackupError(errno: errno, archive) }
        defer { close(file) }
        // From the disk, not from what the kernel remembers.
        posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
        let reader = BackupReader(file: file, path: name)
        var isStopped = false
        while !isStopped, try reader.next() != nil {
            try reader.body { (_: UnsafeRawBufferPointer) throws(BackupError) in }
            isStopped = !goesOn(.checking, Double(reader.bytes) / Double(max(1, bytes)))
        }
        return !isStopped
    }

    private static func rename(_ archive: String, to path: String, replacing: Bool) throws(BackupError) {
        // A second name, which none that is there gives way to; link(2) is not known to every file system.
        if replacing || link(archive, path) != 0 {
            guard replacing || errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS else {
                throw errno == EEXIST ? exists(path) : BackupError(errno: errno, path)
            }
            guard Glibc.rename(archive, path) == 0 else { throw BackupError(errno: errno, path) }
        }
        try StateFiles.sync(folder(of: path))
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Removes what a backup to the same name left that was killed.
    private static func sweep(_ path: String) {
        let name = String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]) + partInfix
        for found in (try? StateFiles.names(folder(of: path))) ?? [] where found.hasPrefix(name) {
            guard let maker = pid_t(found.dropFirst(name.count)), kill(maker, 0) != 0, errno == ESRCH else { continue }
            StateFiles.remove("\(folder(of: path))/\(found)")
        }
    }
}
