import Testing

@testable import Configuration

struct ArgumentsTests {
    static let options = ["--config": 1, "--replay": 2, "--help": 0]

    @Test func valuesFollowOrAreAttached() throws {
        let arguments = try Arguments(["--config", "a", "--replay", "x", "y", "--help"], options: Self.options)
        #expect(
            arguments.value("--config") == "a" && arguments.values["--replay"] == ["x", "y"] && arguments.has("--help"))
        #expect(try Arguments(["--config=a=b"], options: Self.options).value("--config") == "a=b")
    }

    @Test func freeWordsAreKept() throws {
        let arguments = try Arguments(["DIR", "--help", "-"], options: Self.options, restMax: 2)
        #expect(arguments.rest == ["DIR", "-"] && arguments.has("--help"))
    }

    @Test(arguments: [
        (["--config"], "--config needs a value"), (["--replay", "x"], "--replay needs 2 values"),
        (["--colour"], "unknown option --colour"), (["word"], "unexpected word word"),
        (["--config", "a", "--config", "b"], "--config is given twice"), (["--help=yes"], "--help takes no value"),
    ])
    func mistakes(words: [String], text: String) {
        let mistake = #expect(throws: UsageError.self) { try Arguments(words, options: Self.options) }
        #expect(mistake?.description == text)
    }
}
