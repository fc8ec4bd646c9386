import Foundation
import TestSupport
import Testing

/// The guides, followed word for word: each shell example, in its order, in one shell, against a collector with the
/// demonstration fleet.
struct GuideTests {
    @Test(arguments: ["API.md", "THRESHOLDS.md"]) func everyExampleRuns(name: String) async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let guide = try String(contentsOf: root.appending(path: "Collector/\(name)"), encoding: .utf8)
        let examples = guide.components(separatedBy: "```sh\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(examples.count >= 8)

        let folder = try TemporaryFolder()
        let collector = try await RunningCollector(state: "\(folder.path)/collector")
        let fleet = try Program(
            "forewarn-collector",
            ["simulate", "--collector", collector.url, "--past", "2h", "--speed", "6"])
        #expect(
            try await eventually(within: 120) {
                let fleet = try await collector.get("/api/v1/fleet").object
                return (fleet["warmup"] as? [String: Any])?["ready"] as? Int == 20
            }, "every host has a forecast: \(fleet.text)")
        let script = "set -euo pipefail\ncd '\(folder.path)'\n" + examples.joined(separator: "\n") + "\necho followed\n"
        let path = "\(folder.path)/guide.sh"
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        let shell = try Program.run("/bin/bash", ["-x", path], environment: ["FOREWARN": collector.url])
        #expect(shell.status == 0 && shell.text.hasSuffix("followed\n"), "\(name): \(shell.text.suffix(3000))")
        fleet.end()
        collector.program.end()
    }
}
