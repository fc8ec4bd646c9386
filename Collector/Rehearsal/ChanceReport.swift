package import Risk
package import Telemetry

/// The chances of a configuration held against what came, for people and as JSON; and what would fit better, as
/// settings.
package struct ChanceReport: Sendable {
    private struct Part: Sendable {
        var name: String
        var word: String
        var reliability: Reliability
    }

    private var parts: [Part] = []
    /// Settings of the configuration file, `risk` and below; nil where they were not asked for.
    package private(set) var fitted: [(path: String, value: Double)]?

    /// - Parameter isFitted: fits the chances anew and reports on those.
    /// - Throws: never a number nobody can use: `ChanceFault` where there is nothing to fit on.
    package init(
        within30Minutes soon: ChanceLedger, within8Hours late: ChanceLedger, _ fleet: FleetSettings, isFitted: Bool
    ) throws(ChanceFault) {
        var fleet = fleet
        if isFitted {
            guard let first = ChanceFit.curve(soon), let second = ChanceFit.curve(late) else { throw ChanceFault() }
            (fleet.within30Minutes, fleet.within8Hours) = (first.rounded, second.rounded)
            fleet.independence30Minutes = ChanceFit.independence(soon, fleet.within30Minutes).thousandths
            fleet.independence8Hours = ChanceFit.independence(late, fleet.within8Hours).thousandths
            var configuration = RiskConfiguration()
            configuration.fleet = fleet
            fitted = RiskSetting.all.filter { $0.path.hasPrefix("fleet.within_") }
                .map { ($0.path, $0.value(in: configuration)) }
        }
        for (time, word, ledger, curve, independence) in [
            ("30 minutes", "30_minutes", soon, fleet.within30Minutes, fleet.independence30Minutes),
            ("8 hours", "8_hours", late, fleet.within8Hours, fleet.independence8Hours),
        ] {
            parts.append(
                Part(name: "a host, \(time)", word: "host_within_\(word)", reliability: ledger.reliability(curve)))
            for isPart in [true, false] {
                parts.append(
                    Part(
                        name: isPart ? "some of ten, \(time)" : "some of all, \(time)",
                        word: "\(isPart ? "ten" : "all")_within_\(word)",
                        reliability: ledger.reliability(curve, independence: independence, ofParts: isPart)))
            }
        }
    }

    package var text: String {
        var text =
            "\nThe chance of an incident, held against what came; by tenths of the chance, said → came (how many).\n"
        for part in parts {
            guard let base = part.reliability.baseRate, let brier = part.reliability.brier,
                let plain = part.reliability.brierOfBaseRate, let error = part.reliability.calibrationError
            else { continue }
            text += "\(part.name): came \(Self.percent(base)), Brier \(Self.decimals(brier, 4)) "
            text += "(always the base rate: \(Self.decimals(plain, 4))), off by \(Self.percent(error)) on average\n"
            text += "   "
            for band in part.reliability.bands where band.count > 0 {
                text += " \(Self.percent(band.chances / band.count)) → \(Self.percent(band.hits / band.count))"
                text += " (\(Int(band.count)))"
            }
            text += "\n"
        }
        if let fitted {
            text += "\nFitted to this history; under risk in the configuration file:\n  fleet:\n"
            var group = ""
            for (path, value) in fitted {
                let words = path.split(separator: ".").map(String.init)
                if words[1] != group { text += "    \(words[1]):\n" }
                group = words[1]
                text += "      \(words[2]): \(value)\n"
            }
        }
        return text
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            for part in parts {
                json.member(part.word) { json in
                    json.object { json in
                        json.member("base_rate", part.reliability.baseRate)
                        json.member("brier", part.reliability.brier)
                        json.member("brier_of_base_rate", part.reliability.brierOfBaseRate)
                        json.member("calibration_error", part.reliability.calibrationError)
                        json.member("bands") { json in
                            json.array { json in
                                for band in part.reliability.bands where band.count > 0 {
                                    json.object { json in
                                        json.member("count", band.count)
                                        json.member("said", band.chances / band.count)
                                        json.member("came", band.hits / band.count)
                                    }
                                }
                            }
                        }
                    }
                }
            }
            if let fitted {
                json.member("fitted") { json in
                    json.object { json in for (path, value) in fitted { json.member(path, value) } }
                }
            }
        }
    }

    private static func percent(_ share: Double) -> String { decimals(100 * share, share < 0.1 ? 2 : 1) + " %" }

    private static func decimals(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        return "\((value * scale).rounded() / scale)"
    }
}

package struct ChanceFault: Error, CustomStringConvertible {
    package var description: String {
        "--calibrate needs a history in which some hosts breach and others do not, over more than eight hours"
    }
}

extension ChanceCurve {
    /// As many digits as are worth writing down.
    fileprivate var rounded: ChanceCurve {
        ChanceCurve(
            evenScore: (evenScore * 10).rounded() / 10, pointsPerE: (pointsPerE * 100).rounded() / 100,
            least: (least * 1e5).rounded() / 1e5, most: most.thousandths)
    }
}

extension Double {
    fileprivate var thousandths: Double { (self * 1000).rounded() / 1000 }
}
