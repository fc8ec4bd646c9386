package import Alerting
package import Insight

/// Two replays of one past held against each other, and both against what truly happened.
package enum TrialJudgement {
    /// An alert speaks of a breach no longer ahead than the forecast reaches.
    static let aheadSeconds = 8 * 3600.0
    /// Two alerts of a host are the same one when they overlap, or nearly.
    static let sameSeconds = 900.0
    /// Smaller shifts of a beginning or an end are no change worth a line.
    static let shiftSeconds = 300.0

    /// How one replay did. `breaches` by host, ascending.
    package static func outcome(
        of replayed: AlertMachine.Replayed, breaches: [String: [Breach]]
    ) -> ThresholdTrial.Outcome {
        var outcome = ThresholdTrial.Outcome()
        outcome.pages = replayed.notices.count(where: isPage)
        outcome.incidents = replayed.notices.count { $0.action == .trigger }
        let alerts = replayed.alerts.values.filter { $0.key.condition == .risk }
        outcome.alerts = replayed.alerts.count
        let byHost = Dictionary(grouping: alerts, by: \.host)
        for (host, own) in breaches {
            for breach in own {
                let speaking = (byHost[host] ?? []).filter { alert in
                    alert.openedAt >= breach.start - aheadSeconds && alert.openedAt <= breach.end
                        && alert.resolvedAt.map { $0 >= breach.start } ?? true
                }
                guard let told = speaking.map(\.openedAt).min() else {
                    outcome.missed += 1
                    continue
                }
                guard told < breach.start else {
                    outcome.late += 1
                    continue
                }
                outcome.warned += 1
                outcome.leads.append((breach.start - told) / 60)
            }
        }
        outcome.leads.sort()
        return outcome
    }

    private static func isPage(_ notice: Notice) -> Bool {
        guard notice.action == .trigger || notice.action == .update else { return false }
        return notice.level >= ThresholdTrial.pageLevel
            && notice.toldLevel.map { $0 < ThresholdTrial.pageLevel } ?? true
    }

    /// The alerts that one of the two has alone, or has otherwise, and those that both have; by time.
    package static func compare(
        _ before: AlertMachine.Replayed, _ after: AlertMachine.Replayed
    ) -> (changes: [ThresholdTrial.Change], kept: [ThresholdTrial.Spell]) {
        let (old, new) = (spells(of: before), spells(of: after))
        var changes: [ThresholdTrial.Change] = []
        var kept: [ThresholdTrial.Spell] = []
        for key in Set(old.keys).union(new.keys) {
            var others = new[key] ?? []
            for spell in old[key] ?? [] {
                guard let place = others.firstIndex(where: { overlap(spell, $0) }) else {
                    changes.append(.init(before: spell, after: nil))
                    continue
                }
                let other = others.remove(at: place)
                if differ(spell, other) {
                    changes.append(.init(before: spell, after: other))
                } else {
                    kept.append(spell)
                }
            }
            changes += others.map { .init(before: nil, after: $0) }
        }
        return (
            changes.sorted { ($0.at, $0.host) < ($1.at, $1.host) },
            kept.sorted { ($0.start, $0.host) < ($1.start, $1.host) }
        )
    }

    /// By host and condition, in the order of their beginning.
    private static func spells(of replayed: AlertMachine.Replayed) -> [AlertKey: [ThresholdTrial.Spell]] {
        Dictionary(grouping: replayed.alerts.values, by: \.key).mapValues { alerts in
            alerts.sorted { $0.openedAt < $1.openedAt }.map {
                .init(
                    host: $0.host, condition: $0.key.condition.rawValue, level: $0.worstLevel, start: $0.openedAt,
                    end: $0.resolvedAt)
            }
        }
    }

    private static func overlap(_ left: ThresholdTrial.Spell, _ right: ThresholdTrial.Spell) -> Bool {
        left.start <= (right.end ?? .infinity) + sameSeconds && right.start <= (left.end ?? .infinity) + sameSeconds
    }

    private static func differ(_ left: ThresholdTrial.Spell, _ right: ThresholdTrial.Spell) -> Bool {
        guard left.level == right.level, abs(left.start - right.start) < shiftSeconds else { return true }
        switch (left.end, right.end) {
        case (nil, nil): return false
        case (let left?, let right?): return abs(left - right) >= shiftSeconds
        default: return true
        }
    }
}
