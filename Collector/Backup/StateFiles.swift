import Glibc
import Store

/// What belongs to a collector in its state folder beside the database: the shelf of models, what was chosen, and
/// whatever another version keeps there. Left out is what means nothing elsewhere: locks, files that were being
/// written, the database's log (the copy has taken it in), a training run, and what an earlier restore put aside.
enum StateFiles {
    static let asidePrefix = "before-restore-"
    static let incoming = "restoring"
    private static let filesMax = 50_000
    private static let depthMax = 6

    /// Names in the state folder itself that a restore leaves where they are.
    static func stays(_ name: String) -> Bool {
        name == "lock" || name == incoming || name == StoreFolder.unfinishedRestore || name.hasPrefix(asidePrefix)
    }

    private static func isLeftOut(_ path: String, _ name: String) -> Bool {
        stays(path) || name == "lock" || path == "probe" || path == "models/training" || name.hasPrefix(".part-")
            || name.hasSuffix(".new") || path == StoreSnapshot.fileName
            || ["-wal", "-shm", "-journal"].contains { path == StoreSnapshot.fileName + $0 }
    }

    /// Paths below the folder, in order; and what is neither file nor folder, which a backup does not hold.
    static func list(_ folder: String) throws(BackupError) -> (files: [String], odd: [String]) {
        var (files, odd): ([String], [String]) = ([], [])
        try walk(folder, "", &files, &odd, depth: 0)
        return (files.sorted(), odd.sorted())
    }

    private static func walk(
        _ root: String, _ below: String, _ files: inout [String], _ odd: inout [String], depth: Int
    ) throws(BackupError) {
        let folder = below.isEmpty ? root : "\(root)/\(below)"
        for name in try names(folder) {
            let path = below.isEmpty ? name : "\(below)/\(name)"
            if isLeftOut(path, name) { continue }
            var status = stat()
            guard lstat("\(root)/\(path)", &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFREG: files.append(path)
            case S_IFDIR where depth < depthMax: try walk(root, path, &files, &odd, depth: depth + 1)
            default: odd.append(path)
            }
            guard files.count <= filesMax else {
                throw BackupError(
                    root, "holds more than \(filesMax) files", hint: "move away what is not the collector's")
            }
        }
    }

    /// The entries of a folder but `.` and `..`.
    static func names(_ folder: String) throws(BackupError) -> [String] {
        guard let open = opendir(folder) else { throw BackupError(errno: errno, folder) }
        defer { closedir(open) }
        var names: [String] = []
        while let entry = readdir(open) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a folder of ours and all in it.
    static func remove(_ folder: String) {
        for name in (try? names(folder)) ?? [] {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR { remove(path) } else { unlink(path) }
        }
        rmdir(folder)
    }

    static func sync(_ path: String) throws(BackupError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw BackupError(errno: errno, path) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw BackupError(errno: errno, path) }
    }
}
