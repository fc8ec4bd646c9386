import Alerting
import Configuration
import Delivery
import Insight
import Telemetry

/// The `routes` list of the configuration file, and the keys beside it that say who is told of what.
enum RouteSection {
    /// Channels, routes, and the `deliveries` group.
    static func read(_ root: ConfigSection) throws(ConfigError) -> DeliverySettings {
        var settings = DeliverySettings()
        settings.channels = try ChannelSection.read(root.section("channels"))
        let names = settings.names
        let routes = try root.sections("routes")
        var read: [Route] = []
        for (index, section) in routes.enumerated() {
            guard index < DeliverySettings.routesMax else {
                throw section.mistake(
                    "name", rule: "be one of at most \(DeliverySettings.routesMax) routes", mend: "leave some out")
            }
            read.append(try route(section, number: index + 1, names))
            guard !read.dropLast().contains(where: { $0.name == read[index].name }) else {
                throw section.mistake("name", rule: "be a name of its own", mend: "name every route differently")
            }
        }
        settings.routes = read.isEmpty ? nil : read
        let group = try root.section("deliveries")
        settings.page = try group.optionalString("page", rule: .httpURL)
        settings.troubleChannel = try group.optionalString("trouble", rule: known(names))
        settings.heartbeat = try group.strings("heartbeat", rule: known(names))
        for file in try group.strings("pagerduty_webhook_secret_files") {
            settings.pagerDutySecrets.append(try ChannelSection.read(file, "pagerduty_webhook_secret_files", group))
        }
        return settings
    }

    /// A route to nowhere would keep the routes below it from being asked.
    private static func known(_ names: [String]) -> ConfigRule<String> {
        let list = names.isEmpty ? "there is none" : "there are \(names.joined(separator: ", "))"
        return ConfigRule("be the name of a channel; \(list)", mend: "add it to channels, or write another") {
            names.contains($0)
        }
    }

    private static func route(
        _ section: ConfigSection, number: Int, _ names: [String]
    ) throws(ConfigError) -> Route {
        let name = try section.string("name", default: "route \(number)", rule: short)
        let channels = try section.strings("channels", rule: known(names))
        guard !channels.isEmpty else {
            throw section.mistake("channels", rule: "name at least one channel", mend: "write channels: [mail]")
        }
        var route = Route(name: name, channels: channels)
        for text in try section.strings("levels", rule: level) {
            if let level = Self.level(text) { route.levels.insert(level) }
        }
        route.matchers = try matchers(section)
        route.hours = try hours(section)
        route.escalation = try section.strings("escalate", rule: known(names)).map { [$0] }
        let usual = route.levels.compactMap(Route.answerSeconds).min()
        if try section.optionalString("answer_within") != nil {
            route.answerSeconds = try section.duration("answer_within", in: 5...(7 * 86_400))
        } else {
            route.answerSeconds = usual
        }
        route.goesOn = try section.bool("continue", default: false)
        return route
    }

    private static func matchers(_ section: ConfigSection) throws(ConfigError) -> [AlertMatcher] {
        let hosts = try section.strings("hosts")
        let profiles = try section.strings(
            "profiles",
            rule: ConfigRule(
                "be one of \(Profile.allCases.map(\.rawValue).joined(separator: ", "))",
                mend: "write one of these words"
            ) { Profile(rawValue: $0) != nil })
        let labels = try section.texts("labels")
        if hosts.isEmpty && profiles.isEmpty && labels.isEmpty { return [] }
        var matchers: [AlertMatcher] = []
        for host in hosts.isEmpty ? [nil] : hosts.map(Optional.some) {
            for profile in profiles.isEmpty ? [nil] : profiles.map(Profile.init(rawValue:)) {
                do throws(AlertInputError) {
                    matchers.append(
                        try AlertMatcher(
                            host: host, profile: profile,
                            labels: Dictionary(labels.map { ($0.key, $0.value) }) { _, last in last }))
                } catch {
                    let key = error.field == "labels" ? "labels" : "hosts"
                    throw section.mistake(key, rule: error.rule, found: error.found, mend: error.mend)
                }
            }
        }
        return matchers
    }

    private static func hours(_ section: ConfigSection) throws(ConfigError) -> [WeekHours] {
        let texts = try section.stringOrList(
            "hours", default: ["always"], atMost: 20,
            rule: ConfigRule(
                "be days and hours such as Mon-Fri 08:00-18:00, daily 22:00-06:00, or always", mend: "write it so"
            ) { $0 == "always" || WeekHours($0, zone: .utc) != nil })
        let name = try section.string("zone", default: ZoneRules.utc.name)
        let zone: ZoneRules
        do throws(AlertInputError) {
            zone = try ZoneFile.zone(named: name)
        } catch {
            throw section.mistake("zone", rule: error.rule, found: error.found, mend: error.mend)
        }
        return texts.contains("always") ? [] : texts.compactMap { WeekHours($0, zone: zone) }
    }

    private static var short: ConfigRule<String> {
        ConfigRule("have 1 to 64 printable characters", mend: "write a short name") { text in
            (1...64).contains(text.count) && text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
        }
    }

    private static var level: ConfigRule<String> {
        let names = RiskLevel.allCases.map(\.word).joined(separator: ", ")
        return ConfigRule("be one of \(names)", mend: "write one of these levels") { level($0) != nil }
    }

    private static func level(_ text: String) -> RiskLevel? {
        RiskLevel.allCases.first { $0.word == text || $0.name == text }
    }
}
