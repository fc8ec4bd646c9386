import Foundation
import Testing

@testable import AgentApp

struct RejectedBatchesTests {
    @Test func theReasonIsKeptAndTheNumberIsBounded() throws {
        let state = try Folder()
        let rejected = RejectedBatches(state: state.path)
        for first in 1...30 as ClosedRange<UInt64> {
            #expect(
                rejected.add(Array(#"{"records":[]}"#.utf8), first: first, reason: "status 400: \"no\"", time: 5) != nil
            )
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: rejected.directory).sorted()
        #expect(names.count == RejectedBatches.filesMax && names.last == "000000000000001e.json")
        let data = try Data(contentsOf: URL(filePath: "\(rejected.directory)/\(names[0])"))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(json["reason"] as? String == "status 400: \"no\"" && json["batch"] is [String: Any])
    }

    /// A new spool counts from 1 again.
    @Test func theOldestGoWhateverTheirSequences() throws {
        let state = try Folder()
        let rejected = RejectedBatches(state: state.path)
        for first in 1001...1020 as ClosedRange<UInt64> {
            let path = try #require(rejected.add(Array("{}".utf8), first: first, reason: "r", time: 5))
            let age = Double(first == 1010 ? 9000 : 5000)
            try FileManager.default.setAttributes([.modificationDate: Date() - age], ofItemAtPath: path)
        }
        let path = try #require(rejected.add(Array("{}".utf8), first: 1, reason: "r", time: 5))
        let names = try FileManager.default.contentsOfDirectory(atPath: rejected.directory)
        #expect(names.count == RejectedBatches.filesMax && FileManager.default.fileExists(atPath: path))
        #expect(!names.contains("00000000000003f2.json"))
    }

    @Test func aFolderThatCannotBeWrittenIsNoCrash() {
        #expect(RejectedBatches(state: "/nowhere/at/all").add([1], first: 1, reason: "r", time: 0) == nil)
    }
}

/// A folder for one test.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "agent-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }
}
