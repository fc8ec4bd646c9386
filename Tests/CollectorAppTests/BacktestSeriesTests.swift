import Configuration
import Foundation
import Testing

@testable import CollectorApp

struct BacktestSeriesTests {
    static let bad: [(words: [String], says: String)] = [
        (["--series", "a.csv"], "given are 1 and 0"),
        (["--series", "a.csv,b.csv", "--labels", "a.incidents.csv"], "given are 2 and 1"),
        (["--series", "a.csv", "--labels", "b.csv", "--alarms", "0"], "--alarms is how many"),
        (["--series", "a.csv", "--labels", "b.csv", "--days", "3"], "--days"),
        (["--series", "/nowhere/a.csv", "--labels", "/nowhere/b.csv"], "/nowhere/a.csv: No such file"),
    ]

    @Test(arguments: bad.indices) func aWrongCallSaysWhatIsWrong(_ index: Int) throws {
        let bad = Self.bad[index]
        let error = #expect(throws: (any Error).self) { try Backtest.run(bad.words) }
        #expect("\(try #require(error))".contains(bad.says), "\(error.map { "\($0)" } ?? "")")
    }

    @Test func aFaultOfAFileNamesItsLine() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "series-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (table, labels) = (folder.appending(path: "t.csv"), folder.appending(path: "l.csv"))
        try "time,split,a\n0,train,1\n300,train,much\n".write(to: table, atomically: true, encoding: .utf8)
        try "start_row_in_test,end_row_in_test\n".write(to: labels, atomically: true, encoding: .utf8)
        let error = #expect(throws: (any Error).self) {
            try Backtest.run(["--series", table.path(), "--labels", labels.path()])
        }
        #expect("\(try #require(error))".contains("t.csv:3: a must be a number or empty, not much"))
    }
}
