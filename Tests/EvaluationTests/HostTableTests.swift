import Telemetry
import Testing

@testable import Evaluation

struct HostTableTests {
    static let start = 1_760_000_100

    static func table(_ text: String) throws -> HostTable {
        var table = HostTable()
        try table.add(CSVText(name: "x.csv", bytes: Array(text.utf8)))
        return table
    }

    /// One host, a line a step, with `bad` in between.
    static func lines(_ bad: String...) -> String {
        let good = (0..<60).map { "h,\(start + 300 * $0),\($0),50" }
        return (["host,time,cpu_user_pct,mem_used_pct"] + good + bad).joined(separator: "\n")
    }

    @Test func stepsLieOnTheirGrid() throws {
        var table = try Self.table(
            """
            time,state,host,net_in_mb_s,profile
            1760000700,healthy,b,2,database
            1760000100,idle,b,1,database
            2025-10-09 08:55:00,,a,,
            """)
        let hosts = try table.series()
        #expect(hosts.map(\.name) == ["a", "b"])
        #expect(hosts[1].start == Self.start && hosts[1].steps == 3 && hosts[1].known == 2)
        #expect(hosts[1].profile == .database && hosts[0].profile == nil)
        #expect(hosts[1].states == [.idle, nil, .healthy])
        #expect(hosts[1].value(.networkIn, 0) == 1 && hosts[1].value(.networkIn, 1).isNaN)
        #expect(hosts[1].means(2) == [.networkIn: 2])
        #expect(abs(hosts[1].missingShare - 1 / 3.0) < 1e-9)
        #expect(hosts[0].start == 1_760_000_100 && hosts[0].value(.networkIn, 0).isNaN)
        #expect(table.findings.isEmpty)
    }

    @Test(arguments: [
        ("h,1760100000,140,50", "x.csv:62: cpu_user_pct 140.0 is not between 0 and 100; the line is left out"),
        ("h,1760100000,-1,50", "x.csv:62: cpu_user_pct -1.0 is not between 0 and 100; the line is left out"),
        ("h,1760100000,x,50", "x.csv:62: cpu_user_pct x is no number; a gap is an empty cell; the line is left out"),
        (
            "h,1760100000,inf,50",
            "x.csv:62: cpu_user_pct inf is no number; a gap is an empty cell; the line is left out"
        ),
        ("h,-5,1,50", "x.csv:62: time -5 is no time; write Unix seconds or 2026-11-23 10:00:00; the line is left out"),
        (
            "h,1760100000000,1,5",
            "x.csv:62: time 1760100000000 is no time; write Unix seconds or 2026-11-23 10:00:00; the line is left out"
        ),
        (",1760100000,1,50", "x.csv:62: has no host name of 1 to 253 bytes; the line is left out"),
        ("h,1760100000,1", "x.csv:62: has 3 cells, the header 4; the line is left out"),
        ("h,1760000100,7,50", "1 steps came twice; the later line counts"),
        ("h,1760000101,7,50", "1 times are not the start of a 300 s step; taken as the step they lie in"),
    ])
    func aFaultIsNamed(line: String, finding: String) throws {
        var table = try Self.table(Self.lines(line))
        let host = try #require(try table.series().first)
        #expect(table.findings.contains(finding), "\(table.findings)")
        #expect(host.known == 60)
        #expect(host.value(.cpuUser, 0) == (line.hasPrefix("h,176000010") && line.contains(",7,") ? 7 : 0))
    }

    @Test func sharesThatAreNoWholeAreCounted() throws {
        var table = try Self.table(
            """
            host,time,cpu_user_pct,cpu_sys_pct,cpu_iowait_pct,cpu_idle_pct
            h,1760000100,10,10,10,70
            h,1760000400,10,10,10,50
            h,1760000700,10,10,,50
            """)
        _ = try table.series()
        #expect(table.findings == ["1 steps whose user, system, iowait and idle do not add up to 100 ± 5; kept"])
    }

    @Test func onlyTheNewestDays() throws {
        let text = "host,time,load_average\n" + (0..<900).map { "h,\(Self.start + 300 * $0),1\n" }.joined()
        var table = try Self.table(text)
        let host = try #require(try table.series(days: 1).first)
        #expect(host.steps == 289 && host.start == Self.start + 300 * 611)
    }

    @Test(arguments: [
        ("host,time,load_average\n", "x.csv: holds no line but the first"),
        ("host,time,load_average,load_average\n", "x.csv:1: a column is named twice"),
        ("name,time,load_average\n", "x.csv:1: the header must name host and time"),
        ("host,time,colour\n", "x.csv:1: column colour is no metric"),
        ("host,time,state\n", "x.csv:1: no column is a metric"),
        ("host,time,load_average\nh,1,x\nh,300,1\n", "x.csv: 1 of 2 lines cannot be read; more than 5 % is refused"),
    ])
    func refused(text: String, reason: String) {
        let error = #expect(throws: SeriesError.self) { try Self.table(text) }
        #expect(error?.description.hasPrefix(reason) == true, "\(error?.description ?? "")")
    }

    /// Of two hosts one has a line of next year: the days are counted back from the newest that has come.
    @Test func whatHasNotComeYetIsLeftOut() throws {
        let now = Double(Self.start + 60 * 300)
        let (late, soon) = (Self.start + 365 * 86_400, Self.start + 60 * 300 + 80_000)
        let text = Self.lines("g,\(late),1,50", "g,\(late + 300),1,50", "g,\(soon),1,50")
        var table = HostTable(now: now)
        try table.add(CSVText(name: "x.csv", bytes: Array(text.utf8)))
        let hosts = try table.series(days: 2)
        #expect(hosts.map(\.name) == ["g", "h"] && hosts.map(\.known) == [1, 60])
        #expect(table.findings.first == "2 lines are more than a day ahead of now, the first x.csv:62; left out")

        var early = HostTable(now: 0)
        let error = #expect(throws: SeriesError.self) {
            try early.add(CSVText(name: "x.csv", bytes: Array(Self.lines().utf8)))
        }
        #expect(error?.description == "x.csv: every line is more than a day ahead of now; look at its times")
    }

    @Test func tenYearsAreTooLong() throws {
        var table = try Self.table("host,time,load_average\nh,0,1\nh,1760000100,1\n")
        let error = #expect(throws: SeriesError.self) { try table.series() }
        #expect(error?.description.contains("host h: its steps span more than ten years") == true)
    }
}
