import Alerting
import Configuration
import Insight

/// The `alerts` group of the configuration file.
enum AlertSection {
    /// The levels by the words of the file, those that can alert.
    private enum Level: String, CaseIterable {
        case watch, degrading, warning, danger, critical
        case imminentFailure = "imminent_failure"

        init(_ level: RiskLevel) { self = Self(rawValue: level.word) ?? .degrading }
        var level: RiskLevel { RiskLevel.allCases.first { $0.word == rawValue } ?? .degrading }
    }

    private static let seconds = 1.0...86_400.0

    static func read(_ root: ConfigSection) throws(ConfigError) -> AlertRules {
        var rules = AlertRules()
        let from: Level = try root.choice("from", default: Level(rules.from))
        rules.from = from.level
        rules.rise = try rise(root.section("rise"), rules.rise)
        rules.imminentAtOnce = try root.bool("imminent_at_once", default: rules.imminentAtOnce)
        rules.fallAfter = try root.int("fall_after", default: rules.fallAfter, in: 1...20)
        rules.hysteresisPoints = try root.double("hysteresis_points", default: rules.hysteresisPoints, in: 0...20)
        rules.gapSeconds = try root.duration("gap", default: rules.gapSeconds, in: 60...86_400)
        rules.flapping = try flapping(root.section("flapping"), rules.flapping)
        rules.cascade = try cascade(root.section("cascade"), rules.cascade)
        rules.storm = try storm(root.section("storm"), rules.storm)
        rules.silent = try silent(root.section("silent"), rules.silent)
        rules.escalations = try escalations(root.section("escalate_after"), rules)
        let acknowledged = try root.section("acknowledged")
        rules.acknowledgedSecondsMax = try acknowledged.duration(
            "at_most", default: rules.acknowledgedSecondsMax, in: 60...(30 * 86_400))
        rules.acknowledgedSeconds = try acknowledged.duration(
            "for", default: rules.acknowledgedSeconds, in: 60...(30 * 86_400))
        guard rules.acknowledgedSeconds <= rules.acknowledgedSecondsMax else {
            throw acknowledged.mistake("for", rule: "be no more than at_most", mend: "lower it, or raise at_most")
        }
        rules.updateEverySeconds = try root.duration("update_every", default: rules.updateEverySeconds, in: seconds)
        rules.heartbeatSeconds = try root.duration("heartbeat", default: rules.heartbeatSeconds, in: 10...3600)
        return rules
    }

    private static func rise(
        _ section: ConfigSection, _ standard: AlertRules.Count
    ) throws(ConfigError) -> AlertRules.Count {
        let of = try section.int("of", default: standard.of, in: 1...20)
        let needed = try section.int("needed", default: min(standard.needed, of), in: 1...20)
        guard needed <= of else {
            throw section.mistake("needed", rule: "be no more than of", mend: "lower it, or raise of")
        }
        return AlertRules.Count(needed: needed, of: of)
    }

    private static func flapping(
        _ section: ConfigSection, _ standard: AlertRules.Flapping
    ) throws(ConfigError) -> AlertRules.Flapping {
        var flapping = standard
        flapping.changes = try section.int("changes", default: standard.changes, in: 3...16)
        flapping.windowSeconds = try section.duration("window", default: standard.windowSeconds, in: 60...86_400)
        flapping.digestSeconds = try section.duration("digest", default: standard.digestSeconds, in: 300...86_400)
        return flapping
    }

    private static func cascade(
        _ section: ConfigSection, _ standard: AlertRules.Cascade
    ) throws(ConfigError) -> AlertRules.Cascade {
        var cascade = standard
        cascade.by = try section.strings(
            "by", default: standard.by,
            rule: ConfigRule("be a label's key of 1–64 characters", mend: "write a key such as cluster") {
                (1...64).contains($0.utf8.count)
            })
        cascade.hosts = try section.int("hosts", default: standard.hosts, in: 2...100_000)
        cascade.share = try section.double("share", default: standard.share, in: 0...1)
        cascade.windowSeconds = try section.duration("window", default: standard.windowSeconds, in: 10...86_400)
        return cascade
    }

    private static func storm(
        _ section: ConfigSection, _ standard: AlertRules.Storm
    ) throws(ConfigError) -> AlertRules.Storm {
        var storm = standard
        storm.incidents = try section.int("incidents", default: standard.incidents, in: 2...1000)
        storm.windowSeconds = try section.duration("window", default: standard.windowSeconds, in: 10...86_400)
        storm.updateSeconds = try section.duration("update_every", default: standard.updateSeconds, in: seconds)
        return storm
    }

    private static func silent(
        _ section: ConfigSection, _ standard: AlertRules.Silent
    ) throws(ConfigError) -> AlertRules.Silent {
        var silent = standard
        silent.afterSeconds = try section.duration("after", default: standard.afterSeconds, in: 30...(7 * 86_400))
        let level: Level = try section.choice("level", default: Level(standard.level))
        silent.level = level.level
        return silent
    }

    private static func escalations(
        _ section: ConfigSection, _ standard: AlertRules
    ) throws(ConfigError) -> [[Double]] {
        var all = standard.escalations
        for level in Level.allCases {
            let times = try section.durations(
                level.rawValue, default: all[level.level.rawValue], atMost: 5, in: 60...(7 * 86_400))
            guard zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw section.mistake(
                    level.rawValue, rule: "ascend", mend: "write the times since the first notice, [15m, 30m]")
            }
            all[level.level.rawValue] = times
        }
        return all
    }
}
