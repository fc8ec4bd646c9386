import Evaluation
import Foundation
import Testing

@testable import Surprise

/// A server of twelve columns that swing through the day, each with noise of its own. Twice in the test part a third of
/// the columns leaves its way without coming near its limits; in between one column is at its limit every noon.
struct SurpriseTests {
    static let steps = 288
    static let incidents = [600...630, 1400...1420]

    static let table: LabelledTable = {
        var state: UInt64 = 9
        func random() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / Double(1 << 31) - 0.5
        }
        let trainRows = 10 * steps
        var text = "time,split," + (1...12).map { "m\($0)" }.joined(separator: ",") + "\n"
        for row in 0..<trainRows + 6 * steps {
            let day = 2 * Double.pi * Double(row % steps) / Double(steps)
            let isIll = incidents.contains { $0.contains(row - trainRows) }
            let cells = (0..<12).map { column -> String in
                var value = 0.3 + 0.12 * sin(day + Double(column)) + 0.02 * random()
                if column == 11 { value = (150...160).contains(row % steps) ? 0.95 : 0.4 }
                if isIll, column < 4 { value += 0.15 + 0.1 * random() }
                return "\((value * 10_000).rounded() / 10_000)"
            }
            text += "\(row * 300),\(row < trainRows ? "train" : "test")," + cells.joined(separator: ",") + "\n"
        }
        let labels =
            "start_row_in_test,end_row_in_test\n"
            + incidents.map { "\($0.lowerBound),\($0.upperBound)\n" }.joined()
        guard let table = try? CSVText(name: "made", bytes: Array(text.utf8)),
            let marks = try? CSVText(name: "labels", bytes: Array(labels.utf8)),
            let made = try? LabelledTable(table: table, labels: marks)
        else { preconditionFailure("the made table cannot be read") }
        return made
    }()

    @Test func whatNobodyExpectedIsFoundAndNoonIsNot() throws {
        let scores = SurpriseScore(Self.table).values
        let test = Array(scores[Self.table.trainRows...])
        let judge = AlarmJudge([Self.table], scores: [test])
        let best = try #require(judge.best(of: judge.sweep(), falsePerMonth: 0))
        #expect(best.hits == 2 && best.falseAlarms == 0)
        // A lower threshold is passed as soon as the columns leave their way.
        let early = judge.verdict(at: best.threshold / 2)
        #expect(early.hits == 2 && early.delays.allSatisfy { $0 <= 15 }, "\(early) \(best)")
        // The limit is crossed every noon, and never by the incidents.
        let fixed = AlarmJudge(
            [Self.table],
            scores: [
                (Self.table.trainRows..<Self.table.rows).map { row in
                    Self.table.columns.map { Double($0[row]) }.max() ?? 0
                }
            ]
        ).verdict(at: 0.8)
        #expect(fixed.hits == 0 && fixed.falseAlarms == 6)
    }

    @Test func theReportSaysBoth() {
        let report = SurpriseReport([Self.table], alarmsPerMonth: 4)
        #expect(report.text.contains("surprise, at no more false ones than 0.8     100 %"))
        #expect(report.json.contains("\"surprise_area\":1,"))
        #expect(report.json.contains("\"any_column_hits_at_false_per_server_month\":{\"1\":0,"))
        #expect(report.json.contains("\"incidents\":2"))
    }

    @Test func theForecastKnowsTheDayAndAStillColumn() {
        let day = (0..<2000).map { Float(sin(2 * Double.pi * Double($0 % 288) / 288)) }
        let errors = StepForecast.errors(of: day, trainRows: 1500, season: 288)
        // The last value alone would be wrong by up to 0.022.
        #expect(errors[1500...].allSatisfy { abs($0) < 0.003 })
        let still = StepForecast.errors(of: [Float](repeating: 0.7, count: 2000), trainRows: 1500, season: 288)
        #expect(still[1500...].allSatisfy { abs($0) < 1e-4 })
    }

    @Test func aSurpriseCountsHowRareItIs() {
        let tail = ErrorTail((0..<1000).map { Float($0) / 1000 }[...], least: 0.001)
        #expect(tail.surprise(0) < 0.001)
        #expect(abs(tail.surprise(0.9) - 1) < 0.01)
        #expect(tail.surprise(-0.9) == tail.surprise(0.9))
        #expect(tail.surprise(1.2) > 3 && tail.surprise(1.2) < tail.surprise(1.3))
        #expect(tail.surprise(1000) == Float(SurpriseScore.surpriseMax))
        #expect(tail.surprise(.nan) == 0)
        #expect(ErrorTail([][...], least: 1).surprise(3) == 0)
    }

    @Test func alarmsAreCountedByTheirBeginning() {
        // Steps of 300 s: half an hour are six of them.
        let scores = [0.0, 5, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 5, 5]
        #expect(AlarmJudge.alarms(scores, 3, gap: 6) == [1, 12])
        #expect(AlarmJudge.alarms(scores, 3, gap: 1) == [1, 4, 12])
        #expect(AlarmJudge.alarms(scores, 6, gap: 6).isEmpty)
    }
}
