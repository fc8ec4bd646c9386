import Foundation
import TestSupport
import Testing

/// Steps out of one collector and into another with the real program.
struct ExportTests {
    let folder: TemporaryFolder
    private let start = (Int(Date().timeIntervalSince1970) / 300 - 40) * 300

    init() throws { folder = try TemporaryFolder() }

    private func run(_ words: String...) throws -> (text: String, status: Int32) {
        try Program.run("forewarn-collector", words)
    }

    private func path(_ name: String) -> String { "\(folder.path)/\(name)" }
    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }

    /// A collector with two hosts of 30 steps, stopped.
    private func fill() async throws {
        let collector = try await RunningCollector(state: path("state"))
        for host in ["web", "ppdb1"] {
            let records = (0..<120).map { index in
                #"{"time":\#(start + index * 75),"cpu_user_pct":\#(Double(index) / 7 + 1),"load_average":0.1}"#
            }
            let body = #"{"host":"\#(host)","interval_seconds":75,"records":[\#(records.joined(separator: ","))]}"#
            #expect(try await collector.post("/api/v1/import", body).status == 200)
        }
        #expect(collector.program.end() == 0)
    }

    @Test func whatWentThroughAnotherCollectorIsTheSame() async throws {
        try await fill()
        let out = try run("export", path("a.csv"), "--state", path("state"))
        #expect(out.status == 0 && out.text.contains("60 steps"), "\(out.text)")
        #expect(try run("export", path("a.csv.gz"), "--state", path("state")).status == 0)
        #expect(try Program.shell("gzip -dc \(path("a.csv.gz")) | cmp - \(path("a.csv")) && echo same") == "same\n")
        #expect(try Program.shell("head -1 \(path("a.csv"))").hasPrefix("host,profile,state,time,cpu_user_pct,"))

        let taken = try run("import", path("a.csv.gz"), "--state", path("other"))
        #expect(taken.status == 0 && taken.text.contains("60 steps added"), "\(taken.text)")
        #expect(taken.text.contains("2 new hosts"))
        #expect(try run("export", path("b.csv"), "--state", path("other")).status == 0)
        #expect(try bytes("a.csv") == bytes("b.csv"))
        let again = try run("import", path("a.csv"), "--state", path("other"))
        #expect(again.text.contains("0 steps added, 0 replaced, 60 were there"), "\(again.text)")

        // The other collector serves them, and a running one is exported from, not imported into.
        let other = try await RunningCollector(state: path("other"))
        let series = try await other.get("/api/v1/hosts/web/series?metric=cpu_user_pct&from=\(start)")
        #expect(series.text.contains("\"points\":[["), "\(series.text.prefix(300))")
        #expect(try run("export", path("c.csv"), "--state", path("other"), "--hosts", "web").status == 0)
        #expect(try Program.shell("wc -l < \(path("c.csv"))") == "31\n")
        #expect(try run("import", path("a.csv"), "--state", path("other")).text.contains("another collector is using"))
        other.program.end()
        let part = try run(
            "export", "-", "--state", path("state"), "--from", "\(start + 300)", "--to", "\(start + 900)")
        #expect(part.text.split(separator: "\n").count == 1 + 4 + 1, "\(part.text)")
    }

    @Test func aWrongLineTakesNothing() async throws {
        let header = "host,time,cpu_user_pct\n"
        let good = "web,\(start),1\n"
        for (text, words) in [
            (header + good + "web,\(start + 300),101\n", ":3: cpu_user_pct: must be between 0 and 100"),
            (header + good + "web,\(start + 300),x\n", ":3: cpu_user_pct: must be a number"),
            (header + good + "web,\(start + 300),nan\n", ":3: cpu_user_pct: must be a number"),
            (header + good + "we b,\(start),1\n", ":3: host"), (header + good + "web,\(start + 1),1\n", ":3: time"),
            (header + good + "web,soon,1\n", ":3: time"), (header + good + "web,99999999900,1\n", ":3: time"),
            (header + good + "web,\(start)\n", ":3: line: has 2 cells"),
            (header + good + "web,\(start),2\n", ":3: time"),
            ("host,time,nonsense\n", ":1: nonsense"), ("host,time\n", ":1: header"), ("", "is empty"),
            (header + good + "web,\(start + 300),\n", ":3: line: has no value"),
        ] {
            try text.write(toFile: path("bad.csv"), atomically: true, encoding: .utf8)
            let refused = try run("import", path("bad.csv"), "--state", path("state"))
            #expect(refused.status == 1 && refused.text.contains(words), "\(words): \(refused.text)")
        }
        try Data([0x1f, 0x8b, 8, 0, 1]).write(to: URL(filePath: path("bad.csv")))
        #expect(try run("import", path("bad.csv"), "--state", path("state")).text.contains("cut off"))
        let out = try run("export", "-", "--state", path("state"))
        #expect(out.text.contains("0 steps"), "\(out.text)")
        // A step that is there changes only when that is asked for.
        try (header + good).write(toFile: path("one.csv"), atomically: true, encoding: .utf8)
        #expect(try run("import", path("one.csv"), "--state", path("state")).status == 0)
        try (header + "web,\(start),2\n").write(toFile: path("two.csv"), atomically: true, encoding: .utf8)
        #expect(try run("import", path("two.csv"), "--state", path("state")).text.contains("--replace"))
        let replaced = try run("import", path("two.csv"), "--state", path("state"), "--replace")
        #expect(replaced.text.contains("1 replaced"), "\(replaced.text)")
        #expect(try run("export", "-", "--state", path("state")).text.contains(",2.0,"))
    }
}
