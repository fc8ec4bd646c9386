import Daemon
import Lifecycle
import Telemetry

/// Models in words, for a terminal.
enum ModelWords {
    static func percent(_ x: Double) -> String { "\((x * 1000).rounded() / 10) %" }

    static func span(_ card: ModelCard) -> String {
        guard let from = card.from, let to = card.to else { return "?" }
        return "\(day(from)) – \(day(to))"
    }

    static func day(_ time: Int) -> String { String(Timestamp.text(Double(time)).prefix(10)) }

    static func card(_ id: String, _ card: ModelCard, _ journal: [ModelJournal.Entry]) -> String {
        var lines = ["\(id)  \(card.label)", "digest     sha256 \(card.digest)"]
        if let parameters = card.parameters { lines.append("size       \(parameters) parameters") }
        if let madeAt = card.madeAt { lines.append("made       \(Timestamp.text(Double(madeAt)))") }
        lines.append(
            "learnt     from \(span(card)), \(card.hosts.map(String.init) ?? "?") hosts"
                + (card.heldOut.map { "; \($0) hosts were held out whole" } ?? ""))
        for score in card.scores {
            let over = score.over == "strangers" ? "hosts never trained on" : "the newest time"
            let verb = score.skill < 0 ? "worse" : "better"
            let yesterday = score.yesterday.map { ", same time yesterday \(rounded($0))" } ?? ""
            lines.append(
                "on \(over): loss \(rounded(score.model)), persistence \(rounded(score.persistence))\(yesterday): "
                    + "\(percent(abs(score.skill))) \(verb) than persistence")
        }
        lines.append(
            "inputs     "
                + (card.inputs.map { "quantiles of \($0.bins.count) metrics, to measure drift against" }
                    ?? "it does not say how they lay; drift is measured against the first day seen"))
        if let command = card.command { lines.append("command    \(command)") }
        if let problem = card.problem { lines.append("its card cannot be read whole: \(problem)") }
        for entry in journal.suffix(20) {
            let deed = entry.deed.rawValue.replacing("_", with: " ")
            lines.append("\(Timestamp.text(entry.at.rounded(.down)))  \(deed) by \(entry.who): \(entry.why)")
        }
        return lines.joined(separator: "\n")
    }

    private static func rounded(_ x: Double) -> String { "\((x * 1e4).rounded() / 1e4)" }
}
