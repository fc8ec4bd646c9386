import Forecasting
import Glibc
import Lifecycle
import TFT

/// Where models are that do not lie on the shelf.
enum ModelFolder {
    static let installed = "/usr/share/forewarn/models/hosts"
    /// In a build tree the shipped model lies beside the sources, above the program.
    static let inSources = "Collector/Models/hosts"

    /// A folder that is named, or that an admin put into the state folder: it wins over the shelf.
    static func explicit(configured: String?, state: String) -> String? {
        configured ?? (isModel("\(state)/model") ? "\(state)/model" : nil)
    }

    /// What a collector of this state folder serves with.
    static func inUse(configured: String?, state: String) -> String {
        if let named = explicit(configured: configured, state: state) { return named }
        let shelf = ModelShelf(state: state, shipped: shipped)
        return shelf.path(of: shelf.current()?.id ?? ModelShelf.shipped)
    }

    /// The model that came with the program.
    static var shipped: String {
        ([installed] + foldersAboveProgram().map { "\($0)/\(inSources)" }).first(where: isModel) ?? installed
    }

    /// Throws where a folder cannot be served, or answers otherwise than what lies in it says. One with nothing to
    /// compare with, as `train` makes them, must load and answer numbers.
    static func prove(_ folder: String) throws {
        let report = try ModelCheck.run(folder: folder)
        let hasProof = report.golden != nil || report.sample != nil
        guard report.pass || !hasProof && report.isFinite == true else {
            throw ShelfError(
                folder, "fails model check", hint: "forewarn-collector model check \(folder) says by how much")
        }
        _ = try ForecastModel(folder: folder, pool: WorkerPool(workers: 1))
    }

    private static func isModel(_ folder: String) -> Bool { access("\(folder)/config.json", R_OK) == 0 }

    private static func foldersAboveProgram() -> [String] {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return [] }
        var path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var folders: [String] = []
        while let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            path = String(path[..<slash])
            folders.append(path)
        }
        return folders
    }
}
