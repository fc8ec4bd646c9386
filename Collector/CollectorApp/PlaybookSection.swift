import Configuration
import Insight
import Risk
import Telemetry

/// The `advice` list of the configuration file: lines that go before the shipped ones.
enum PlaybookSection {
    static func read(_ root: ConfigSection) throws(ConfigError) -> Playbook {
        let shipped = try root.bool("advice_shipped", default: true)
        var lines: [Advice] = []
        let groups = try root.sections("advice")
        for group in groups {
            guard lines.count < Playbook.linesMax else {
                throw group.mistake(
                    "cause", rule: "be one of at most \(Playbook.linesMax) lines", mend: "leave out what is never given"
                )
            }
            lines.append(try line(group))
        }
        return Playbook(lines + (shipped ? Playbook.shipped : []))
    }

    private static func line(_ group: ConfigSection) throws(ConfigError) -> Advice {
        let signals = try words(group, "signals", RiskSignal.allCases, \.name)
        guard !signals.isEmpty else {
            throw group.mistake(
                "signals", rule: "name at least one signal", mend: "write signals: [mem_used_pct]")
        }
        let factors = try words(group, "factors", RiskFactor.allCases, \.rawValue)
        return Advice(
            cause: try group.string("cause", rule: short(80)), signals: signals,
            factors: factors.isEmpty ? RiskFactor.allCases : factors,
            profiles: try words(group, "profiles", Profile.allCases, \.rawValue),
            pointsMin: try group.double("points_min", default: 5, in: 0...100),
            text: try group.string("text", rule: short(2000)),
            link: try group.optionalString(
                "link",
                rule: ConfigRule("be an http or https address", mend: "write https://wiki.example/page") {
                    ($0.hasPrefix("https://") || $0.hasPrefix("http://")) && $0.count <= 500
                }),
            approval: try group.string("approval", default: "service owner", rule: short(80)))
    }

    private static func short(_ count: Int) -> ConfigRule<String> {
        ConfigRule("have 1 to \(count) characters", mend: "write less") { (1...count).contains($0.count) }
    }

    private static func words<Word>(
        _ group: ConfigSection, _ key: String, _ all: [Word], _ name: KeyPath<Word, String>
    ) throws(ConfigError) -> [Word] {
        let names = all.map { $0[keyPath: name] }
        let given = try group.strings(
            key,
            rule: ConfigRule("be one of \(names.joined(separator: ", "))", mend: "write one of these words") {
                names.contains($0)
            })
        return all.filter { given.contains($0[keyPath: name]) }
    }
}
