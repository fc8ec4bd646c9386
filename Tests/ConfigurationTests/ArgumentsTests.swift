import Testing

@testable import Configuration

struct ArgumentsTests {
    @Test func readsOptionsSwitchesAndTheRest() throws {
        let arguments = try Arguments(
            ["DIR", "--hosts", "20", "--json", "--listen=[::1]:80", "-"], options: ["--hosts", "--listen"],
            switches: ["--json", "--quiet"], restMax: 2)
        #expect(arguments["--hosts"] == "20")
        #expect(arguments["--listen"] == "[::1]:80")
        #expect(arguments.has("--json"))
        #expect(!arguments.has("--quiet"))
        #expect(arguments.rest == ["DIR", "-"])
    }

    @Test(arguments: [
        (["--port"], "--port needs a value"),
        (["--port", "1", "--port=2"], "--port is given twice"),
        (["--json=1"], "--json takes no value"),
        (["--prot", "1"], "--prot is not known here; there is --port, --json"),
        (["more"], "more is one word too many"),
    ])
    func saysWhatIsWrong(words: [String], message: String) {
        #expect(throws: UsageError(message)) {
            try Arguments(words, options: ["--port"], switches: ["--json"])
        }
    }
}
