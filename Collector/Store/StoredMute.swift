package import Alerting
import Insight
import SQLite
import Telemetry

/// A silence or a maintenance window as it is kept. A window's times are made anew from its rule when it is read: the
/// zone's rules may have changed since.
package struct StoredMute: Sendable, Equatable {
    package enum Kind: String, Sendable { case silence, maintenance }

    package var kind: Kind
    package var id: Int64
    package var matcher: AlertMatcher
    /// Unix seconds; `until` is when it ends for the last time.
    package var from: Double
    package var until: Double
    /// How long a window is each time.
    package var seconds: Double
    package var rule: String?
    package var zone: String?
    package var by: String
    package var why: String
    package var createdAt: Double

    package init(_ silence: Silence) {
        kind = .silence
        id = silence.id
        matcher = silence.matcher
        from = silence.from
        until = silence.until
        seconds = silence.until - silence.from
        by = silence.by
        why = silence.why
        createdAt = silence.createdAt
    }

    package init(_ window: MaintenanceWindow) {
        kind = .maintenance
        id = window.id
        matcher = window.matcher
        from = window.from
        until = window.endsAt
        seconds = window.seconds
        rule = window.rule
        zone = window.zone
        by = window.by
        why = window.why
        createdAt = window.createdAt
    }

    static let columns = """
        kind, id, host, profile, labels, up_to, from_at, until_at, seconds, rule, zone, by, why, created_at
        """

    init?(_ row: Statement) {
        guard let kind: Kind = row.word(0) else { return nil }
        do throws(AlertInputError) {
            matcher = try AlertMatcher(
                host: row.text(2), profile: row.word(3), labels: AlertColumns.labels(row.text(4)), upTo: row.level(5))
        } catch {
            return nil
        }
        self.kind = kind
        id = row.integer(1)
        from = row.double(6)
        until = row.double(7)
        seconds = row.double(8)
        rule = row.text(9)
        zone = row.text(10)
        by = row.text(11) ?? ""
        why = row.text(12) ?? ""
        createdAt = row.double(13)
    }

    func bind(to row: Statement) {
        row.bind(1, kind.rawValue)
        row.bind(2, id)
        row.bind(3, matcher.host)
        row.bind(4, matcher.profile?.rawValue)
        row.bind(5, AlertColumns.json(matcher.labels))
        row.bind(6, matcher.upTo)
        row.bind(7, from)
        row.bind(8, until)
        row.bind(9, seconds)
        row.bind(10, rule)
        row.bind(11, zone)
        row.bind(12, by)
        row.bind(13, why)
        row.bind(14, createdAt)
    }
}
