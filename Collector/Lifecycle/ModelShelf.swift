import Daemon
import Glibc
import TFT
import Telemetry

/// The models of a collector: folders under `STATE/models`, which of them is in use, and what became of each.
///
///     <id>/       a model folder; the id is 12 hexadecimal digits of the SHA-256 of its weights and configuration
///     current     which is in use, and which was before: replaced whole by rename(2), so it is the old or the new one
///     trial       the challenger, while there is one
///     training/   a run that is going on, or was broken off
///     journal     who did what, when and why
///     lock        held while any of these is changed
///
/// `shipped` is the model that came with the program: always there, never in this folder, never removed.
package struct ModelShelf: Sendable {
    /// `STATE/models`.
    package let folder: String
    /// Where the shipped model lies.
    package let shippedFolder: String
    package static let shipped = "shipped"
    package static let idLength = 12
    /// Folders that are listed, so that a mistake of anyone's costs a bounded time.
    private static let listedMax = 1000

    package init(state: String, shipped: String) {
        folder = "\(state)/models"
        shippedFolder = shipped
    }

    package var journal: ModelJournal { ModelJournal(path: "\(folder)/journal") }
    package var trainingFolder: String { "\(folder)/training" }

    // MARK: What there is

    /// Never a path of the caller's making.
    package static func isID(_ text: String) -> Bool {
        text == shipped
            || text.utf8.count == idLength && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    package func path(of id: String) -> String { id == Self.shipped ? shippedFolder : "\(folder)/\(id)" }

    /// Where the model of an id lies; throws when there is none.
    package func find(_ id: String) throws(ShelfError) -> String {
        guard Self.isID(id), FileBytes.exists("\(path(of: id))/\(TFTModel.configName)") else {
            throw ShelfError(folder, "holds no model \(id)", hint: "forewarn-collector model list shows what there is")
        }
        return path(of: id)
    }

    /// The shipped one first, then the others, the newest first.
    package func ids() -> [String] {
        var found: [(id: String, at: Int)] = []
        if let open = opendir(folder) {
            defer { closedir(open) }
            while found.count < Self.listedMax, let entry = readdir(open) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard name != Self.shipped, Self.isID(name), let at = addedAt(name) else { continue }
                found.append((name, at))
            }
        }
        return [Self.shipped] + found.sorted { ($1.at, $0.id) < ($0.at, $1.id) }.map(\.id)
    }

    /// When a folder was put here, Unix seconds; nil when there is none.
    package func addedAt(_ id: String) -> Int? {
        var status = stat()
        guard stat("\(path(of: id))/\(TFTModel.configName)", &status) == 0 else { return nil }
        return Int(status.st_mtim.tv_sec)
    }

    // MARK: Changing it

    /// Nobody else changes anything meanwhile: `flock(2)`, which the kernel lets go however this process ends.
    package func changing<Result>(_ body: () throws(ShelfError) -> Result) throws(ShelfError) -> Result {
        guard mkdir(folder, 0o750) == 0 || errno == EEXIST else { throw ShelfError(errno: errno, folder) }
        let path = "\(folder)/lock"
        let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard lock >= 0 else { throw ShelfError(errno: errno, path) }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 { guard errno == EINTR else { throw ShelfError(errno: errno, path) } }
        return try body()
    }

    /// Files of a model folder; nothing else is copied.
    private static let files = [
        TFTModel.configName, TFTModel.weightsName, ModelCard.fileName, "sample.json", "io.safetensors",
    ]

    /// Copies a model folder here, whole or not at all, and answers its id. One that is here already stays as it is.
    /// The caller has proved it good.
    package func add(_ source: String) throws(ShelfError) -> (id: String, isNew: Bool) {
        let id = try Self.id(of: source)
        return try changing { () throws(ShelfError) in
            sweep()
            if addedAt(id) != nil { return (id, false) }
            let beside = "\(folder)/\(Self.besidePrefix)\(getpid())"
            guard mkdir(beside, 0o750) == 0 else { throw ShelfError(errno: errno, beside) }
            do throws(ShelfError) {
                for name in Self.files { try Self.copy("\(source)/\(name)", to: "\(beside)/\(name)") }
                // What was copied may have changed on the way.
                guard try Self.id(of: beside) == id else {
                    throw ShelfError(source, "changed while it was copied", hint: "import it when nothing writes to it")
                }
                guard rename(beside, path(of: id)) == 0 else { throw ShelfError(errno: errno, path(of: id)) }
                Self.sync(folder)
            } catch {
                Self.remove(beside)
                throw error
            }
            return (id, true)
        }
    }

    private static func id(of folder: String) throws(ShelfError) -> String {
        do throws(ModelError) { return try ModelCard(folder: folder).id } catch {
            throw ShelfError(folder, "is no model folder: \(error)", hint: "it needs model.safetensors and config.json")
        }
    }

    /// Removes a model that is neither in use, nor a challenger, nor shipped.
    package func remove(_ id: String) throws(ShelfError) {
        guard id != Self.shipped, Self.isID(id) else {
            throw ShelfError(folder, "\(id) cannot be removed", hint: "it came with the program")
        }
        // Away from its name first, so that nobody finds half of it.
        let beside = "\(folder)/\(Self.besidePrefix)\(getpid())-\(id)"
        guard rename(path(of: id), beside) == 0 else { throw ShelfError(errno: errno, path(of: id)) }
        Self.remove(beside)
    }

    // MARK: Files

    private static let besidePrefix = ".part-"

    /// Removes what a process left half done that has ended since.
    private func sweep() {
        guard let open = opendir(folder) else { return }
        defer { closedir(open) }
        while let entry = readdir(open) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix(Self.besidePrefix) else { continue }
            let maker = pid_t(name.dropFirst(Self.besidePrefix.count).prefix { $0.isNumber })
            if let maker, maker != getpid(), kill(maker, 0) != 0, errno == ESRCH { Self.remove("\(folder)/\(name)") }
        }
    }

    /// A file that is not there is not copied: most of them may be missing.
    private static func copy(_ from: String, to: String) throws(ShelfError) {
        guard FileBytes.exists(from) else { return }
        do throws(ModelError) {
            let bytes = try FileBytes.read(from)
            do throws(FileWriteError) { try writeFile(bytes, to: to) } catch {
                throw .unreadable(file: to, reason: error.reason)
            }
        } catch {
            throw ShelfError(from, "cannot be copied: \(error)", hint: "make room and look at the files' rights")
        }
    }

    /// A folder of ours: files, no folders in it.
    package static func remove(_ folder: String) {
        let ofTraining = ["checkpoint", "checkpoint.json"]
        for name in files + ofTraining + (files + ofTraining).map({ "\($0).new" }) + ["job", "log"] {
            unlink("\(folder)/\(name)")
        }
        rmdir(folder)
    }

    private static func sync(_ folder: String) {
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return }
        fsync(file)
        close(file)
    }
}
