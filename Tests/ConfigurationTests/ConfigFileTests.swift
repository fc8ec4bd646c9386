import Foundation
import Testing

@testable import Configuration

struct ConfigFileTests {
    static func file(_ text: String) throws -> ConfigFile { try ConfigFile(text: Array(text.utf8), path: "a.yaml") }

    @Test func unknownKeysAreNamedWithTheirPlace() throws {
        let file = try Self.file("interval: 5s\nspool:\n  byte_max: 1MiB\n")
        _ = try file.root.duration("interval", in: 1...9)
        _ = try file.root.section("spool").bytes("bytes_max", default: 9, in: 1...9)
        let error = #expect(throws: ConfigError.self) { try file.finish() }
        #expect(
            error.map(String.init(describing:))
                == "a.yaml:3:3: spool.byte_max: must be a known key, found an unknown one; known here: bytes_max")
    }

    @Test func unknownKeysInListsAreFound() throws {
        let file = try Self.file("sinks:\n  - url: a\n  - urk: b\n")
        _ = try file.root.sections("sinks").map { sink throws(ConfigError) in try sink.string("url", default: "") }
        #expect(throws: ConfigError.self) { try file.finish() }
    }

    @Test func effectiveShowsOrigins() throws {
        let file = try Self.file("interval: 5s\n")
        file.override("collector", with: "http://c", from: "--collector")
        _ = try file.root.duration("interval", in: 1...9)
        _ = try file.root.string("collector", default: "http://d", rule: .httpURL)
        _ = try file.root.section("spool").bytes("bytes_max", default: 1 << 20, in: 1...(1 << 30))
        _ = try file.root.string("word", default: "two words")
        #expect(
            file.effective == """
                interval: 5s           # a.yaml:1
                collector: http://c    # --collector
                spool.bytes_max: 1MiB  # default
                word: "two words"      # default

                """)
    }

    @Test func overridesAreChecked() throws {
        let file = ConfigFile.empty
        file.override("collector", with: "c:80", from: "--collector")
        let error = #expect(throws: ConfigError.self) { try file.root.string("collector", rule: .httpURL) }
        #expect(error.map { "\($0)" }?.hasPrefix("--collector: collector: must be a URL") == true)
    }

    @Test func unreadableFilesSayWhy() {
        let error = #expect(throws: ConfigError.self) { try ConfigFile(path: "/nowhere/at/all.yaml") }
        #expect(error?.found == "No such file or directory")
        #expect(throws: ConfigError.self) { try ConfigFile(path: "/") }
    }

    /// Opened as a file is, it would wait for a writer for ever.
    @Test func aPipeIsRefusedAtOnce() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml").path()
        defer { unlink(path) }
        #expect(mkfifo(path, 0o600) == 0)
        let error = #expect(throws: ConfigError.self) { try ConfigFile(path: path) }
        #expect(error?.rule == "be a plain file")
    }

    @Test func readsFromDisk() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml")
        defer { try? FileManager.default.removeItem(at: path) }
        try Data("x: 1".utf8).write(to: path)
        #expect(try ConfigFile(path: path.path()).root.int("x", in: 0...1) == 1)
    }
}
