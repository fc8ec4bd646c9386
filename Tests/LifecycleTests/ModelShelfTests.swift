import Foundation
import TestSupport
import Testing

@testable import Lifecycle

struct ModelShelfTests {
    static let shipped = Fixture.root + "/../../Collector/Models/bootstrap"
    static let tiny = Fixture.root + "/../Golden/tft/tiny"

    let state: TemporaryFolder
    let shelf: ModelShelf

    init() throws {
        state = try TemporaryFolder()
        shelf = ModelShelf(state: state.path, shipped: Self.shipped)
    }

    private func contents() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: shelf.folder).sorted()
    }

    @Test func theShippedOneIsAlwaysThere() throws {
        #expect(shelf.ids() == ["shipped"] && shelf.current() == nil)
        #expect(try shelf.find("shipped") == Self.shipped)
        let error = #expect(throws: ShelfError.self) {
            try shelf.changing { () throws(ShelfError) in
                try shelf.remove("shipped")
            }
        }
        #expect(error?.hint.contains("came with the program") == true)
        #expect(FileManager.default.fileExists(atPath: Self.shipped + "/config.json"))
    }

    @Test func aFolderIsCopiedOnceAndWhole() throws {
        let first = try shelf.add(Self.tiny)
        #expect(first.isNew && ModelShelf.isID(first.id))
        let second = try shelf.add(Self.tiny)
        #expect(second.id == first.id && !second.isNew)
        #expect(shelf.ids() == ["shipped", first.id])
        for file in ["model.safetensors", "config.json", "io.safetensors"] {
            let copied = try Data(contentsOf: URL(filePath: "\(shelf.path(of: first.id))/\(file)"))
            #expect(try copied == Data(contentsOf: URL(filePath: "\(Self.tiny)/\(file)")))
        }
        #expect(try contents() == [first.id, "lock"].sorted())
    }

    /// What a process left half done that was killed goes; what a living one is about stays.
    @Test func halfAFolderIsNoModel() throws {
        _ = try shelf.add(Self.shipped)
        let dead = try Program("/bin/true", [])
        dead.wait()
        for maker in [dead.pid, 1] {
            let path = "\(shelf.folder)/.part-\(maker)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data("{".utf8).write(to: URL(filePath: "\(path)/config.json"))
        }
        #expect(shelf.ids().count == 2)
        _ = try shelf.add(Self.tiny)
        #expect(try contents().filter { $0.hasPrefix(".part-") } == [".part-1"])
    }

    @Test func whatIsNoModelIsRefused() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: ShelfError.self) { try shelf.add(folder.path) }
        #expect("\(error as Any)".contains("model.safetensors"))
        for id in ["../../etc", "ABCDEF012345", "abc", "", "/etc", "0123456789ag"] {
            #expect(throws: ShelfError.self) { try shelf.find(id) }
        }
    }

    @Test func aChoiceRemembersTheOneBefore() throws {
        let id = try shelf.add(Self.tiny).id
        try shelf.choose(id, who: "ann", why: "try it", deed: .used, now: 1000.5)
        #expect(
            shelf.current() == ModelChoice(id: id, previous: "shipped", who: "ann", why: "try it", at: 1000.5))
        let again = #expect(throws: ShelfError.self) {
            try shelf.choose(id, who: "ann", why: "", deed: .used, now: 1001)
        }
        #expect(again?.reason.contains("in use already") == true)
        try shelf.choose("shipped", who: "collector", why: "worse", deed: .rolledBack, now: 1002)
        #expect(shelf.current()?.previous == id && shelf.current()?.deed == .rolledBack)
    }

    @Test(arguments: ["", "{", #"{"id":"../x","who":"","why":"","at":1,"deed":"used"}"#, #"{"id":"shipped"}"#])
    func aPointerThatCannotBeReadIsNoChoice(text: String) throws {
        _ = try shelf.add(Self.tiny)
        try Data(text.utf8).write(to: URL(filePath: "\(shelf.folder)/current"))
        #expect(shelf.current() == nil && shelf.isCurrentUnreadable)
    }

    @Test func theOldestUnusedGo() {
        let ids = ["shipped", "e", "d", "c", "b", "a"]
        #expect(ModelShelf.surplus(ids, keeping: 5, needed: []) == [])
        #expect(ModelShelf.surplus(ids, keeping: 2, needed: []) == ["a", "b", "c"])
        #expect(ModelShelf.surplus(ids, keeping: 2, needed: ["a", "e"]) == ["b"])
        #expect(ModelShelf.surplus(ids, keeping: 0, needed: ["b"]) == ["a", "c", "d", "e"])
        #expect(ModelShelf.surplus(ids, keeping: -1, needed: Set(ids)) == [])
    }

    @Test func tidyingKeepsWhatIsNeededAndTells() throws {
        let (tiny, shipped) = (try shelf.add(Self.tiny).id, try shelf.add(Self.shipped).id)
        try shelf.choose(tiny, who: "ann", why: "", deed: .used, now: 1)
        #expect(try shelf.tidy(keeping: 0, who: "ann", now: 2) == [shipped])
        #expect(shelf.ids() == ["shipped", tiny])
        #expect(shelf.journal.entries().map(\.id) == [shipped])
        #expect(try !contents().contains { $0.hasPrefix(".part-") })
    }

    @Test func aTrialComesAndGoes() throws {
        let trial = ModelTrial(id: try shelf.add(Self.tiny).id, since: 12.5)
        try shelf.set(trial)
        #expect(shelf.trial() == trial)
        try shelf.set(nil as ModelTrial?)
        try shelf.set(nil as ModelTrial?)
        #expect(shelf.trial() == nil)
    }

    @Test func theJournalIsBoundedAndOutlivesRubbish() throws {
        _ = try shelf.add(Self.tiny)
        let journal = shelf.journal
        for index in 0..<(ModelJournal.entriesMax + 10) {
            try journal.add(.init(at: Double(index), who: "a", .used, "shipped", why: "\"\(index)\"\n"))
        }
        let entries = journal.entries()
        #expect(entries.count <= ModelJournal.entriesMax && entries.last?.at == Double(ModelJournal.entriesMax + 9))
        #expect(entries.last?.why == "\"\(ModelJournal.entriesMax + 9)\"\n")
        let file = try FileHandle(forWritingTo: URL(filePath: journal.path))
        try file.seekToEnd()
        try file.write(contentsOf: Data("{\"at\":5,\n\u{0}\n".utf8))
        try file.close()
        try journal.add(.init(at: 9e9, who: "b", .rolledBack, "", why: String(repeating: "x", count: 5000)))
        let last = try #require(journal.entries().last)
        #expect(last.at == 9e9 && last.why.count == 600 && journal.entries().count == entries.count + 1)
    }

    @Test func aFullDiskLeavesWhatWasThere() throws {
        let full = ModelShelf(state: "/dev/null", shipped: Self.shipped)
        let error = #expect(throws: ShelfError.self) { try full.add(Self.tiny) }
        #expect(error?.path == "/dev/null/models")
        #expect(ShelfError(errno: ENOSPC, "/x").hint.contains("make room"))
    }

    // MARK: Cards

    @Test func theShippedCardIsRead() throws {
        let card = try ModelCard(folder: Self.shipped)
        #expect(card.digest.count == 64 && card.id.count == 12 && card.hosts == 42)
        #expect(card.label.hasPrefix("bootstrap@") && card.parameters == 178_751 && card.inputs == nil)
        #expect(try #require(card.scores.first).skill > 0.5)
        let sum = try Program.run("/usr/bin/sha256sum", ["\(Self.shipped)/model.safetensors"]).text
        #expect(sum.hasPrefix(card.digest))
    }

    @Test func aBrokenCardIsToldAndNoMore() throws {
        let id = try shelf.add(Self.tiny).id
        try Data(#"{"command":"x","inputs":{"mem_used_pct":{}}}"#.utf8).write(
            to: URL(filePath: "\(shelf.path(of: id))/card.json"))
        let card = try ModelCard(folder: shelf.path(of: id))
        #expect(card.id == id && card.command == "x" && card.inputs == nil)
        #expect(card.problem?.contains("mem_used_pct") == true)
    }
}
