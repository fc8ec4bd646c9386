import Configuration
import Lifecycle

/// How models come and go by themselves.
struct ModelsConfiguration: Sendable, Equatable {
    struct Retrain: Sendable, Equatable {
        var isOn = false
        var everySeconds = 7 * 86_400.0
        /// Of the day, UTC: `03:00`. Counts where `every` is a day or more.
        var at = "03:00"
        var minutes = 30.0
        /// Of the past that it learns from.
        var days = 30
        var hostsMin = 5
        /// A host counts when it is known for so long.
        var daysMin = 3
        var memoryBytes = 2 << 30
    }

    /// Models that nobody uses and that stay all the same.
    var keep = 5
    var retrain = Retrain()
    var trial = TrialRule()
    var rollsBack = true

    init() {}

    init(_ section: ConfigSection) throws(ConfigError) {
        let standard = ModelsConfiguration()
        keep = try section.int("keep", default: standard.keep, in: 0...100)
        rollsBack = try section.bool("rollback", default: standard.rollsBack)
        let trial = try section.section("trial")
        self.trial.margin = try trial.double("margin", default: standard.trial.margin, in: 0...0.5)
        self.trial.worseMax = try trial.double("worse_max", default: standard.trial.worseMax, in: 0...1)
        // What challengers said is kept for a week, and the last eight hours of it have no truths yet: more than
        // these hours could never be scored.
        self.trial.hours = try trial.int("hours", default: standard.trial.hours, in: 1...150)
        self.trial.pairs = try trial.int("pairs", default: standard.trial.pairs, in: 1...10_000_000)
        let section = try section.section("retrain")
        retrain.isOn = try section.bool("enabled", default: standard.retrain.isOn)
        retrain.everySeconds = try section.duration(
            "every", default: standard.retrain.everySeconds, in: 10...(366 * 86_400))
        retrain.at = try section.string("at", default: standard.retrain.at, rule: Self.timeRule)
        retrain.minutes = try section.double("minutes", default: standard.retrain.minutes, in: 0.05...1440)
        retrain.days = try section.int("days", default: standard.retrain.days, in: 1...3660)
        retrain.hostsMin = try section.int("min_hosts", default: standard.retrain.hostsMin, in: 1...100_000)
        retrain.daysMin = try section.int("min_days", default: standard.retrain.daysMin, in: 0...365)
        retrain.memoryBytes = try section.bytes(
            "memory", default: standard.retrain.memoryBytes, in: (256 << 20)...(1 << 40))
    }

    var schedule: RetrainSchedule {
        RetrainSchedule(every: retrain.everySeconds, at: Self.seconds(retrain.at) ?? 0)
    }

    private static var timeRule: ConfigRule<String> {
        ConfigRule("be a time of day in UTC", mend: "write \"03:00\", with its quotes") { seconds($0) != nil }
    }

    /// Since midnight.
    static func seconds(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard text.utf8.count == 5, parts.count == 2, parts.allSatisfy({ $0.allSatisfy(\.isNumber) }),
            let hours = Int(parts[0]), let minutes = Int(parts[1]), (0...23).contains(hours),
            (0...59).contains(minutes)
        else { return nil }
        return hours * 3600 + minutes * 60
    }
}
