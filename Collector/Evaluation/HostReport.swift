import Daemon
import Insight
import Telemetry

/// Scores of hosts' forecasts as a table for people and as JSON.
package struct HostReport {
    let scores: HostScores

    package init(_ scores: HostScores) { self.scores = scores }

    // MARK: For people

    package var text: String {
        var lines = ["\(scores.model) on \(scores.hosts) hosts, \(scores.origins.count) origins, \(span)"]
        if scores.withheld > 0 { lines.append("\(scores.withheld) forecasts were withheld or warming up") }
        lines += ["", "Pinball loss, mean over the metrics in units of how far each is from itself a day before", ""]
        lines.append(row("ahead", ["model"] + SimpleForecast.allCases.map(\.name) + ["P10–P90", "skill"]))
        for (index, horizon) in KeptForecast.horizons.enumerated() {
            lines.append(totalRow(Self.ahead(horizon), scores.total(horizon: index)))
        }
        lines.append(totalRow("all", scores.total()))
        lines += ["", "Skill over the best simple forecast of each cell, and how many truths lie within P10–P90", ""]
        lines.append(row("metric", KeptForecast.horizons.map(Self.ahead) + ["P10–P90", "MASE", "CRPS"]))
        for metric in scores.metrics { lines.append(metricRow(metric)) }
        lines += ["", "The same by profile", ""]
        lines.append(row("profile", KeptForecast.horizons.map(Self.ahead) + ["P10–P90"]))
        for profile in scores.profiles { lines.append(profileRow(profile)) }
        return lines.joined(separator: "\n")
    }

    private var span: String {
        guard let first = scores.origins.first, let last = scores.origins.last else { return "none" }
        return "\(Timestamp.text(Double(first))) to \(Timestamp.text(Double(last)))"
    }

    static func ahead(_ steps: Int) -> String {
        let minutes = steps * Step.seconds / 60
        return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h"
    }

    private func totalRow(_ name: String, _ total: HostScores.Total) -> String {
        let simple = SimpleForecast.allCases.map { one in Self.decimal(total.simple[one.rawValue]?.simple) }
        let best = total.skill.map { "\(Self.percent($0.skill)) over \($0.over.name)" } ?? "–"
        return row(name, [Self.decimal(total.pinball)] + simple + [Self.percent(total.coverage), best])
    }

    private func metricRow(_ metric: Metric) -> String {
        let all = scores.cell(metric)
        let skills = KeptForecast.horizons.indices.map { index in
            Self.percent(scores.cell(metric, horizon: index).bestSkill?.skill)
        }
        return row(
            metric.name, skills + [Self.percent(all.sums.coverage), Self.decimal(all.mase), Self.decimal(all.crps)])
    }

    private func profileRow(_ profile: Profile) -> String {
        var part = scores
        part.keep(profile)
        let skills = KeptForecast.horizons.indices.map { Self.percent(part.total(horizon: $0).skill?.skill) }
        return row(profile.rawValue, skills + [Self.percent(part.total().coverage)])
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(1, width - text.count)) + text
        }
        let title = name + String(repeating: " ", count: max(0, 18 - name.count))
        return title + cells.map { padded($0, 13) }.joined()
    }

    static func decimal(_ value: Double?) -> String { value.map { "\(($0 * 1000).rounded() / 1000)" } ?? "–" }
    static func percent(_ share: Double?) -> String { share.map { "\(($0 * 1000).rounded() / 10) %" } ?? "–" }

    // MARK: For machines

    package var json: String {
        var json = JSONWriter(capacity: 65_536)
        json.object { json in
            json.member("model", scores.model)
            json.member("hosts", scores.hosts)
            json.member("origins", scores.origins.count)
            json.member("from", scores.origins.first)
            json.member("to", scores.origins.last)
            json.member("withheld", scores.withheld)
            json.member("total") { json in write(scores.total(), horizon: nil, &json) }
            json.member("horizons") { json in
                json.array { json in
                    for (index, horizon) in KeptForecast.horizons.enumerated() {
                        write(scores.total(horizon: index), horizon: horizon, &json)
                    }
                }
            }
            json.member("metrics") { json in
                json.array { json in
                    for metric in scores.metrics {
                        write(scores.cell(metric), metric, nil, nil, &json)
                    }
                }
            }
            json.member("cells") { json in
                json.array { json in
                    for metric in scores.metrics {
                        for profile in scores.profiles {
                            for horizon in KeptForecast.horizons.indices {
                                let key = HostScores.Key(metric: metric, profile: profile, horizon: horizon)
                                guard let cell = scores.cells[key] else { continue }
                                write(cell, metric, profile, horizon, &json)
                            }
                        }
                    }
                }
            }
        }
        return json.text
    }

    private func write(_ total: HostScores.Total, horizon: Int?, _ json: inout JSONWriter) {
        json.object { json in
            if let horizon { json.member("minutes", horizon * Step.seconds / 60) }
            json.member("relative_pinball", total.pinball)
            json.member("coverage", total.coverage)
            json.member("mase", total.mase)
            json.member("baselines") { json in
                json.object { json in
                    for one in SimpleForecast.allCases {
                        json.member(one.name) { json in
                            json.object { json in
                                json.member("relative_pinball", total.simple[one.rawValue]?.simple)
                                json.member("skill", total.skill(over: one))
                            }
                        }
                    }
                }
            }
            json.member("best_baseline", total.skill?.over.name)
            json.member("skill_over_best", total.skill?.skill)
        }
    }

    private func write(
        _ cell: HostScores.Cell, _ metric: Metric, _ profile: Profile?, _ horizon: Int?, _ json: inout JSONWriter
    ) {
        json.object { json in
            json.member("metric", metric.name)
            if let profile { json.member("profile", profile.rawValue) }
            if let horizon { json.member("minutes", KeptForecast.horizons[horizon] * Step.seconds / 60) }
            json.member("count", cell.sums.count)
            json.member("pinball", cell.sums.meanPinball)
            json.member("crps", cell.crps)
            json.member("mase", cell.mase)
            json.member("coverage", cell.sums.coverage)
            json.member("baselines") { json in
                json.object { json in
                    for one in SimpleForecast.allCases {
                        json.member(one.name) { json in
                            json.object { json in
                                json.member("pinball", cell.pinball(one))
                                json.member("crps", cell.crps(one))
                                json.member("mase", cell.mase(one))
                                json.member("skill", cell.sums.skill(over: one))
                            }
                        }
                    }
                }
            }
        }
    }
}
