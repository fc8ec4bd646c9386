package import Alerting
package import Insight
import Telemetry

/// Who is told of what. Routes are asked from top to bottom; the first that fits decides, unless it says to go on.
package struct Routing: Sendable, Equatable {
    package var routes: [Route]
    /// The channels there are, in the configuration's order.
    package var channels: [String]
    /// Who hears of a channel that is broken; nil: the first other channel that works.
    package var troubleChannel: String?

    package init(routes: [Route], channels: [String], troubleChannel: String? = nil) {
        self.routes = routes
        self.channels = channels
        self.troubleChannel = troubleChannel
    }

    /// What a message's routes come to: each channel once, in order.
    package struct Decision: Sendable, Equatable {
        /// The routes that spoke, by name.
        package var routes: [String] = []
        package var channels: [String] = []
        /// Within how many seconds somebody must have been told; nil: whenever it goes out.
        package var answerSeconds: Double?
        package var escalation: [[String]] = []
    }

    package func decide(_ message: DeliveryMessage, at now: Double) -> Decision {
        var decision = Decision()
        for route in routes where route.fits(message, at: now) {
            decision.routes.append(route.name)
            decision.channels += route.channels.filter { !decision.channels.contains($0) }
            for (step, channels) in route.escalation.enumerated() {
                if step == decision.escalation.count { decision.escalation.append([]) }
                decision.escalation[step] += channels
            }
            if let seconds = route.answerSeconds {
                decision.answerSeconds = min(decision.answerSeconds ?? seconds, seconds)
            }
            if !route.goesOn { break }
        }
        return decision
    }

    /// Every channel that a message's incident can have been told through, whatever its level was and whenever.
    package func everyone(_ message: DeliveryMessage) -> [String] {
        var channels: [String] = []
        for route in routes where route.covers(message) { channels += route.channels + route.escalation.flatMap { $0 } }
        var seen: Set<String> = []
        return channels.filter { seen.insert($0).inserted }
    }

    /// The channels that may tell a message in place of one that could not: the escalation's, in its order, then the
    /// route's others. None that was its own way already.
    package func standIns(for message: DeliveryMessage, insteadOf channel: String, at now: Double) -> [String] {
        let decision = decide(message, at: now)
        let steps = decision.escalation.flatMap { $0 }
        // A stand-in that failed is followed by the ones after it.
        let rest = steps.firstIndex(of: channel).map { Array(steps[($0 + 1)...]) } ?? steps + decision.channels
        var seen: Set<String> = [channel]
        return rest.filter { seen.insert($0).inserted }
    }

    /// Who hears that a channel is broken.
    package func trouble(unusable: Set<String>) -> String? {
        if let troubleChannel, !unusable.contains(troubleChannel) { return troubleChannel }
        return channels.first { !unusable.contains($0) }
    }
}

/// Which messages, to whom, and to whom after that.
package struct Route: Sendable, Equatable {
    package var name: String
    /// Empty: any. So for all conditions.
    package var levels: Set<RiskLevel> = []
    /// One of them must cover the message's host, profile and labels.
    package var matchers: [AlertMatcher] = []
    /// One of them must hold.
    package var hours: [WeekHours] = []
    package var channels: [String]
    /// Within how many seconds a page must have gone out, or the next in line is told.
    package var answerSeconds: Double?
    /// Who is told when nobody has acknowledged: for the first time, the second …
    package var escalation: [[String]] = []
    /// Later routes are asked too.
    package var goesOn = false

    package init(name: String, channels: [String]) {
        self.name = name
        self.channels = channels
    }

    /// Whether messages of a level may come this way.
    package func fits(_ level: RiskLevel) -> Bool { levels.isEmpty || levels.contains(level) }

    func fits(_ message: DeliveryMessage, at now: Double) -> Bool {
        guard levels.isEmpty || levels.contains(message.level),
            hours.isEmpty || hours.contains(where: { $0.holds(now) })
        else { return false }
        return covers(message)
    }

    func covers(_ message: DeliveryMessage) -> Bool {
        if matchers.isEmpty { return true }
        let labels = Dictionary(message.labels.map { ($0.key, $0.value) }) { first, _ in first }
        let profile = Profile(rawValue: message.profile) ?? .generic
        return matchers.contains { $0.covers(host: message.host, profile: profile, labels: labels) }
    }
}

/// Some hours of some days of the week, by the clocks of a zone.
package struct WeekHours: Sendable, Equatable {
    /// Monday is 0.
    package var days: Set<Int>
    /// Seconds of the day; an end that is not after the start belongs to the next day.
    package var from: Int
    package var to: Int
    package var zone: ZoneRules

    package init(days: Set<Int>, from: Int, to: Int, zone: ZoneRules) {
        (self.days, self.from, self.to, self.zone) = (days, from, to, zone)
    }

    package func holds(_ time: Double) -> Bool {
        let seconds = Int(time.rounded(.down))
        let local = seconds + zone.offset(at: seconds)
        let day = Int((Double(local) / 86_400).rounded(.down))
        let ofDay = local - day * 86_400
        // 1970-01-01 was a Thursday.
        let weekday = ((day + 3) % 7 + 7) % 7
        if from < to { return days.contains(weekday) && (from..<to).contains(ofDay) }
        return ofDay >= from ? days.contains(weekday) : ofDay < to && days.contains((weekday + 6) % 7)
    }

    /// As the configuration writes it, and its zone: `Mon-Fri 08:00-18:00 (Europe/Berlin)`.
    package var text: String {
        let sorted = days.sorted()
        let isRun = sorted.count > 1 && zip(sorted, sorted.dropFirst()).allSatisfy { $1 == $0 + 1 }
        func name(_ day: Int) -> String { Self.names[day].prefix(1).uppercased() + Self.names[day].dropFirst() }
        let when =
            days.count == 7
            ? "daily"
            : isRun
                ? "\(name(sorted[0]))-\(name(sorted[sorted.count - 1]))"
                : sorted.map(name).joined(separator: ",")
        func clock(_ seconds: Int) -> String {
            let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60)
            return (hours < 10 ? "0" : "") + "\(hours):" + (minutes < 10 ? "0" : "") + "\(minutes)"
        }
        return "\(when) \(clock(from))-\(clock(to)) (\(zone.name))"
    }

    private static let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    /// `Mon-Fri 08:00-18:00`, `Sat,Sun 00:00-24:00`, `daily 22:00-06:00`; nil for anything else.
    package init?(_ text: String, zone: ZoneRules) {
        let words = text.lowercased().split(separator: " ").map(String.init)
        guard words.count == 2, let days = Self.days(words[0]) else { return nil }
        let ends = words[1].split(separator: "-", omittingEmptySubsequences: false).map(Self.seconds)
        guard ends.count == 2, let from = ends[0], let to = ends[1], from < 86_400, from != to else { return nil }
        self.init(days: days, from: from, to: to, zone: zone)
    }

    private static func days(_ text: String) -> Set<Int>? {
        if text == "daily" { return Set(0..<7) }
        var days: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
                names.firstIndex(of: String($0))
            }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else { return nil }
            // Fri-Mon goes over the weekend.
            days.formUnion((first...(last < first ? last + 7 : last)).map { $0 % 7 })
        }
        return days
    }

    /// `08:00`; `24:00` is the day's end.
    private static func seconds(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let hours = Int(parts[0]), let minutes = Int(parts[1]), minutes < 60
        else { return nil }
        let seconds = hours * 3600 + minutes * 60
        return seconds <= 86_400 ? seconds : nil
    }
}

extension Route {
    /// The table of levels that holds while the configuration has no routes. It speaks of channels by these names;
    /// which of them are not configured is left out.
    package static func standard(channels: [String]) -> [Route] {
        let table: [(RiskLevel, [String], [String])] = [
            (.imminentFailure, ["pagerduty"], ["cto"]), (.critical, ["pagerduty"], ["senior", "director"]),
            (.danger, ["slack-lead", "mail", "pagerduty"], ["oncall"]), (.warning, ["slack", "mail"], ["slack-lead"]),
            (.degrading, ["mail"], []),
        ]
        // Machines want to know everything.
        let always = ["alertmanager", "webhook"]
        return table.map { level, names, steps in
            var route = Route(name: level.name, channels: (names + always).filter(channels.contains))
            route.levels = [level]
            route.answerSeconds = answerSeconds(level)
            route.escalation = steps.filter(channels.contains).map { [$0] }
            return route
        }
    }

    /// Within how many seconds a level wants an answer; nil where it wants none.
    package static func answerSeconds(_ level: RiskLevel) -> Double? {
        switch level {
        case .imminentFailure: 300
        case .critical: 900
        case .danger: 1800
        case .warning: 3600
        case .degrading: 7200
        case .watch, .healthy: nil
        }
    }
}
