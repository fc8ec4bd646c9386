import Foundation
import TestSupport

@testable import HostMetrics

/// A folder that stands for /proc (or /sys), made for one test.
final class Tree: Sendable {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "tree-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try add(name, text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var root: ProcRoot { ProcRoot(path: path) }

    func add(_ name: String, _ text: String) throws {
        let url = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func link(_ name: String, to target: String) throws {
        let url = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: url.path(), withDestinationPath: target)
    }
}

/// A captured file as the readers see it.
func captured(_ name: String) throws -> Text {
    Text(file: name, bytes: try Fixture.bytes("proc/\(name)"))
}

func text(_ text: String, file: String = "file") -> Text { Text(file: file, bytes: Array(text.utf8)) }

func near(_ a: Double?, _ b: Double, within tolerance: Double = 1e-6) -> Bool {
    a.map { abs($0 - b) <= tolerance } ?? false
}
