import Foundation
import Insight
import JSON
import Telemetry
import TestSupport
import Testing

@testable import Evaluation
@testable import Forecasting

struct HostEvaluationTests {
    static let folder = Fixture.root + "/../../Collector/Models/bootstrap"
    static let start = 1_760_054_400

    /// Three days of two hosts that breathe; the second begins a day later and has a hole.
    static func hosts() throws -> [HostEvaluation.Subject] {
        var table = HostTable()
        for (name, first) in [("ppweb001", 0), ("ppdb001", 288)] {
            let place = try table.place(of: name)
            for step in first..<864 where !(name == "ppdb001" && (600..<606).contains(step)) {
                var means = MetricVector()
                for metric in Metric.allCases {
                    let wave = sin(Double(step) / 288 * 2 * .pi + Double(metric.rawValue))
                    means[metric] = 20 + 5 * wave + Double((step * 7919 + metric.rawValue * 31) % 17) / 10
                }
                table.add(place, time: start + step * Step.seconds, means, .healthy)
            }
        }
        return try table.series().map { .init($0, profile: $0.name == "ppdb001" ? .database : .webAPI) }
    }

    /// A host that was taken out of service two days before the others.
    @Test func aHostThatEndedIsNotAsked() throws {
        var table = HostTable()
        for (name, last) in [("ppweb001", 864), ("gone", 200)] {
            let place = try table.place(of: name)
            for step in 0..<last {
                var means = MetricVector()
                for metric in Metric.allCases { means[metric] = 20 + Double((step * 7919) % 17) }
                table.add(place, time: Self.start + step * Step.seconds, means, .healthy)
            }
        }
        let hosts = try table.series().map { HostEvaluation.Subject($0, profile: .generic) }
        let scores = try HostEvaluation(hosts: hosts, days: 1, every: 96).run(
            ForecastModel(folder: Self.folder, pool: WorkerPool(workers: 1)))
        #expect(scores.withheld == scores.origins.count)
        #expect(scores.total().pinball != nil)
    }

    /// The numbers again, by hand from the model's own forecasts.
    @Test func scoresAreWhatTheForecastsAndTheTruthSay() throws {
        let hosts = try Self.hosts()
        let evaluation = try HostEvaluation(hosts: hosts, days: 1, every: 48)
        let model = try ForecastModel(folder: Self.folder, pool: WorkerPool(workers: 2))
        let scores = try evaluation.run(model)
        #expect(evaluation.origins == (0..<5).map { Self.start + (576 + 48 * $0) * Step.seconds })
        let web = try #require(hosts.first { $0.series.name == "ppweb001" }).series
        var (pinball, persistence, error, within) = (0.0, 0.0, 0.0, 0)
        for origin in evaluation.origins {
            let at = (origin - web.start) / Step.seconds
            let rows = (at - 288..<at).map {
                StepRow(start: web.start + $0 * Step.seconds, means: web.means($0), samples: 1, state: .healthy)
            }
            let answer = model.forecast([ForecastRequest(profile: .webAPI, steps: rows, firstStep: origin)])[0]
            guard case .ready(let forecast) = answer else { continue }
            let truth = Double(web.value(.memoryUsed, at + 23))
            for (q, level) in Forecast.quantiles.enumerated() {
                let miss = truth - forecast.value(.memoryUsed, step: 23, quantile: q)
                pinball += max(level * miss, (level - 1) * miss) / 7
            }
            error += abs(truth - forecast.median(.memoryUsed, step: 23))
            persistence += abs(truth - Double(web.value(.memoryUsed, at - 1))) / 2
            let band = (
                forecast.value(.memoryUsed, step: 23, quantile: 1), forecast.value(.memoryUsed, step: 23, quantile: 5)
            )
            if truth >= band.0, truth <= band.1 { within += 1 }
        }
        let cell = try #require(scores.cells[.init(metric: .memoryUsed, profile: .webAPI, horizon: 2)])
        #expect(cell.sums.count == 5 && cell.sums.within == within)
        #expect(abs(try #require(cell.sums.meanPinball) - pinball / 5) < 1e-4)
        #expect(abs(try #require(cell.pinball(.persistence)) - persistence / 5) < 1e-4)
        let scale = try #require(ScaledError.seasonalError(web.values[5 * 864..<5 * 864 + 576], season: 288))
        #expect(abs(try #require(cell.mase) - error / 5 / scale) < 1e-3)
        #expect(abs(try #require(cell.mase(.persistence)) - 2 * persistence / 5 / scale) < 1e-3)
    }

    @Test func reportsForPeopleMachinesAndEyes() throws {
        let evaluation = try HostEvaluation(hosts: Self.hosts(), days: 1, every: 96)
        let model = try ForecastModel(folder: Self.folder, pool: WorkerPool(workers: 2))
        let scores = try evaluation.run(model)
        let report = HostReport(scores)
        #expect(
            report.text.contains("30 min") && report.text.contains("mem_used_pct") && report.text.contains("web_api"))
        let parser = try JSONParser(bytesMax: 1 << 22, depthMax: 16)
        try parser.parse(report.json) { root in
            #expect(root["hosts"]?.int64 == 2 && root["origins"]?.int64 == 3)
            #expect(root["horizons"]?.elements.map { $0 }.count == 5)
            #expect(root["cells"]?.elements.map { $0 }.count == 14 * 2 * 5)
            #expect(root["metrics"]?.elements.map { $0 }.count == 14)
            let cell = root["cells"]?.elements.first { _ in true }
            let simple = cell?["baselines"]?["persistence"]
            let ratio = (cell?["pinball"]?.double ?? .nan) / (simple?["pinball"]?.double ?? .nan)
            #expect(abs((simple?["skill"]?.double ?? .nan) - (1 - ratio)) < 1e-9)
        }
        let svg = HostPicture(scores).svg
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n") && !svg.contains("<script"))
        for word in ["persistence", "damped trend", "8 h", "mem_used_pct", "75 to 85 %"] { #expect(svg.contains(word)) }
        let tree = XMLProbe()
        #expect(tree.isWellFormed(svg))
    }

    @Test func oneThatIsStoppedJudgesNothing() throws {
        let evaluation = try HostEvaluation(hosts: Self.hosts(), days: 1, every: 96)
        let model = try ForecastModel(folder: Self.folder, pool: WorkerPool(workers: 2))
        var asked = 0
        let error = #expect(throws: SeriesError.self) {
            try evaluation.run(model) {
                asked += 1
                return asked == 2
            }
        }
        #expect(error?.description == "stopped after 1 of 3 origins; nothing is judged")
    }

    @Test func whatCannotBeJudgedIsSaid() throws {
        let young = try Self.hosts().map { subject in
            HostEvaluation.Subject(
                HostSeries(
                    name: "x", profile: nil, start: 0, known: 50, values: .init(repeating: 1, count: 50 * 14),
                    states: .init(repeating: nil, count: 50)), profile: .generic)
        }
        let error = #expect(throws: SeriesError.self) { try HostEvaluation(hosts: young, days: 7, every: 12) }
        #expect(error?.description.contains("the data spans 4 hours") == true)
    }
}

/// Tags that open are closed in order.
private struct XMLProbe {
    func isWellFormed(_ text: String) -> Bool {
        var open: [Substring] = []
        for tag in text.matches(of: /<(\/?)([a-z]+)[^<>]*?(\/?)>/) {
            if !tag.1.isEmpty {
                guard open.popLast() == tag.2 else { return false }
            } else if tag.3.isEmpty {
                open.append(tag.2)
            }
        }
        return open.isEmpty
    }
}
