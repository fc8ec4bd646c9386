/// What other thresholds would have told of a past, beside those in force.
package struct ThresholdTrial: Sendable, Equatable {
    package var before: Outcome
    package var after: Outcome
    /// By time; at most `listedMax` of `changeCount`.
    package var changes: [Change]
    package var changeCount: Int
    /// Alerts that both have, by time; at most `listedMax`.
    package var kept: [Spell]
    package var past: Past

    package static let listedMax = 500

    package init(before: Outcome, after: Outcome, changes: [Change], kept: [Spell], past: Past) {
        (self.before, self.after, self.past) = (before, after, past)
        self.changes = Array(changes.prefix(Self.listedMax))
        self.kept = Array(kept.prefix(Self.listedMax))
        changeCount = changes.count
    }

    /// What was lived through.
    package struct Past: Sendable, Equatable {
        /// Unix seconds.
        package var from: Int
        package var until: Int
        package var hosts: Int
        /// From when on raw samples were looked at, as the collector does; before, a step at a time.
        package var samplesFrom: Int?
        /// Minutes between two forecasts of a host.
        package var forecastMinutes: Int
        /// How long the trial took.
        package var seconds: Double
        /// Which thresholds were in force.
        package var version: Int

        package var days: Double { Double(until - from) / 86_400 }

        package init(
            from: Int, until: Int, hosts: Int, samplesFrom: Int?, forecastMinutes: Int, seconds: Double, version: Int
        ) {
            (self.from, self.until, self.hosts, self.samplesFrom) = (from, until, hosts, samplesFrom)
            (self.forecastMinutes, self.seconds, self.version) = (forecastMinutes, seconds, version)
        }
    }

    package struct Outcome: Sendable, Equatable {
        /// Incidents that somebody was paged for: told at `pageLevel` or above, having been below it.
        package var pages = 0
        /// Incidents that were told at all, and alerts of hosts, told or not.
        package var incidents = 0
        package var alerts = 0
        /// Breaches that an alert came before, those that one came within, and those of which nobody was told.
        package var warned = 0
        package var late = 0
        package var missed = 0
        /// From the alert to the breach, minutes, ascending.
        package var leads: [Double] = []

        package init() {}

        /// The lead that a share of the warned had at most, minutes.
        package func lead(quantile: Double) -> Double? {
            leads.isEmpty ? nil : leads[Int((Double(leads.count - 1) * quantile).rounded())]
        }
    }

    /// From this level on the shipped routes page somebody.
    package static let pageLevel = RiskLevel.danger

    /// An alert of one host as it was, or would have been.
    package struct Spell: Sendable, Equatable {
        package var host: String
        /// `risk` or `silent`.
        package var condition: String
        package var level: RiskLevel
        /// Unix seconds; `end` is nil while it goes on.
        package var start: Double
        package var end: Double?

        package init(host: String, condition: String, level: RiskLevel, start: Double, end: Double?) {
            (self.host, self.condition, self.level) = (host, condition, level)
            (self.start, self.end) = (start, end)
        }
    }

    package struct Change: Sendable, Equatable {
        /// Nil: there was none.
        package var before: Spell?
        package var after: Spell?

        package init(before: Spell?, after: Spell?) { (self.before, self.after) = (before, after) }

        package var host: String { before?.host ?? after?.host ?? "" }
        package var at: Double { min(before?.start ?? .infinity, after?.start ?? .infinity) }
        package var kind: Kind { before == nil ? .new : after == nil ? .gone : .changed }
    }

    package enum Kind: String, Sendable, CaseIterable { case new, gone, changed }
}
