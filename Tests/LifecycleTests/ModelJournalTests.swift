import Foundation
import TestSupport
import Testing

@testable import Lifecycle

struct ModelJournalTests {
    @Test func aLineCutShortTakesNoOtherWithIt() throws {
        let folder = try TemporaryFolder()
        let journal = ModelJournal(path: "\(folder.path)/journal")
        let entries = (0..<3).map { ModelJournal.Entry(at: Double($0), who: "ann", .used, "m\($0)", why: "test") }
        for entry in entries.prefix(2) { try journal.add(entry) }
        let file = URL(filePath: journal.path)
        try Data(contentsOf: file).dropLast(9).write(to: file)
        try journal.add(entries[2])
        #expect(journal.entries() == [entries[0], entries[2]])
    }
}
