import Foundation
import Testing

@testable import Daemon

struct SecretTests {
    static func withFile(_ text: String, mode: Int, _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        try body(path)
    }

    @Test func readsOneLine() throws {
        try Self.withFile("tok3n\r\n", mode: 0o640) { path in
            let secret = try Secret(file: path)
            #expect(secret.reveal() == "tok3n")
        }
    }

    @Test(arguments: [
        ("tok3n", 0o644, "be closed to other users"), ("\n", 0o600, "hold one line of visible ASCII"),
        ("a\nb", 0o600, "hold one line of visible ASCII"), ("ä", 0o600, "hold one line of visible ASCII"),
    ])
    func refusals(text: String, mode: Int, rule: String) throws {
        try Self.withFile(text, mode: mode) { path in
            let error = #expect(throws: SecretError.self) { try Secret(file: path) }
            #expect(error?.rule == rule)
            #expect(error.map { "\($0)".contains("tok3n") } == false)
        }
    }

    /// Opened as a file is, it would wait for a writer for ever.
    @Test func aPipeIsRefusedAtOnce() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID())").path()
        defer { unlink(path) }
        #expect(mkfifo(path, 0o600) == 0)
        let error = #expect(throws: SecretError.self) { try Secret(file: path) }
        #expect(error?.rule == "be a plain file")
    }

    @Test func absentFilesSayWhy() {
        let error = #expect(throws: SecretError.self) { try Secret(file: "/nowhere/token") }
        #expect(error?.found == "No such file or directory")
    }
}
