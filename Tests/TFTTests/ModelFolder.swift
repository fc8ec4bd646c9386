import Foundation

@testable import TFT

/// A copy of a golden folder in a temporary place, to be broken; it goes when this does.
final class ModelFolder {
    let path: String

    init(copyOf name: String) throws {
        let to = FileManager.default.temporaryDirectory.appending(path: "model-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: URL(filePath: "\(GoldenFolder.root)/\(name)"), to: to)
        path = to.path()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func edit(_ file: String, _ change: (inout Data) throws -> Void) throws {
        let url = URL(filePath: "\(path)/\(file)")
        var data = try Data(contentsOf: url)
        try change(&data)
        try data.write(to: url)
    }

    /// Replaces text by text, of equal length where the file is not all text.
    func replace(_ old: String, by new: String, in file: String) throws {
        try edit(file) { data in
            guard let range = data.range(of: Data(old.utf8)) else { throw CocoaError(.fileReadCorruptFile) }
            data.replaceSubrange(range, with: Data(new.utf8))
        }
    }
}
