import Testing

@testable import Configuration

struct ConfigSectionTests {
    enum Level: String, CaseIterable { case info, debug }

    static let text = """
        # A comment.
        interval: 5s
        push: "15s"
        ratio: 0.25
        port: 8000
        big: 64MiB
        on: true
        level: debug
        nothing: ~
        spool:
          bytes_max: 1GiB
        names: [a, "b c"]
        labels:
          team: risk
          rack: 12
        sinks:
          - url: http://one
          - url: http://two
            level: info
        """

    static func file(_ text: String) throws -> ConfigFile { try ConfigFile(text: Array(text.utf8), path: "a.yaml") }

    @Test func everyKindIsRead() throws {
        let file = try Self.file(Self.text)
        let root = file.root
        #expect(try root.duration("interval", in: 1...3600) == 5)
        #expect(try root.duration("push", in: 1...3600) == 15)
        #expect(try root.double("ratio", in: 0...1) == 0.25)
        #expect(try root.int("port", in: 1...65_535) == 8000)
        #expect(try root.bytes("big", in: 0...(1 << 30)) == 64 << 20)
        #expect(try root.bool("on") == true)
        #expect(try root.choice("level", default: Level.info) == .debug)
        #expect(try root.optionalString("nothing") == nil)
        #expect(try root.optionalChoice("level", as: Level.self) == .debug)
        #expect(try root.section("spool").bytes("bytes_max", in: 0...(1 << 40)) == 1 << 30)
        #expect(try root.section("tls").string("mode", default: "off") == "off")
        #expect(try root.strings("names") == ["a", "b c"])
        #expect(try root.texts("labels").map { "\($0.key)=\($0.value)" } == ["team=risk", "rack=12"])
        let sinks = try root.sections("sinks")
        #expect(try sinks.map { sink throws(ConfigError) in try sink.string("url") } == ["http://one", "http://two"])
        #expect(
            try sinks.map { sink throws(ConfigError) in try sink.choice("level", default: Level.info) } == [
                .info, .info,
            ])
        try file.finish()
    }

    @Test func defaultsHoldWithoutAFile() throws {
        let root = ConfigFile.empty.root
        #expect(try root.duration("interval", default: 5, in: 1...3600) == 5)
        #expect(try root.sections("sinks").isEmpty)
        #expect(try root.strings("names", default: ["x"]) == ["x"])
        #expect(try root.texts("labels").isEmpty)
        #expect(throws: ConfigError.self) { try root.string("needed") }
    }

    struct Mistake: Sendable {
        let text: String
        let words: String
        let read: @Sendable (ConfigSection) throws -> Void

        init(_ text: String, _ words: String, _ read: @escaping @Sendable (ConfigSection) throws -> Void) {
            self.text = text
            self.words = words
            self.read = read
        }
    }

    static let table: [Mistake] = [
        .init("interval: 0s", "1:11: interval: must be between 1s and 1h, found 0s; write a value from 1s to 1h") {
            _ = try $0.duration("interval", in: 1...3600)
        },
        .init(
            "interval: 5",
            "1:11: interval: must be a duration with its unit, found 5; write a duration such as 5s"
        ) { _ = try $0.duration("interval", in: 1...3600) },
        .init(
            "a: 1\nbig: 5 parsecs",
            "2:6: big: must be a size with its unit, found 5 parsecs; write a size such as 64MiB"
        ) { _ = try $0.bytes("big", in: 1...2) },
        .init("port: '80'", "1:7: port: must be a whole number, found the text \"80\"; write digits without quotes") {
            _ = try $0.int("port", in: 1...2)
        },
        .init("port: 1.5", "1:7: port: must be a whole number, found 1.5; write digits without quotes") {
            _ = try $0.int("port", in: 1...2)
        },
        .init("x: nan", "1:4: x: must be a number, found nan; write a number without quotes") {
            _ = try $0.double("x", in: 1...2)
        },
        .init("x: yes", "1:4: x: must be true or false, found yes; write true or false without quotes") {
            _ = try $0.bool("x")
        },
        .init("x: [1]", "1:4: x: must be a text, found a list; write a text after the colon") {
            _ = try $0.string("x")
        },
        .init("x:", "1:3: x: must be a text, found nothing; write a text after the colon") {
            _ = try $0.string("x", default: "d")
        },
        .init("y: 1", "1:1: x: must be given: a text, found nothing; write a text after the colon") {
            _ = try $0.string("x")
        },
        .init("x: loud", "1:4: x: must be one of info, debug, found loud; write one of these words") {
            _ = try $0.choice("x", default: Level.info)
        },
        .init(
            "spool: 5",
            "1:8: spool: must be a group of keys, found 5; indent its parts under it, or leave it out"
        ) { _ = try $0.section("spool") },
        .init("sinks:\n  - 5", "2:5: sinks[0]: must be a group of keys, found 5; write key: value") {
            _ = try $0.sections("sinks")
        },
        .init(
            "u: ftp://x",
            "1:4: u: must be a URL that starts with http:// or https:// and names a host, without ? and #, "
                + "its port up to 65535, found ftp://x; write one such as https://collector.example:8000"
        ) { _ = try $0.string("u", rule: .httpURL) },
        .init("l:\n  k: vvv", "2:6: l.k: must be short, found vvv; cut it") {
            _ = try $0.texts("l", rule: .init("be short", mend: "cut it") { $0.value.count < 3 })
        },
    ]

    @Test(arguments: table)
    func mistakes(mistake: Mistake) throws {
        let file = try Self.file(mistake.text)
        let error = #expect(throws: ConfigError.self) { try mistake.read(file.root) }
        #expect(error.map(String.init(describing:)) == "a.yaml:\(mistake.words)")
    }

    @Test(arguments: [
        ("http://h", true), ("https://h:8000/x", true), ("https://h:8000/x?y", false), ("http://h:99999", false),
        ("http://[::1]:8000", true), ("h:8000", false),
        ("http://", false), ("https://:80", false), ("http://user:secret@h", false), ("http://h /", false), ("", false),
    ])
    func urls(text: String, holds: Bool) { #expect(ConfigRule.httpURL.holds(text) == holds) }
}
