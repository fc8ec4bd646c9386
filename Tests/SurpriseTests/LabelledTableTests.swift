import Evaluation
import Testing

@testable import Surprise

struct LabelledTableTests {
    static func text(_ text: String, _ name: String = "t.csv") throws -> CSVText {
        try CSVText(name: name, bytes: Array(text.utf8))
    }

    /// Three days of hours in training and one of test.
    static func lines(_ change: (Int) -> String? = { _ in nil }) -> String {
        (0..<96).map { row in change(row) ?? "\(row * 3600),\(row < 72 ? "train" : "test"),0,0.\(row % 24 + 10),0.5" }
            .joined(separator: "\n")
    }

    static let header = "time,split,label,a,b\n"
    static let labels = "start_row_in_test,end_row_in_test,columns\n2,5,a\n"

    @Test func isReadAsItStands() throws {
        let table = try LabelledTable(
            table: Self.text(Self.header + Self.lines { $0 == 3 ? "10800,train,0,,0.5" : nil }),
            labels: Self.text(Self.labels))
        #expect(table.columnNames == ["a", "b"])
        #expect(table.rows == 96 && table.trainRows == 72 && table.stepSeconds == 3600)
        #expect(table.columns[0][3].isNaN && table.columns[0][4] == 0.14)
        #expect(table.incidents == [2...5])
    }

    /// What is wrong, and the file and line that the error must name.
    static let bad: [(table: String, labels: String, says: String)] = [
        (header + lines { $0 == 7 ? "25200,train,0,x,0.5" : nil }, labels, "t.csv:9: a must be a number"),
        (header + lines { $0 == 7 ? "25200,train,0,0.1" : nil }, labels, "t.csv:9: has 4 cells, not 5"),
        (header + lines { $0 == 7 ? "25201,train,0,0.1,0.5" : nil }, labels, "t.csv:9: is 3601.0 s after"),
        (header + lines { $0 == 7 ? "5,train,0,0.1,0.5" : nil }, labels, "t.csv:9: time must be seconds, later"),
        (header + lines { $0 == 7 ? "25200,maybe,0,0.1,0.5" : nil }, labels, "t.csv:9: split must be train or test"),
        (header + lines { $0 == 80 ? "288000,train,0,0.1,0.5" : nil }, labels, "t.csv:82: train after test"),
        ("time,a\n0,1\n", labels, "t.csv:1: there is no column split"),
        ("time,split\n0,train\n", labels, "t.csv:1: must name 1 to 256 columns"),
        (header + "0,train,0,1,1\n3600,test,0,1,1\n", labels, "at least 2 days that say train"),
        (header + lines(), "start_row_in_test,end_row_in_test\n2,24\n", "t.csv:2: start_row_in_test and end_row"),
        (header + lines(), "start_row_in_test,end_row_in_test\n5,2\n", "t.csv:2: start_row_in_test and end_row"),
        (header + lines(), "from,to\n2,3\n", "there is no column start_row_in_test"),
    ]

    @Test(arguments: bad.indices) func whatCannotBeUsedIsNamed(_ index: Int) throws {
        let bad = Self.bad[index]
        let error = #expect(throws: (any Error).self) {
            try LabelledTable(table: Self.text(bad.table), labels: Self.text(bad.labels))
        }
        #expect("\(try #require(error))".contains(bad.says), "\(error.map { "\($0)" } ?? "")")
    }
}
