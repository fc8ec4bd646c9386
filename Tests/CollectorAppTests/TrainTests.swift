import Configuration
import Foundation
import Simulator
import TFT
import Testing
import Training

@testable import CollectorApp

/// What `train` says about data that is not as it should be.
struct TrainTests {
    private let folder: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "train-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path()
    }

    private func file(_ lines: [String]) throws -> String {
        let path = "\(folder)/\(UUID().uuidString).csv"
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func lines(_ host: String = "ppweb001", steps: Int = 900, skipping: (Int) -> Bool = { _ in false })
        -> [String]
    {
        (0..<steps).filter { !skipping($0) }.map { i in
            "\(host),\(1_760_000_100 + 300 * i),\(10 + sin(Double(i) / 20) * 5),50"
        }
    }

    private let header = "host,time,cpu_user_pct,mem_used_pct"

    private func data(_ lines: [String]) throws -> HostTable {
        var data = HostTable()
        try data.add(csv: try file(lines))
        return data
    }

    private func table(_ lines: [String]) throws -> TrainTable {
        var data = try data(lines)
        return try TrainTable(&data, hosts: nil, days: nil)
    }

    private func refusal(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return "\(error)" }
    }

    @Test func aGoodFileIsReadWhole() throws {
        let data = try data([header] + lines())
        let table = try TrainTable(data, hosts: nil, days: nil)
        #expect(data.findings.isEmpty)
        #expect(table.table.series.count == 1 && table.table.series[0].steps == 900)
        #expect(table.table.columns == ["cpu_user_pct", "mem_used_pct"])
        #expect(table.findings.contains { $0.contains("mem_used_pct never changes") })
        #expect(table.findings.contains { $0.contains("there is one host") })
        #expect(table.findings.contains { $0.contains("swap_used_pct: 100.0 % missing; left out") })
    }

    @Test func oddLinesAreNamedAndLeftOut() throws {
        var all = [header] + lines()
        all[3] = "ppweb001,never,1,2"
        all[4] = "ppweb001,1760001000,x,2"
        all[5] = "ppweb001,1760001300,1"
        all.append(all[10])
        all.append("ppweb001,1760300001,nan,")
        let findings = try data(all).findings
        #expect(findings.contains { $0.contains(".csv:4: time never is no whole number") })
        #expect(findings.contains { $0.contains(".csv:5: cpu_user_pct x is no number") })
        #expect(findings.contains { $0.contains(".csv:6: has 3 cells, the header 4") })
        #expect(findings.contains { $0.contains("1 steps came twice") })
        #expect(findings.contains { $0.contains("1 times are not the start of a 300 s step") })
    }

    @Test func wordsThatAreNotKnownCountAsUnknown() throws {
        let findings = try data(["host,time,state,cpu_user_pct", "a,1760000100,melting,5"]).findings
        #expect(findings == ["state melting is not known (1 lines); it counts as unknown"])
    }

    @Test func filesThatAreNoTableAreRefused() throws {
        #expect(refusal { _ = try data([""]) }.contains("must name host and time"))
        #expect(refusal { _ = try data(["host,time,colour"]) }.contains("column colour is no metric"))
        #expect(
            refusal { _ = try data([header] + (0..<20).map { "h,\($0),x,y" }) }.contains("more than 5 % is refused"))
        #expect(refusal { _ = try Train.run(["--from", "\(folder)/none.csv"]) }.contains("No such file"))
    }

    @Test func tooManyGapsAreRefused() throws {
        let holes = try data([header] + lines(skipping: { $0 % 2 == 1 && $0 < 890 }))
        #expect(refusal { _ = try TrainTable(holes, hosts: nil, days: nil) }.contains("of its steps missing: refused"))
        let two = try data([header] + lines(skipping: { $0 % 2 == 1 && $0 < 890 }) + lines("ppdb001"))
        let table = try TrainTable(two, hosts: nil, days: nil)
        #expect(table.table.series.map(\.name) == ["ppdb001"])
        #expect(table.findings.contains { $0.contains("host ppweb001") && $0.contains("left out") })
    }

    @Test func aDayOfDataIsTooLittle() throws {
        let path = try file([header] + lines(steps: 100))
        #expect(
            refusal { _ = try Train.run(["--from", path, "--out", "\(folder)/m", "--steps", "1"]) }.contains(
                "no window"))
    }

    @Test func commandLinesThatCannotBeFollowed() {
        for words in [
            [], ["--from", "x", "--steps", "0"], ["--from", "x", "--hidden", "33"], ["--from", "x", "--rate", "q"],
        ] {
            #expect(throws: UsageError.self) { try Train.run(words) }
        }
    }

    /// From a simulated fleet to a folder that the collector loads.
    @Test func aModelIsTrainedAndServed() throws {
        try SimulateData.write(folder: "\(folder)/data", days: 3, size: .twenty, seed: 3)
        let out = "\(folder)/model"
        let status = try Train.run(
            [
                "--from", "\(folder)/data/steps.csv", "--out", out, "--steps", "2", "--hidden", "8", "--batch", "8",
                "--hold-out", "2",
            ])
        #expect(status == 0)
        let model = try TFTModel(folder: out)
        #expect(model.config.hidden == 8 && model.config.targets.count == 14)
        #expect(try ModelBench.run(folder: out, hosts: 2).json.contains("train_step_s"))
    }
}
