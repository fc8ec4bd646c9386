import Compression
import Testing

@testable import Evaluation

struct SeriesFileTests {
    static func read(_ text: String, id: String? = nil, columns: [String] = ["a", "b"], step: Int = 60) throws
        -> SeriesFile
    {
        let spec = SeriesSpec(
            id: id, time: "t", columns: columns, stepSeconds: step, season: 2, horizon: 2, windows: 1)
        return try SeriesFile(CSVText(name: "x.csv", bytes: Array(text.utf8)), spec: spec)
    }

    static func same(_ left: [Float], _ right: [Float]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
    }

    @Test func laysRowsOnTheGrid() throws {
        let file = try Self.read("t,b,a\n600,1,2\n\n720,3,\n660,\"5\", 6 \r\n")
        #expect(file.series[0].start == 600)
        #expect(Self.same(file.series[0].columns[0], [2, 6, .nan]))
        #expect(Self.same(file.series[0].columns[1], [1, 5, 3]))
        #expect(file.warnings.isEmpty)
    }

    @Test func aMissingLineIsAGap() throws {
        let file = try Self.read("t;a;b\n0;1;2\n180;3;4\n")
        #expect(Self.same(file.series[0].columns[0], [1, .nan, .nan, 3]))
    }

    @Test func tellsSeriesApart() throws {
        let file = try Self.read("host,t,a,b\nx,0,1,2\ny,60,5,6\nx,60,3,4\n", id: "host")
        #expect(file.series.map(\.id) == ["x", "y"])
        #expect(file.series.map(\.steps) == [2, 1])
        #expect(file.series[1].start == 60)
    }

    /// No series is too long by itself; together they would take more than there is.
    @Test func farTimesOfManySeriesAreRefusedBeforeTheyTakeMemory() {
        let far = (0..<20).map { "h\($0),0,1,2\nh\($0),\(60 * 15_000_000),3,4\n" }.joined()
        let error = #expect(throws: SeriesError.self) { try Self.read("host,t,a,b\n" + far, id: "host") }
        #expect(error?.description.contains("up to series h13 there would be 420000028 cells") == true)
    }

    @Test func timesThatCountSteps() throws {
        let file = try Self.read("t,a,b\n0,1,1\n1,2,2\n2,3,3\n", step: 300)
        #expect(file.series[0].steps == 3)
    }

    @Test(arguments: [
        ("60,1", "x.csv:3: has 2 fields, not 3"),
        ("then,1,2", "x.csv:3: t: then is no time"),
        ("60,1,many", "x.csv:3: b: many is no number; a gap is an empty cell; the line is left out"),
        ("0,1,2", "x.csv:3: the same step as line 2; the line is left out"),
    ])
    func aBadLineIsNamedAndLeftOut(line: String, warning: String) throws {
        let good = (2..<60).map { "\($0 * 60),\($0 % 7),\($0)\n" }.joined()
        let file = try Self.read("t,a,b\n0,1,2\n\(line)\n\(good)")
        #expect(file.warnings.count == 1)
        #expect(file.warnings[0].hasPrefix(warning), "\(file.warnings)")
        #expect(file.linesLeftOut == 1)
        #expect(file.series[0].columns[0].count == 60)
    }

    @Test(arguments: [
        ("", "x.csv: is empty"),
        ("t,a,b\n", "x.csv: holds no line of numbers"),
        ("t,a,c\n0,1,2\n", "x.csv:1: there is no column b; there are t, a, c"),
        ("t,a,b\n0,1,2\nq,1,2\n", "x.csv: 1 of 2 lines cannot be read"),
        ("t,a,b\n0,1,2\n9e10,1,2\n", "x.csv: series  would have 1500000001 steps of 60 s"),
    ])
    func refused(text: String, reason: String) throws {
        let error = try #require(throws: SeriesError.self) { _ = try Self.read(text) }
        #expect(error.description.hasPrefix(reason), "\(error)")
    }

    @Test func aFileThatIsNotThere() throws {
        let spec = SeriesSpec(time: "t", columns: ["a"], stepSeconds: 60, season: 2, horizon: 2, windows: 1)
        let error = try #require(throws: SeriesError.self) { _ = try SeriesFile(path: "/nowhere/x.csv", spec: spec) }
        #expect(error.description == "/nowhere/x.csv: No such file or directory")
    }

    @Test func tooShortForItsWindows() throws {
        let spec = SeriesSpec(time: "t", columns: ["a"], stepSeconds: 60, season: 5, horizon: 3, windows: 2)
        let file = try SeriesFile(CSVText(name: "x.csv", bytes: Array("t,a\n0,1\n60,2\n".utf8)), spec: spec)
        let error = try #require(throws: SeriesError.self) { _ = try SeriesEvaluation(file: file, spec: spec) }
        #expect(error.description.contains("has 2 steps; 2 windows of 3 steps after a season of 5 need 12"))
    }

    @Test func whatCanTeachLittleIsTold() throws {
        let lines = (0..<40).map { "\($0 * 60),7,\((10..<20).contains($0) ? "" : "\($0)")" }
        let file = try Self.read("t,a,b\n" + lines.joined(separator: "\n"))
        #expect(file.warnings.count == 2)
        #expect(file.warnings[0].contains("a is 7.0 throughout"))
        #expect(file.warnings[1].contains("b lacks 25 % of its 40 steps"))
        let wrongStep = try Self.read("t,a,b\n" + lines.joined(separator: "\n"), step: 1)
        #expect(wrongStep.warnings.contains { $0.contains("look at step_seconds") })
    }

    @Test func linesThatShareTheirStepsAreNoTable() throws {
        let lines = (0..<400).map { "\($0 * 60),1,\($0)" }
        let error = #expect(throws: SeriesError.self) {
            try Self.read("t,a,b\n" + lines.joined(separator: "\n"), step: 3600)
        }
        #expect(error?.description.contains("look at step_seconds") == true)
    }

    @Test func stepsMayBeCountedWithHoles() throws {
        let lines = (0..<40).filter { $0 != 7 }.map { "\($0),1,\($0)" }
        let file = try Self.read("t,a,b\n" + lines.joined(separator: "\n"), step: 300)
        #expect(file.series[0].steps == 40)
        #expect(file.linesLeftOut == 0)
    }
}
