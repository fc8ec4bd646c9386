import Testing

@testable import CollectorApp

struct TextTableTests {
    @Test func columnsStandBelowEachOther() {
        #expect(TextTable.text([["ID", "NAME"], ["10", "a"], ["7", "bc"]]) == "ID  NAME\n10  a\n7   bc")
    }

    /// A terminal would clear its screen, or write from right to left.
    @Test func whatMovesATerminalIsShown() {
        let text = TextTable.text([["a\u{1B}[2J", "b\u{202E}c"], ["é", "d\ne"]])
        #expect(text == "a\\u{1b}[2J  b\\u{202e}c\né           d\\u{a}e")
    }
}
