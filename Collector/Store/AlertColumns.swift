import Alerting
import Insight
import JSON
import SQLite
import Telemetry

/// Alerts' values in columns, and back. What cannot be read back (another version wrote it) is nil or empty, never made
/// up.
enum AlertColumns {
    static func json(_ list: [String]) -> String {
        var json = JSONWriter(capacity: 256)
        json.array { json in for text in list { json.value(text) } }
        return json.text
    }

    static func json(_ labels: [String: String]) -> String {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            for (key, value) in labels.sorted(by: { $0.key < $1.key }) { json.member(key, value) }
        }
        return json.text
    }

    static func strings(_ text: String?) -> [String] { parse(text) { $0.elements.compactMap(\.string) } ?? [] }

    static func labels(_ text: String?) -> [String: String] {
        parse(text) { value in
            var labels: [String: String] = [:]
            for member in value.members { labels[member.key.string] = member.value.string }
            return labels
        } ?? [:]
    }

    private static func parse<Result>(_ text: String?, _ body: (JSONValue) -> Result) -> Result? {
        guard let text else { return nil }
        do throws(JSONError) {
            return try JSONParser(bytesMax: 1 << 20, depthMax: 8).parse(text, body)
        } catch {
            return nil
        }
    }

    static func text(_ breach: TimeToBreach?) -> String? {
        breach.map { breach in
            let minutes = [breach.medianMinutes, breach.earliestMinutes, breach.latestMinutes]
            return "\(breach.signal.name) \(breach.limit) "
                + minutes.map { $0.map { "\($0)" } ?? "-" }.joined(separator: " ")
        }
    }

    static func breach(_ text: String?) -> TimeToBreach? {
        let words = (text ?? "").split(separator: " ").map(String.init)
        guard words.count == 5, let signal = RiskSignal(name: words[0]), let limit = Double(words[1]) else {
            return nil
        }
        return TimeToBreach(
            signal: signal, limit: limit, medianMinutes: Double(words[2]), earliestMinutes: Double(words[3]),
            latestMinutes: Double(words[4]))
    }

    static func text(_ evaluations: [HostWatch.Evaluation]) -> String {
        evaluations.map { "\($0.at) \($0.score)" }.joined(separator: "\n")
    }

    static func evaluations(_ text: String?) -> [HostWatch.Evaluation] {
        pairs(text).compactMap { time, word in
            Double(word).map { HostWatch.Evaluation(at: time, score: $0) }
        }
    }

    static func text(_ changes: [FlapLog.Change]) -> String {
        changes.map { "\($0.at) \($0.isUp ? "+" : "-")" }.joined(separator: "\n")
    }

    static func changes(_ text: String?) -> [FlapLog.Change] {
        pairs(text).map { FlapLog.Change(at: $0, isUp: $1 == "+") }
    }

    private static func pairs(_ text: String?) -> [(Double, Substring)] {
        (text ?? "").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let time = Double(words[0]) else { return nil }
            return (time, words[1])
        }
    }
}

extension Statement {
    func bind(_ index: Int, _ level: RiskLevel?) { bind(index, level.map { Int64($0.rawValue) }) }

    func doubleOrNil(_ column: Int) -> Double? { isNull(column) ? nil : double(column) }

    func level(_ column: Int) -> RiskLevel? {
        isNull(column) ? nil : RiskLevel(rawValue: Int(truncatingIfNeeded: integer(column)))
    }

    func word<Word: RawRepresentable<String>>(_ column: Int) -> Word? { text(column).flatMap(Word.init(rawValue:)) }

    /// Condition beside host.
    func key(_ column: Int) -> AlertKey? {
        guard let host = text(column), let condition: AlertCondition = word(column + 1) else { return nil }
        return AlertKey(host: host, condition: condition)
    }
}
