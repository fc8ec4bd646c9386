package import Insight

/// What the machine remembers of one host between two evaluations.
package struct HostWatch: Sendable, Equatable {
    /// One score, and when its newest sample was made.
    package struct Evaluation: Sendable, Equatable {
        package var at: Double
        package var score: Double

        package init(at: Double, score: Double) {
            self.at = at
            self.score = score
        }
    }

    package var newest: AlertReading
    /// When it was heard, by the collector's clock: what a silence is counted from.
    package var heardAt: Double
    /// Oldest first; no more than the rules look at.
    package var recent: [Evaluation] = []
    /// What the evaluations have decided, `from` and above; `.healthy` while there is no alert.
    package var level = RiskLevel.healthy
    /// Since when the score has been out of the healthy range.
    package var risingSince: Double?
    package var isSilent = false

    package init(_ reading: AlertReading, heardAt: Double) {
        newest = reading
        self.heardAt = heardAt
    }

    /// A host that is well, and was, says nothing that has to survive a restart but that it was heard.
    package func isPlain(_ rules: AlertRules) -> Bool {
        level == .healthy && !isSilent && risingSince == nil
            && recent.allSatisfy { $0.score < rules.floor(rules.from) }
    }

    /// Takes an evaluation in. The level may have changed afterwards.
    mutating func take(_ reading: AlertReading, _ score: Double, at now: Double, _ rules: AlertRules) {
        if let last = recent.last, reading.sampledAt - last.at > rules.gapSeconds { recent = [] }
        newest = reading
        heardAt = now
        isSilent = false
        recent.append(Evaluation(at: reading.sampledAt, score: score))
        let looked = max(rules.rise.of, rules.fallAfter)
        if recent.count > looked { recent.removeFirst(recent.count - looked) }
        if score >= rules.floor(.watch) {
            risingSince = risingSince ?? now
        } else if score < rules.floor(.watch) - rules.hysteresisPoints {
            risingSince = nil
        }
        decide(rules)
    }

    private mutating func decide(_ rules: AlertRules) {
        let risen = risen(rules)
        if risen >= rules.from, risen > level {
            level = risen
            return
        }
        guard level >= rules.from, recent.count >= rules.fallAfter else { return }
        let highest = recent.suffix(rules.fallAfter).map(\.score).max() ?? 0
        guard highest < rules.floor(level) - rules.hysteresisPoints else { return }
        // The level that an alert which had begun there would hold: where it ends does not depend on where it was.
        level =
            RiskLevel.allCases.last { $0 >= rules.from && highest >= rules.floor($0) - rules.hysteresisPoints }
            ?? .healthy
        // What was before the fall must not raise it again.
        recent.removeFirst(recent.count - rules.fallAfter)
    }

    /// The highest level that enough of the last evaluations reach.
    private func risen(_ rules: AlertRules) -> RiskLevel {
        if rules.imminentAtOnce, let last = recent.last, last.score >= rules.floor(.imminentFailure) {
            return .imminentFailure
        }
        return RiskLevel.allCases.last { reaching($0, rules) >= rules.rise.needed } ?? .healthy
    }

    /// How many of the last evaluations are at a level or above.
    func reaching(_ level: RiskLevel, _ rules: AlertRules) -> Int {
        recent.suffix(rules.rise.of).filter { $0.score >= rules.floor(level) }.count
    }
}

/// The changes of one alert's level of late: whether it comes and goes.
package struct FlapLog: Sendable, Equatable {
    package struct Change: Sendable, Equatable {
        package var at: Double
        package var isUp: Bool

        package init(at: Double, isUp: Bool) {
            self.at = at
            self.isUp = isUp
        }
    }

    /// Oldest first, those of the window.
    package var changes: [Change] = []
    /// Nil while it does not flap.
    package var since: Double?
    package var digestAt: Double?
    /// Since the last digest.
    package var untold = 0

    package init() {}

    /// No more than these are needed to tell.
    private static let kept = 16

    mutating func add(_ change: Change, _ rules: AlertRules.Flapping) {
        changes.removeAll { change.at - $0.at > rules.windowSeconds }
        changes.append(change)
        if changes.count > Self.kept { changes.removeFirst() }
        if since != nil { untold += 1 }
    }

    /// A host that goes from bad to worse changes its level often, too; it flaps only when it turns back and forth.
    func isFlapping(_ rules: AlertRules.Flapping) -> Bool {
        changes.count >= rules.changes && zip(changes, changes.dropFirst()).filter { $0.isUp != $1.isUp }.count >= 2
    }

    func isCalm(at now: Double, _ rules: AlertRules.Flapping) -> Bool {
        changes.last.map { now - $0.at >= rules.windowSeconds } ?? true
    }
}
