import Daemon
import Glibc
import Store

/// Puts a backup into a state folder. Everything is unpacked beside, held against its sums and the database proved
/// whole, before anything that lies there is touched; that is moved into a folder of its own, never deleted.
package struct Restore: Sendable {
    package struct Outcome: Sendable {
        package let manifest: BackupManifest
        /// Where what lay there before is now; nil when the folder was empty.
        package let aside: String?
    }

    private let state: String
    private let now: Double

    /// - Parameter now: Unix seconds.
    package init(state: String, now: Double) { (self.state, self.now) = (state, now) }

    /// - Parameters:
    ///   - file: the backup, open for reading, a pipe too; `path` is what errors call it.
    ///   - force: a folder that is not empty is taken, too.
    ///   - goesOn: told the bytes that were read; false breaks it off.
    /// - Returns: nil when it was broken off, and everything is as it was.
    package func run(
        file: CInt, path: String, force: Bool, _ goesOn: (Int) -> Bool
    ) throws -> Outcome? {
        let folder = try StoreFolder(state, isRestoring: true)
        defer { folder.close() }
        let present = try StateFiles.names(state).filter { !StateFiles.stays($0) }
        guard present.isEmpty || force else {
            throw BackupError(
                state, "is not empty",
                hint: "restore into another folder (--state), or move what is here aside with --force")
        }
        let incoming = "\(state)/\(StateFiles.incoming)"
        StateFiles.remove(incoming)
        guard mkdir(incoming, 0o700) == 0 else { throw BackupError(errno: errno, incoming) }
        defer { StateFiles.remove(incoming) }
        guard let manifest = try unpack(file, path, into: incoming, goesOn) else { return nil }
        let database = "\(incoming)/\(StoreSnapshot.fileName)"
        guard access(database, F_OK) == 0 else {
            throw BackupError(path, "holds no database", hint: "name a file that backup made")
        }
        _ = try StoreSnapshot.check(database)
        return Outcome(manifest: manifest, aside: try exchange(incoming, present))
    }

    private func unpack(
        _ file: CInt, _ path: String, into folder: String, _ goesOn: (Int) -> Bool
    ) throws(BackupError) -> BackupManifest? {
        let reader = BackupReader(file: file, path: path)
        guard let first = try reader.next(), first.name == BackupWriter.manifestName else {
            throw BackupError(path, "is no backup of forewarn-collector", hint: "name a file that backup made")
        }
        let manifest = try BackupManifest(try reader.body(), path: path)
        while let member = try reader.next() {
            let target = "\(folder)/\(member.name)"
            try Self.makeFolders(of: member.name, in: folder)
            let out = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard out >= 0 else { throw BackupError(errno: errno, target) }
            defer { close(out) }
            var isStopped = false
            try reader.body { (bytes: UnsafeRawBufferPointer) throws(BackupError) in
                var sent = 0
                while sent < bytes.count, !isStopped {
                    let count = write(out, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { throw BackupError(errno: errno, target) }
                    sent += count
                }
                isStopped = isStopped || !goesOn(reader.bytes)
            }
            if isStopped { return nil }
            guard fsync(out) == 0 else { throw BackupError(errno: errno, target) }
        }
        return manifest
    }

    private static func makeFolders(of name: String, in folder: String) throws(BackupError) {
        var path = folder
        for part in name.split(separator: "/").dropLast() {
            path += "/\(part)"
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw BackupError(errno: errno, path) }
        }
    }

    /// Moves what is here aside and what came in. While that goes on a mark keeps a collector from starting on half of
    /// it.
    private func exchange(_ incoming: String, _ present: [String]) throws(BackupError) -> String? {
        let mark = "\(state)/\(StoreFolder.unfinishedRestore)"
        do throws(FileWriteError) { try writeFile([], to: mark) } catch {
            throw BackupError(mark, error.reason, hint: "make room, and look at the folder's owner and rights")
        }
        try StateFiles.sync(state)
        var aside: String?
        if !present.isEmpty {
            let stamp = Timestamp.text(now.rounded()).filter { $0.isNumber || $0.isLetter }
            let path = "\(state)/\(StateFiles.asidePrefix)\(stamp)"
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw BackupError(errno: errno, path) }
            for name in present { try Self.move("\(state)/\(name)", "\(path)/\(name)") }
            aside = path
        }
        for name in try StateFiles.names(incoming) { try Self.move("\(incoming)/\(name)", "\(state)/\(name)") }
        try StateFiles.sync(state)
        guard unlink(mark) == 0 else { throw BackupError(errno: errno, mark) }
        try StateFiles.sync(state)
        return aside
    }

    private static func move(_ from: String, _ to: String) throws(BackupError) {
        guard rename(from, to) == 0 else { throw BackupError(errno: errno, from) }
    }
}
