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
