import Foundation
import TestSupport
import Testing

@testable import AgentApp

/// A configuration with a mistake never starts anything: `run` and `check-config` both end with status 2 and one line
/// that names file, line, column and rule.
struct BadConfigurationTests {
    static func refusal(_ text: String, _ folder: Folder) throws -> [String] {
        let path = try folder.write("agent.yaml", text)
        return try ["run", "check-config"].map { command in
            let result = try Program.run("forewarn-agent", [command, "--config", path])
            #expect(result.status == 2, "\(result)")
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/state"))
            let line = result.text.split(separator: "\n")
            #expect(line.count == 1, "\(result.text)")
            return String(line.first?.components(separatedBy: " error ").last ?? "")
                .replacingOccurrences(of: "\(path):", with: "F:")
        }
    }

    @Test(arguments: [
        ("colour: red", "F:1:1: colour: must be a known key"),
        ("spool:\n  bytes: 1MiB", "F:2:3: spool.bytes: must be a known key"),
        ("interval: 5s\ninterval: 6s", "F:2:1: interval: must be written once"),
        ("interval: 5 parsecs", "F:1:11: interval: must be a duration with its unit"),
        ("spool: {bytes_max: 64}", "F:1:20: spool.bytes_max: must be a size with its unit"),
        ("interval: 0s", "F:1:11: interval: must be between 10ms and 1h, found 0s"),
        ("push_interval: -5s", "F:1:16: push_interval: must be a duration with its unit"),
        ("collector: collector.example:8000", "F:1:12: collector: must be a URL that starts with http"),
        ("collector: ftp://c", "F:1:12: collector: must be a URL that starts with http"),
        (
            "collector: https://u:hunter2@c",
            "F:1:12: collector: must be a URL that starts with http:// or https:// and names a host, "
                + "without ? and #, its port up to 65535, found one with a user or a password; write one such as"
        ),
        ("interval: [5s]", "F:1:11: interval: must be a duration with its unit, found a list"),
        ("interval: 5s\n\tstate: /x", "F:2:1: must be"),
    ])
    func isRefusedWithItsPlace(text: String, words: String) throws {
        let folder = try Folder()
        for line in try Self.refusal(text + "\nstate: \(folder.path)/state", folder) {
            #expect(line.hasPrefix(words), "\(line)")
        }
    }

    @Test func aTokenFileForEveryoneIsRefused() throws {
        let folder = try Folder()
        let token = try folder.write("token", "hunter2\n", mode: 0o644)
        for line in try Self.refusal("interval: 5s\ntoken_file: \(token)\nstate: \(folder.path)/state", folder) {
            #expect(
                line == "F:2:13: token_file: must be closed to other users, "
                    + "found mode 0644 in \(token); run chmod o-rwx \(token)")
        }
    }

    /// Every key of the shipped file, at the line where it stands.
    @Test func checkConfigKnowsTheOriginOfEveryValue() throws {
        let shipped = try String(contentsOfFile: "\(Fixture.root)/../../packaging/agent.yaml", encoding: .utf8)
        let folder = try Folder()
        let path = try folder.write("agent.yaml", shipped)
        let written = try Program.run("forewarn-agent", ["check-config", "--config", path])
        #expect(written.status == 0)
        var group = ""
        var count = 0
        for (index, line) in shipped.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let name = line.firstMatch(of: /^( *)([a-z_]+):( .*)?$/) else { continue }
            if name.1.isEmpty { group = name.3 == nil ? "\(name.2)." : "" }
            if name.3 == nil { continue }
            count += 1
            let key = "\(group)\(name.2)"
            let shown = written.text.split(separator: "\n").filter { $0.hasPrefix("\(key): ") }
            #expect(shown.count == 1 && shown[0].hasSuffix("# \(path):\(index + 1)"), "\(key): \(shown)")
        }
        #expect(count == 15 && written.text.split(separator: "\n").count == count)

        // And none of them without a file.
        let options = ["--collector", "http://c:1", "--state", "/s"]
        let bare = try Program.run("forewarn-agent", ["check-config", "--config", folder.write("empty", "")] + options)
        let origins = bare.text.split(separator: "\n").map { $0.components(separatedBy: "# ").last }
        #expect(origins.count { $0 == "default" } == count - 2 && origins.count { $0 == "--state" } == 1)
    }
}
