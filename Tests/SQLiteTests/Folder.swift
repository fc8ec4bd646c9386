import Foundation

/// A folder for one test's database.
final class Folder: Sendable {
    let path = URL.temporaryDirectory.appending(path: "forewarn-sqlite-\(UUID().uuidString)").path()
    var file: String { "\(path)/test.sqlite" }

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}
