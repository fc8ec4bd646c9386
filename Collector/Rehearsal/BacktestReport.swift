package import Insight
import Telemetry

/// How each rule did at each level, as a table for people and as JSON.
package struct BacktestReport: Sendable {
    package struct Row: Sendable {
        package var rule: Rehearsal.Rule
        package var judgements: [AlertJudgement]

        package init(rule: Rehearsal.Rule, judgements: [AlertJudgement]) {
            (self.rule, self.judgements) = (rule, judgements)
        }
    }

    package var rows: [Row]
    package var hosts: Int
    package var days: Double
    package var seconds: Double
    package var chance: ChanceReport?

    package init(rows: [Row], hosts: Int, days: Double, seconds: Double, chance: ChanceReport? = nil) {
        (self.rows, self.hosts, self.days, self.seconds) = (rows, hosts, days, seconds)
        self.chance = chance
    }

    package static let levels: [RiskLevel] = [.degrading, .warning, .danger, .critical, .imminentFailure]

    package var text: String {
        let incidents = rows.first?.judgements.first?.incidents ?? 0
        let sudden = rows.first?.judgements.first?.sudden ?? 0
        var text = "\(hosts) hosts, \(Self.number(days, 1)) days: \(incidents) incidents that could be seen coming, "
        text += "\(sudden) that could not. In time: 15 minutes before the breach.\n"
        text += "A page is an alert at Danger or above. A cascade is one incident, its first mover's.\n\n"
        text +=
            "rule         level             in time  before   at all  lead q25/50/75 min  precision  false/host-month"
        text += "  open outside h/host-month  alerts  sudden told\n"
        for row in rows {
            for judged in row.judgements {
                let share = { (count: Int) in
                    judged.incidents == 0 ? "-" : Self.number(100 * Double(count) / Double(judged.incidents), 0) + " %"
                }
                let leads = [0.25, 0.5, 0.75].map { judged.lead(quantile: $0).map { Self.number($0, 0) } ?? "-" }
                text += Self.pad(row.rule.rawValue, 13) + Self.pad(judged.level.name, 17)
                text += Self.right(share(judged.inTime), 8) + Self.right(share(judged.beforeBreach), 8)
                text += Self.right(share(judged.announced), 9) + Self.right(leads.joined(separator: "/"), 20)
                text += Self.right(judged.precision.map { Self.number($0, 3) } ?? "-", 11)
                text += Self.right(Self.number(judged.falsePerHostMonth, 2), 18)
                text += Self.right(Self.number(judged.hoursOutsidePerHostMonth, 1), 27)
                text += Self.right("\(judged.alerts)", 8) + Self.right("\(judged.suddenTold)/\(judged.sudden)", 13)
                text += "\n"
            }
        }
        return text + kindsText + (chance?.text ?? "")
    }

    /// At the lowest level, by kind: where it is early and where it is not.
    private var kindsText: String {
        guard let judged = rows.first?.judgements.first, !judged.kinds.isEmpty else { return "" }
        let kinds = judged.kinds.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.inTime)/\($0.value.incidents)" }
        var text = "\nIn time at \(judged.level.name) or above, by kind: \(kinds.joined(separator: " · "))\n"
        guard judged.followers > 0 else { return text }
        text += "Of \(judged.followers) hosts that a cascade pulled down, \(judged.followersTold) were announced in "
        text += "time by its first mover's alert, \(judged.followersInTime) by their own; with each host's incident "
        text += "counted by itself \(Self.number(100 * (judged.recallAlone ?? 0), 0)) % are in time.\n"
        return text
    }

    package var json: String {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.member("hosts", hosts)
            json.member("days", days)
            json.member("seconds", seconds)
            if let chance { json.member("chance") { json in chance.write(to: &json) } }
            json.member("rules") { json in
                json.object { json in
                    for row in rows {
                        json.member(row.rule.rawValue) { json in
                            json.array { json in for judged in row.judgements { Self.write(judged, to: &json) } }
                        }
                    }
                }
            }
        }
        return json.text
    }

    private static func write(_ judged: AlertJudgement, to json: inout JSONWriter) {
        json.object { json in
            json.member("level", judged.level.name)
            json.member("incidents", judged.incidents)
            json.member("in_time", judged.inTime)
            json.member("before_breach", judged.beforeBreach)
            json.member("announced", judged.announced)
            json.member("recall", judged.recall)
            json.member("followers", judged.followers)
            json.member("followers_in_time", judged.followersInTime)
            json.member("followers_told_by_first_mover", judged.followersTold)
            json.member("recall_each_host", judged.recallAlone)
            json.member("lead_minutes") { json in
                json.array { json in for share in [0.25, 0.5, 0.75] { json.value(judged.lead(quantile: share)) } }
            }
            json.member("alerts", judged.alerts)
            json.member("false_alerts", judged.falseAlerts)
            json.member("precision", judged.precision)
            json.member("false_per_host_month", judged.falsePerHostMonth)
            json.member("hours_outside_per_host_month", judged.hoursOutsidePerHostMonth)
            json.member("sudden", judged.sudden)
            json.member("sudden_told", judged.suddenTold)
            json.member("kinds") { json in
                json.object { json in
                    for (kind, counts) in judged.kinds.sorted(by: { $0.key < $1.key }) {
                        json.member(kind) { json in
                            json.array { json in
                                json.value(counts.inTime)
                                json.value(counts.incidents)
                            }
                        }
                    }
                }
            }
        }
    }

    private static func number(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        guard digits > 0 else { return "\(Int(rounded))" }
        let parts = "\(rounded)".split(separator: ".")
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        return "\(parts[0])." + fraction + String(repeating: "0", count: max(0, digits - fraction.count))
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
