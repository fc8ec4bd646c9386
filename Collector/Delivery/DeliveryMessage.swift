package import Insight

/// What is told about one incident at one moment. Whatever the channel, it says the same; each channel cuts it to what
/// its receiver takes. A message is made within `Limit`, so a channel never meets more.
package struct DeliveryMessage: Sendable, Equatable {
    package enum Event: String, Sendable, CaseIterable {
        case trigger, update, acknowledge, resolve
        /// The collector lives; of no incident, and for machines only.
        case heartbeat
    }

    /// One for all messages of an incident: it names host and condition, never level or time. At most 255 bytes.
    package private(set) var incident: String
    package var event: Event
    package var level: RiskLevel
    package private(set) var host: String
    /// The host's profile by its name; empty when the message is of no host.
    package private(set) var profile: String
    package private(set) var labels: [Label]
    package private(set) var summary: String
    package var score: Double?
    /// The score taken apart, a sentence each, the largest part first.
    package private(set) var sentences: [String]
    package private(set) var forecast: [Outlook]
    package private(set) var advice: [Link]
    package private(set) var links: [Link]
    /// Unix seconds: when the incident began, and when what is told here happened.
    package var since: Double
    package var at: Double
    /// Why it comes this way or this late: "PagerDuty could not be reached for 5 minutes". Nil as a rule.
    package private(set) var lateness: String?

    package struct Label: Sendable, Equatable {
        package var key: String
        package var value: String
        package init(_ key: String, _ value: String) { (self.key, self.value) = (key, value) }
    }

    /// A text, and where to read on; advice may have no address.
    package struct Link: Sendable, Equatable {
        package var text: String
        package var address: String?
        package init(_ text: String, _ address: String? = nil) { (self.text, self.address) = (text, address) }
    }

    /// One metric now and in half an hour, in its unit.
    package struct Outlook: Sendable, Equatable {
        package var metric: String
        package var unit: String
        package var now: Double?
        package var median: Double
        package var low: Double
        package var high: Double

        package init(metric: String, unit: String, now: Double?, median: Double, low: Double, high: Double) {
            (self.metric, self.unit, self.now) = (metric, unit, now)
            (self.median, self.low, self.high) = (median, low, high)
        }
    }

    /// The most that a message holds; what is beyond is cut off, with an ellipsis where it is text.
    package enum Limit {
        package static let incidentBytes = 255
        package static let nameCharacters = 255
        package static let summaryCharacters = 1024
        package static let sentences = 14
        package static let sentenceCharacters = 500
        package static let labels = 32
        package static let outlooks = 14
        package static let links = 10
        package static let addressBytes = 2000
    }

    package init(
        incident: String, event: Event, level: RiskLevel, host: String, profile: String = "", labels: [Label] = [],
        summary: String, score: Double? = nil, sentences: [String] = [], forecast: [Outlook] = [],
        advice: [Link] = [], links: [Link] = [], since: Double, at: Double, lateness: String? = nil
    ) {
        self.incident = incident.shortened(toUTF8: Limit.incidentBytes)
        self.event = event
        self.level = level
        self.host = host.shortened(to: Limit.nameCharacters)
        self.profile = profile.shortened(to: Limit.nameCharacters)
        self.labels = labels.prefix(Limit.labels).map {
            Label($0.key.shortened(to: Limit.nameCharacters), $0.value.shortened(to: Limit.nameCharacters))
        }
        self.summary = summary.shortened(to: Limit.summaryCharacters)
        self.score = score
        self.sentences = sentences.prefix(Limit.sentences).map { $0.shortened(to: Limit.sentenceCharacters) }
        self.forecast = Array(forecast.prefix(Limit.outlooks))
        self.advice = Self.bounded(advice)
        self.links = Self.bounded(links)
        self.since = since
        self.at = at
        self.lateness = lateness?.shortened(to: Limit.sentenceCharacters)
    }

    /// The same, told elsewhere or later than it should have been.
    package func late(_ why: String) -> DeliveryMessage {
        var message = self
        message.lateness = why.shortened(to: Limit.sentenceCharacters)
        return message
    }

    /// What a reader sees first: level, host, and the summary.
    package var title: String {
        switch event {
        case .trigger, .update: "\(level.mark) \(level.name): \(summary)"
        case .acknowledge: "Acknowledged: \(summary)"
        case .resolve: "Resolved: \(summary)"
        case .heartbeat: summary
        }
    }

    private static func bounded(_ links: [Link]) -> [Link] {
        links.prefix(Limit.links).map { link in
            // Half an address leads nowhere.
            let fits = link.address.map { $0.utf8.count <= Limit.addressBytes } ?? false
            return Link(link.text.shortened(to: Limit.sentenceCharacters), fits ? link.address : nil)
        }
    }
}

extension RiskLevel {
    /// The level's shape as text, so that it is told apart without colour.
    package var mark: String {
        switch self {
        case .imminentFailure: "✖"
        case .critical: "■"
        case .danger: "◆"
        case .warning: "▲"
        case .degrading: "▼"
        case .watch: "⬢"
        case .healthy: "●"
        }
    }
}
