import Glibc

/// Where the model is: the configured folder, one that an admin put into the state folder, or the shipped one.
enum ModelFolder {
    static let shipped = "/usr/share/forewarn/models/bootstrap"
    /// In a build tree the shipped model lies beside the sources, above the program.
    static let inSources = "Collector/Models/bootstrap"

    static func find(configured: String?, state: String) -> String {
        if let configured { return configured }
        let candidates = ["\(state)/model", shipped] + foldersAboveProgram().map { "\($0)/\(inSources)" }
        return candidates.first { access("\($0)/config.json", R_OK) == 0 } ?? shipped
    }

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
