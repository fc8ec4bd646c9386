import Testing

@testable import Configuration

struct YAMLParserTests {
    @Test(arguments: [
        ("a: 1\na: 2", "a.yaml:2:1: a: must be written once, found it again (first on line 1); remove one of the two"),
        ("a: &x 1\nb: *x", "a.yaml:2:4: must spell every value out, found an alias (*name); write the value itself"),
        ("a: 1\n---\nb: 2", "a.yaml:2:1: must be one document, found a second one; remove the line ---"),
        ("- a", "a.yaml:1:1: must be a group of keys, found a list; write lines of the form key: value"),
        ("[a]: 1", "a.yaml:1:1: must have a word as its key, found a list or a group; write key: value"),
        (
            String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
            "a.yaml:1:17: must nest at most 16 deep, found more; check the indentation"
        ),
        (
            "a: \"open",
            "a.yaml:1:9: must be YAML, found unexpected end of stream; "
                + "check quotes, colons and that the indentation is made of spaces"
        ),
        (
            "\ta: 1",
            "a.yaml:1:1: must be YAML, found character that cannot start any token; "
                + "check quotes, colons and that the indentation is made of spaces"
        ),
    ])
    func refusals(text: String, words: String) {
        let error = #expect(throws: ConfigError.self) { try ConfigFile(text: Array(text.utf8), path: "a.yaml") }
        #expect(error.map(String.init(describing:)) == words)
    }

    @Test func badBytesAreRefused() {
        for bytes: [UInt8] in [[0x61, 0x3a, 0xff, 0xfe], [0x61, 0, 0x62], [UInt8](repeating: 0x20, count: 2 << 20)] {
            #expect(throws: ConfigError.self) { try ConfigFile(text: bytes, path: "a.yaml") }
        }
    }

    @Test(arguments: ["", "# only a comment\n", "---\n", "~"])
    func emptyIsAllDefaults(text: String) throws {
        let file = try ConfigFile(text: Array(text.utf8), path: "a.yaml")
        #expect(try file.root.int("x", default: 3, in: 1...9) == 3)
        try file.finish()
    }
}
