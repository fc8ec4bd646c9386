package import Insight
package import Telemetry

/// A host's past, to be lived through once more.
package struct RehearsedHost: Sendable {
    package var name: String
    package var profile: Profile
    package var cpus: Int
    package var labels: [String: String]
    /// Between two of its raw samples.
    package var intervalSeconds: Double
    /// Ascending in time; a missing step has no row.
    package var rows: [StepRow]

    package init(
        name: String, profile: Profile, cpus: Int, labels: [String: String] = [:], intervalSeconds: Double = 5,
        rows: [StepRow]
    ) {
        (self.name, self.profile, self.cpus, self.labels, self.rows) = (name, profile, cpus, labels, rows)
        self.intervalSeconds = intervalSeconds
    }
}

/// What truly happened to a host, by which alerts are judged.
package struct RehearsedIncident: Sendable, Equatable {
    package var host: String
    package var kind: String
    /// Unix seconds: the first sign, the first limit crossed, all well again.
    package var start: Double
    package var breach: Double?
    package var end: Double
    /// Whether anybody could have seen it coming.
    package var hasPrecursor: Bool
    /// The host whose failure this one follows from, when it is another.
    package var cause: String?

    package init(
        host: String, kind: String, start: Double, breach: Double?, end: Double, hasPrecursor: Bool,
        cause: String? = nil
    ) {
        (self.host, self.kind, self.start, self.breach) = (host, kind, start, breach)
        (self.end, self.hasPrecursor, self.cause) = (end, hasPrecursor, cause == host ? nil : cause)
    }

    /// Whether the host is in incident at some moment of a stretch of time.
    func isIn(from: Double, until: Double) -> Bool { breach.map { $0 <= until && end > from } ?? false }
}
