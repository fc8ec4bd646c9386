import Telemetry

/// Forecast surprise beside the rule that most monitoring begins with: any column at 80 or 90 % of its range.
package struct SurpriseReport: Sendable {
    private struct Row: Sendable {
        var name: String
        var verdict: AlarmJudge.Verdict
    }

    private let surprise: AlarmJudge
    private let fixed: AlarmJudge
    private var rows: [Row] = []
    private let sweeps: (surprise: [AlarmJudge.Verdict], fixed: [AlarmJudge.Verdict])
    private let tables: Int
    package var seconds = 0.0

    static let fixedLimits = [0.8, 0.9]
    static let falsePerMonth: [Double] = [1, 2, 4, 8, 16, 32, 64, 128]
    static let areaUpTo = 32.0

    /// - Parameter alarmsPerMonth: the threshold is the one that the train part would have passed so often, all of its
    ///   alarms taken for false; no label is looked at.
    package init(_ tables: [LabelledTable], alarmsPerMonth: Double) {
        self.tables = tables.count
        let scores = tables.map { SurpriseScore($0).values }
        surprise = AlarmJudge(tables, scores: zip(tables, scores).map { Array($1[$0.trainRows...]) })
        fixed = AlarmJudge(
            tables,
            scores: tables.map { table in
                (table.trainRows..<table.rows).map { row in
                    table.columns.reduce(0.0) { $1[row].isNaN ? $0 : max($0, Double($1[row])) }
                }
            })
        sweeps = (surprise.sweep(), fixed.sweep())
        let threshold = Self.threshold(tables, scores, alarmsPerMonth: alarmsPerMonth)
        rows.append(Row(name: "surprise, threshold of the train part", verdict: surprise.verdict(at: threshold)))
        for limit in Self.fixedLimits {
            let verdict = fixed.verdict(at: limit)
            rows.append(Row(name: "any column at \(limit)", verdict: verdict))
            if let equal = surprise.best(
                of: sweeps.surprise, falsePerMonth: Double(verdict.falseAlarms) / max(1e-9, surprise.months))
            {
                rows.append(Row(name: "surprise, at no more false ones than \(limit)", verdict: equal))
            }
        }
    }

    private static func threshold(
        _ tables: [LabelledTable], _ scores: [[Double]], alarmsPerMonth: Double
    ) -> Double {
        let trained = AlarmJudge(
            tables,
            scores: zip(tables, scores).map { table, values in
                // The first day has no yesterday.
                let first = min(86_400 / table.stepSeconds, table.trainRows / 2)
                return Array(values[first..<table.trainRows])
            })
        let wanted = alarmsPerMonth * trained.months
        return trained.sweep().last { Double($0.alarms) <= wanted }?.threshold ?? .infinity
    }

    package var text: String {
        var text =
            "\(tables) table\(tables == 1 ? "" : "s"), \(Self.number(surprise.months)) server-months of tests, "
        text += "\(surprise.incidents) incidents. An alarm begins; delay counts from an incident's first row to it.\n\n"
        text += Self.pad("rule", 42) + "     hit  false/server-month  alarms  delay q25/50/75 min\n"
        for row in rows {
            let delays = [0.25, 0.5, 0.75].map { share in
                row.verdict.delays.isEmpty
                    ? "-" : Self.number(row.verdict.delays[Int(Double(row.verdict.delays.count - 1) * share)])
            }
            text += Self.pad(row.name, 42) + Self.right(share(row.verdict), 8)
            text += Self.right(Self.number(falseRate(row.verdict)), 20) + Self.right("\(row.verdict.alarms)", 8)
            text += Self.right(delays.joined(separator: "/"), 21) + "\n"
        }
        text += "\n" + Self.pad("hit with at most so many false", 42)
        for rate in Self.falsePerMonth { text += Self.right(Self.number(rate), 7) }
        text += "   mean over 0 to \(Int(Self.areaUpTo))\n"
        for (name, judge, sweep) in [("surprise", surprise, sweeps.surprise), ("any column", fixed, sweeps.fixed)] {
            text += Self.pad(name, 42)
            for rate in Self.falsePerMonth {
                text += Self.right(judge.best(of: sweep, falsePerMonth: rate).map(share) ?? "0 %", 7)
            }
            text += Self.right("\(Self.number(100 * judge.area(of: sweep, falsePerMonthMax: Self.areaUpTo))) %", 19)
            text += "\n"
        }
        return text
    }

    package var json: String {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.member("tables", tables)
            json.member("server_months", surprise.months)
            json.member("incidents", surprise.incidents)
            json.member("seconds", seconds)
            json.member("rules") { json in
                json.array { json in
                    for row in rows {
                        json.object { json in
                            json.member("rule", row.name)
                            json.member("threshold", row.verdict.threshold)
                            json.member("hits", row.verdict.hits)
                            json.member("alarms", row.verdict.alarms)
                            json.member("false_alarms", row.verdict.falseAlarms)
                            json.member("false_per_server_month", falseRate(row.verdict))
                            json.member("delay_minutes") { json in
                                json.array { json in for delay in row.verdict.delays { json.value(delay) } }
                            }
                        }
                    }
                }
            }
            for (name, judge, sweep) in [
                ("surprise", surprise, sweeps.surprise), ("any_column", fixed, sweeps.fixed),
            ] {
                json.member("\(name)_hits_at_false_per_server_month") { json in
                    json.object { json in
                        for rate in Self.falsePerMonth {
                            json.member("\(Int(rate))", judge.best(of: sweep, falsePerMonth: rate)?.hits ?? 0)
                        }
                    }
                }
                json.member("\(name)_area", judge.area(of: sweep, falsePerMonthMax: Self.areaUpTo))
            }
        }
        return json.text
    }

    private func falseRate(_ verdict: AlarmJudge.Verdict) -> Double {
        Double(verdict.falseAlarms) / max(1e-9, surprise.months)
    }

    private func share(_ verdict: AlarmJudge.Verdict) -> String {
        "\(Int((100 * Double(verdict.hits) / Double(max(1, surprise.incidents))).rounded())) %"
    }

    private static func number(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
