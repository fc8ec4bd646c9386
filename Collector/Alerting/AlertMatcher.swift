package import Insight
package import Telemetry

/// Which alerts a silence or a maintenance window covers: those for which all that is given holds.
package struct AlertMatcher: Sendable, Equatable {
    /// A host's name, `*` standing for any characters and `?` for one, without regard to case.
    package var host: String?
    package var profile: Profile?
    package var labels: [String: String]
    /// Alerts up to this level; worse ones are told all the same.
    package var upTo: RiskLevel?

    package static let labelsMax = 16
    package static let everything = "*"

    /// Refuses one that says nothing: to cover the whole fleet takes a `*`.
    package init(
        host: String? = nil, profile: Profile? = nil, labels: [String: String] = [:], upTo: RiskLevel? = nil
    ) throws(AlertInputError) {
        if let host {
            guard !host.isEmpty, host.utf8.count <= HostName.lengthMax, host.utf8.allSatisfy(Self.isPattern) else {
                throw AlertInputError(
                    "host", found: host, rule: "be a host's name, with * and ? for what may differ",
                    mend: "write db01, db* or *")
            }
        }
        guard labels.count <= Self.labelsMax else {
            throw AlertInputError(
                "labels", found: "\(labels.count) labels", rule: "name at most \(Self.labelsMax)", mend: "name fewer")
        }
        for (key, value) in labels {
            guard (1...64).contains(key.utf8.count), value.utf8.count <= 256 else {
                throw AlertInputError(
                    "labels", found: "\(key)=\(value)", rule: "have keys of 1–64 and values of at most 256 bytes",
                    mend: "use a label that a host can have")
            }
        }
        guard host != nil || profile != nil || !labels.isEmpty || upTo != nil else {
            throw AlertInputError(
                "host", found: "missing", rule: "be given, or a profile, labels or up_to", mend: "write * for all hosts"
            )
        }
        self.host = host
        self.profile = profile
        self.labels = labels
        self.upTo = upTo
    }

    /// For people and logs: `host db*, profile database, env=prod, up to Warning`.
    package var words: String {
        var parts: [String] = []
        if let host { parts.append("host \(host)") }
        if let profile { parts.append("profile \(profile.rawValue)") }
        parts += labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        if let upTo { parts.append("up to \(upTo.name)") }
        return parts.joined(separator: ", ")
    }

    package func covers(_ alert: Alert) -> Bool {
        (upTo.map { alert.level <= $0 } ?? true)
            && covers(host: alert.host, profile: alert.profile, labels: alert.labels)
    }

    /// Without regard to the level.
    package func covers(host name: String, profile: Profile, labels: [String: String]) -> Bool {
        if let host, !Self.matches(Array(host.lowercased().utf8), Array(name.lowercased().utf8)) { return false }
        if let own = self.profile, own != profile { return false }
        return self.labels.allSatisfy { labels[$0.key] == $0.value }
    }

    private static func isPattern(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?")
            || HostName.isValid(String(decoding: CollectionOfOne(byte), as: UTF8.self))
    }

    /// Linear: at a mismatch the last `*` takes one character more, and no earlier one needs to.
    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (at, position) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while position < name.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (at, position)
                at += 1
            } else if at < pattern.count, pattern[at] == UInt8(ascii: "?") || pattern[at] == name[position] {
                at += 1
                position += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                at = last.pattern + 1
                position = last.name + 1
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
