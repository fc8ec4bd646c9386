import Insight
import Telemetry

/// Puts a score into sentences a person can act on.
struct Narrator {
    let input: RiskInput
    let assessment: Assessment

    static let nothingToScore = "Nothing to score: none of the scored metrics has a value"

    func sentence(_ signal: RiskSignal, _ factor: RiskFactor) -> String {
        let reading = assessment.readings.first { $0.rule.signal == signal }
        return switch factor {
        case .profile: reading.map(profile) ?? ""
        case .trend: reading.map(trend) ?? ""
        case .correlation: reading.map(correlation) ?? ""
        case .prediction: prediction(signal, reading)
        }
    }

    // MARK: Factors

    private func profile(_ reading: SignalReading) -> String {
        let (signal, limits) = (reading.rule.signal, reading.rule.limits)
        let usual = "\(Quantity.number(limits.normalLow, signal))–\(Quantity.text(limits.normalHigh, signal))"
        return "\(signal.label) is \(Quantity.text(reading.value, signal)): usual for \(host) is \(usual)"
    }

    private func trend(_ reading: SignalReading) -> String {
        guard let trend = reading.trend else { return "" }
        let signal = reading.rule.signal
        // A climb that only the longer window shows.
        if trend.beyondUsual == 0, trend.slow.perMinute > 0 {
            let size = Quantity.change(trend.slow.change, signal)
            return "\(signal.label) has risen \(size) in \(Int(trend.slow.minutes.rounded())) minutes"
        }
        let verb = trend.beyondUsual < 0 ? "fallen" : "risen"
        let minutes = Int(trend.minutes.rounded())
        let size = Quantity.change(abs(trend.plainChange), signal)
        let end = trend.beyondUsual < 0 ? ": it is recovering" : ""
        return "\(signal.label) has \(verb) \(size) in \(minutes) minutes\(end)"
    }

    private func correlation(_ reading: SignalReading) -> String {
        let others = assessment.readings
            .filter {
                $0.rule.compounds && $0.degree > 0 && $0.rule.signal.resource != reading.rule.signal.resource
            }
            .sorted { $0.degree > $1.degree }
            .map { "\(inSentence($0.rule.signal)) \(Quantity.text($0.value, $0.rule.signal))" }
        let value = "\(reading.rule.signal.label) is \(Quantity.text(reading.value, reading.rule.signal))"
        return "\(value) while others are high too: \(Self.list(others))"
    }

    private func prediction(_ signal: RiskSignal, _ reading: SignalReading?) -> String {
        guard let reader = assessment.reader, let outlook = assessment.outlooks[signal.rawValue],
            let rule = assessment.outlookRules.first(where: { $0.signal == signal })
        else { return "" }
        let within = Quantity.span(minutes: outlook.minutes)
        let name = inSentence(signal)
        for quantile in Forecast.medianIndex..<Forecast.quantiles.count {
            let value = reader.value(signal, outlook.step, quantile)
            guard value > rule.limits.rampStart else { continue }
            let text = Quantity.text(value, signal)
            if quantile == Forecast.medianIndex {
                if let reading, reading.degree > 0, abs(value - reading.value) <= 0.02 * abs(reading.value) {
                    return "Forecast: \(name) stays near \(text) (median)"
                }
                if let reading, value < reading.value {
                    return "Forecast: \(name) is still \(text) (median) in \(within)"
                }
                return "Forecast: \(name) reaches \(text) (median) within \(within)"
            }
            let chance = Int((Forecast.quantiles[quantile] * 100).rounded())
            return "Forecast: \(name) may reach \(text) (\(chance) % quantile) within \(within)"
        }
        return ""
    }

    // MARK: Notes

    func notes(rules: [SignalRule]) -> [String] {
        guard !assessment.readings.isEmpty else { return [Self.nothingToScore] }
        var notes: [String] = []
        let known = assessment.readings.map(\.rule.signal)
        let missing = rules.map(\.signal).filter { !known.contains($0) }
        if !missing.isEmpty {
            notes.append("Scored without \(Self.list(missing.map(inSentence))): no value")
        }
        if input.now[.cpuIdle] == nil, known.contains(.cpuUsed) {
            notes.append("CPU used is user + system + I/O wait: idle has no value")
        }
        if input.forecast == nil {
            notes.append("No forecast yet: scored as if the coming hours were like now")
        } else if assessment.outlookRules.isEmpty {
            notes.append("The forecast is out of date: scored as if the coming hours were like now")
        }
        let doubted = assessment.outlookRules.map(\.signal).filter { (input.skill[$0.metric] ?? 1) < 1 }
        for signal in doubted {
            let percent = Int((100 * max(0, input.skill[signal.metric] ?? 1)).rounded())
            notes.append(
                "The forecast of \(inSentence(signal)) counts \(percent) %: "
                    + "for this host it has been no better than assuming no change")
        }
        if !assessment.surprises.isEmpty {
            let names = Self.list(assessment.surprises.map(inSentence))
            notes.append("The forecast did not hold the present \(names) possible: scored as if it stayed so")
        }
        if !assessment.trendsKnown { notes.append("No trend yet: fewer than ten minutes of history") }
        return notes
    }

    // MARK: Words

    private var host: String {
        let name =
            switch input.profile {
            case .machineLearning: "ML compute"
            case .database: "database"
            case .webAPI: "web or API"
            case .conductor: "conductor"
            case .dataIngest: "data ingest"
            case .riskAnalytics: "risk analytics"
            case .generic: "generic"
            }
        return "\(input.profile == .machineLearning ? "an" : "a") \(name) host"
    }

    /// The label inside a sentence: words are small there, acronyms stay.
    private func inSentence(_ signal: RiskSignal) -> String {
        switch signal {
        case .memory, .swap, .disk, .networkIn, .networkOut, .backCloseWait, .frontCloseWait, .loadPerCPU:
            signal.label.prefix(1).lowercased() + signal.label.dropFirst()
        case .cpuUsed, .ioWait, .javaCPU: signal.label
        }
    }

    private static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return "\(words.dropLast().joined(separator: ", ")) and \(last)"
    }
}
