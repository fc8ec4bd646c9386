import Insight
import JSON
import Testing
import Training

@testable import Evaluation

/// A table small enough to be learnt from in a second.
struct SeriesModelTests {
    static let spec = SeriesSpec(
        id: "who", time: "t", columns: ["a", "b"], stepSeconds: 900, season: 48, context: 48, horizon: 12, windows: 5)

    /// Small networks and few steps.
    static func settings(steps: Int) -> SeriesSettings {
        var settings = SeriesSettings()
        settings.minutes = 5
        settings.network?.hidden = 8
        settings.network?.hiddenContinuous = 4
        settings.network?.heads = 2
        settings.network?.batch = 16
        settings.network?.steps = steps
        settings.network?.warmUpSteps = 10
        settings.network?.rate = 5e-3
        settings.direct?.hidden = 16
        settings.direct?.batch = 32
        settings.direct?.steps = steps
        settings.direct?.warmUpSteps = 10
        settings.direct?.rate = 5e-3
        return settings
    }

    /// Two series of two waves each, one cell in fifty empty.
    static func table() -> String {
        var text = "who,t,a,b\n"
        for who in 0..<2 {
            for step in 0..<700 {
                let phase = Double(step % 48) / 48
                let wave = phase < 0.5 ? phase : 1 - phase
                let noise = Double((step * 7919 + who * 104_729) % 101) / 101 - 0.5
                let a = step % 50 == 7 ? "" : "\(100 + 40 * wave + noise)"
                text += "s\(who),\(step * 900),\(a),\(5 - 4 * wave + noise / 10)\n"
            }
        }
        return text
    }

    @Test func learnsATableAndReports() throws {
        let file = try SeriesFile(
            CSVText(name: "waves.csv", bytes: Array(Self.table().utf8)), spec: Self.spec)
        let evaluation = try SeriesEvaluation(file: file, spec: Self.spec)
        let model = try SeriesModel(file: file, spec: Self.spec, settings: Self.settings(steps: 60))
        var seen: Set<String> = []
        let result = try model.train {
            seen.insert($0.member)
            return true
        }
        #expect(seen.isSuperset(of: ["direct_long", "direct_short", "direct_other", "tft"]))
        #expect(result.members.allSatisfy { $0.fault == nil })
        #expect(abs(result.members.reduce(0) { $0 + $1.weight } - 1) < 1e-3)
        let windows = evaluation.windows
        #expect(windows.count == 2 * 2 * 5)
        let forecasts = model.forecast(windows)
        #expect(forecasts.allSatisfy { $0.count == 12 * 9 })
        // In the columns' own units, quantiles in order.
        for (window, values) in zip(windows, forecasts) {
            #expect(values.allSatisfy { window.column == 0 ? (80...150).contains($0) : (0...7).contains($0) })
            #expect(
                (0..<12).allSatisfy { step in
                    let row = values[step * 9..<step * 9 + 9]
                    return zip(row, row.dropFirst()).allSatisfy { $0 <= $1 }
                })
        }
        let ours = evaluation.score(forecasts: forecasts)
        let naive = evaluation.score(.persistence)
        #expect(try #require(ours.quantiles.crps) < 0.4 * (try #require(naive.quantiles.crps)))

        let report = SeriesReport(evaluation, forecasts: forecasts, result)
        try JSONParser().parse(Array(report.json.utf8)) { json in
            #expect(json["crps"]?.double == ours.quantiles.crps)
            #expect(json["mase"]?.double == ours.scaled.mean)
            #expect(json["baselines"]?["naive"]?["mase"]?.double == naive.scaled.mean)
            #expect(json["baselines"]?["seasonal_naive"]?["crps"]?.double != nil)
            #expect(json["windows"]?.int64 == 20)
            #expect(json["members"]?["tft"]?["weight"]?.double != nil)
        }
        #expect(report.text.contains("seasonal_naive_7"))
    }

    /// Nothing of the tests is seen in training: other values there give the same network.
    @Test func theTestsAreNotLearntFrom() throws {
        func forecast(_ change: (inout SeriesFile) -> Void) throws -> [Float] {
            var file = try SeriesFile(
                CSVText(name: "waves.csv", bytes: Array(Self.table().utf8)), spec: Self.spec)
            change(&file)
            let model = try SeriesModel(file: file, spec: Self.spec, settings: Self.settings(steps: 5))
            _ = try model.train { _ in true }
            return model.forecast([SeriesEvaluation.Window(series: 0, column: 0, start: 640)])[0]
        }
        let plain = try forecast { _ in }
        let changed = try forecast { file in
            for series in file.series.indices {
                for column in 0..<2 { for step in 640..<700 { file.series[series].columns[column][step] = -999 } }
            }
        }
        #expect(plain == changed)
    }
}
