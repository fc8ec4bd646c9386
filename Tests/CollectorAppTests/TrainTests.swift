import Configuration
import Evaluation
import Foundation
import Identity
import Insight
import Simulator
import TFT
import Telemetry
import Testing
import Training

@testable import CollectorApp
@testable import Forecasting

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
        var data = try data([header] + lines())
        let table = try TrainTable(&data, hosts: nil, days: nil)
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
        var data = try data(all)
        _ = try TrainTable(&data, hosts: nil, days: nil)
        let findings = data.findings
        #expect(findings.contains { $0.contains(".csv:4: time never is no time") })
        #expect(findings.contains { $0.contains(".csv:5: cpu_user_pct x is no number") })
        #expect(findings.contains { $0.contains(".csv:6: has 3 cells, the header 4") })
        #expect(findings.contains { $0.contains("1 steps came twice") })
        #expect(findings.contains { $0.contains("1 times are not the start of a 300 s step") })
    }

    @Test func wordsThatAreNotKnownCountAsUnknown() throws {
        let findings = try data(["host,time,state,profile,cpu_user_pct", "a,1760000100,melting,toaster,5"]).findings
        #expect(
            findings == [
                "profile toaster is not known (1 lines); it counts as unknown",
                "state melting is not known (1 lines); it counts as unknown",
            ])
    }

    @Test func filesThatAreNoTableAreRefused() throws {
        #expect(refusal { _ = try data([""]) }.contains("is empty; its first line must name the columns"))
        #expect(refusal { _ = try data(["host,time,colour"]) }.contains("column colour is no metric"))
        #expect(
            refusal { _ = try data([header] + (0..<20).map { "h,\($0),x,y" }) }.contains("more than 5 % is refused"))
        #expect(refusal { _ = try Train.run(["--from", "\(folder)/none.csv"]) }.contains("No such file"))
    }

    @Test func tooManyGapsAreRefused() throws {
        let holes = lines(skipping: { $0 % 2 == 1 && $0 < 890 })
        #expect(refusal { _ = try table([header] + holes) }.contains("of its steps missing: refused"))
        let two = try table([header] + holes + lines("ppdb001"))
        #expect(two.table.series.map(\.name) == ["ppdb001"])
        #expect(two.findings.contains { $0.contains("% of its steps are missing; left out") })
    }

    @Test func someGapsAreSaidAndKept() throws {
        let table = try table([header] + lines(skipping: { (100..<190).contains($0) }))
        #expect(
            table.findings.contains("host ppweb001: 10.0 % of its steps are missing; kept, with its gaps"))
        #expect(table.table.series[0].values[100].isNaN && table.table.series[0].steps == 900)
    }

    @Test func aYoungHostIsSaidAndKept() throws {
        let table = try table([header] + lines() + lines("ppdb001", steps: 100))
        #expect(table.findings.contains { $0.contains("host ppdb001: less than a day of steps (100); kept") })
        #expect(table.table.series.map(\.steps) == [100, 900])
    }

    /// What was done to a host on purpose is no step to learn from; a state that nobody told is derived.
    @Test func maintenanceIsMaskedAndStatesAreDerived() throws {
        let rows = (0..<900).map { i in
            "h,\(i == 500 ? "maintenance" : ""),\(1_760_000_100 + 300 * i),\(i == 600 ? 99 : 10 + i % 7),50"
        }
        let table = try table(["host,state,time,mem_used_pct,disk_usage_pct"] + rows)
        let codes = table.table.series[0].codes
        #expect(table.spec.maskedCode == codes[500])
        let words = try #require(table.spec.stepClasses?.words)
        #expect(words[Int(codes[500]) - 1] == "maintenance")
        #expect(words[Int(codes[600]) - 1] == "critical_issue" && words[Int(codes[601]) - 1] == "healthy")
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

    @Test func evaluationsThatCannotBeDone() throws {
        for words in [
            ["--from"], ["--from", "x", "--days", "0"], ["--from", "x", "--every", "q"], ["--from=x", "-q"],
        ] {
            #expect(throws: UsageError.self) { try Evaluate.run(words) }
        }
        #expect(refusal { _ = try Evaluate.run(["--from", "\(folder)/none.csv"]) }.contains("No such file"))
        let path = try file([header] + lines(steps: 50))
        #expect(refusal { _ = try Evaluate.run(["--from", path]) }.contains("the data spans 4 hours"))
        #expect(
            refusal { _ = try Evaluate.run(["--from", path, "--hosts", "ppweb002"]) }.contains("ppweb002 has no data"))
    }

    /// What the trainer says of a window and what is served for it are one thing: features, scaling, asinh and all.
    @Test func aTrainedModelIsServedAsItWasTrained() throws {
        try SimulateData.write(folder: "\(folder)/data", days: 3, size: .twenty, seed: 3, isVaried: true)
        var data = HostTable()
        try data.add(csv: "\(folder)/data/steps.csv")
        let copy = data
        let table = try TrainTable(&data, hosts: nil, days: nil)
        var settings = TrainerSettings()
        (settings.hidden, settings.hiddenContinuous, settings.heads, settings.batch) = (8, 4, 2, 16)
        (settings.steps, settings.validationWindows) = (3, 16)
        let trainer = try Trainer(table.table, table.spec, settings)
        let result = try trainer.run { _ in true }
        let out = "\(folder)/model"
        try trainer.write(folder: out, result)
        let model = try ForecastModel(folder: out, pool: WorkerPool(workers: 1))
        var again = copy
        for (index, host) in try again.series().enumerated() where index % 6 == 0 {
            let origin = 400 + index
            let rows = (0..<origin).map {
                StepRow(start: host.start + $0 * Step.seconds, means: host.means($0), samples: 1)
            }
            let request = ForecastRequest(
                profile: ProfileRules().profile(ofHost: host.name, explicit: host.profile), steps: rows,
                firstStep: host.start + origin * Step.seconds)
            let history = History(request, window: 288)
            let served = model.networkAnswers([FeatureWindow(history, request, model.features)])[0]
            let trained = trainer.forecast([Window(series: index, origin: origin, context: 288)])[0]
            let spread = FeatureWindow(history, request, model.features).spreads
            let run = Forecast.horizon * Forecast.quantiles.count
            for metric in Metric.allCases {
                for row in stride(from: metric.rawValue * run, to: (metric.rawValue + 1) * run, by: 7) {
                    let sorted = served[row..<row + 7].sorted()
                    for q in 0..<7 {
                        let error = abs(sorted[q] - trained[row + q]) / Float(spread[metric.rawValue])
                        #expect(error < 2e-3, "\(host.name) \(metric.name) \(row)")
                    }
                }
            }
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
        #expect(try EvaluateHosts.run(["--from", "\(folder)/data/steps.csv", "--model", out, "--every", "200"]) == 0)
        #expect(try ModelCheck.run(folder: out).pass)
        let model = try TFTModel(folder: out)
        #expect(model.config.hidden == 8 && model.config.targets.count == 14)
        #expect(try ModelBench.run(folder: out, hosts: 2).json.contains("train_step_s"))

        // New weights beside an old configuration, as a kill between the two leaves them.
        let other = "\(folder)/other"
        try FileManager.default.copyItem(atPath: out, toPath: other)
        let config = URL(filePath: "\(other)/config.json")
        let digest = try Safetensors(path: "\(other)/model.safetensors").digest
        let old = try String(contentsOf: config, encoding: .utf8)
        #expect(old.contains(digest))
        try old.replacing(digest, with: "0123456789abcdef").write(to: config, atomically: true, encoding: .utf8)
        let refusal = refusal { _ = try ForecastModel(folder: other) }
        #expect(refusal.contains("config.json: weights: names 0123456789abcdef"), "\(refusal)")
    }

    @Test func aRunThatGoesOnSeesTheSameData() throws {
        let began = try TrainUntil.find(told: nil, isResuming: false, out: folder)
        #expect(began % 300 == 0 && Date().timeIntervalSince1970 - Double(began) >= 300)
        try TrainUntil.keep(1_760_000_100, out: folder)
        #expect(try TrainUntil.find(told: nil, isResuming: true, out: folder) == 1_760_000_100)
        #expect(try TrainUntil.find(told: 1_770_000_001, isResuming: true, out: folder) == 1_770_000_000)
        #expect(try TrainUntil.find(told: nil, isResuming: false, out: folder) >= began)
        try "{}".write(toFile: "\(folder)/checkpoint.json", atomically: true, encoding: .utf8)
        #expect(
            refusal { _ = try TrainUntil.find(told: nil, isResuming: true, out: folder) }.contains(
                "start without --resume"))
    }

    @Test func anOlderModelsFilesDoNotStay() throws {
        for name in ["sample.json", "card.json", "io.safetensors", "notes"] {
            try "old".write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        try TrainSample.removeStale(folder: folder)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["notes"])
    }
}
