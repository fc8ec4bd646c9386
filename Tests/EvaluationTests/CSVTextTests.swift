import Compression
import Foundation
import Testing

@testable import Evaluation

struct CSVTextTests {
    static func rows(_ text: String) throws -> (columns: [String], lines: [[String]], numbers: [Int]) {
        let table = try CSVText(name: "x.csv", bytes: Array(text.utf8))
        var (lines, numbers): ([[String]], [Int]) = ([], [])
        table.forEachLine { line in
            lines.append((0..<line.count).map { line.text($0) })
            numbers.append(line.number)
        }
        return (table.columns, lines, numbers)
    }

    @Test(arguments: [
        "a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "\u{FEFF}a;b\n1;2\n3;4\n", " a , \"b\" \n1,\t2\n\"3\", 4 \n",
    ])
    func theSameTableInManySpellings(text: String) throws {
        let rows = try Self.rows(text)
        #expect(rows.columns == ["a", "b"])
        #expect(rows.lines == [["1", "2"], ["3", "4"]])
        #expect(rows.numbers == [2, 3])
    }

    @Test func emptyLinesAreNoneButCount() throws {
        let rows = try Self.rows("a,b\n\n1,2\n\r\n,\n")
        #expect(rows.lines == [["1", "2"], ["", ""]])
        #expect(rows.numbers == [3, 5])
    }

    @Test func aSeparatorInQuotesIsNone() throws {
        #expect(try Self.rows("a,b\n\"1,5\",2\n").lines == [["1,5", "2"]])
    }

    @Test func headersThatAreNone() {
        for (text, reason) in [
            ("", "x.csv: is empty"), ("\n1,2", "x.csv: is empty"),
            (String(repeating: "a,", count: 1000), "x.csv:1: has 1001 columns, more than 1000"),
        ] {
            let error = #expect(throws: SeriesError.self) { try Self.rows(text) }
            #expect(error?.description.hasPrefix(reason) == true, "\(error?.description ?? "")")
        }
    }

    @Test func aGzipFileIsReadAsWhatItHolds() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).csv.gz").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(try gzip(Array("host,time\nx,1\n".utf8))).write(to: URL(filePath: path))
        #expect(try CSVText(path: path).columns == ["host", "time"])
    }

    @Test func aFolderIsNoTable() {
        let error = #expect(throws: SeriesError.self) { try CSVText(path: "/tmp") }
        #expect(error?.description == "/tmp: must be a file of at most 2 GiB")
    }
}
