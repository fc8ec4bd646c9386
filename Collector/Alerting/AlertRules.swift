package import Insight

/// When scores become alerts, and alerts notices: every number of it. The defaults are those of the shipped
/// configuration file.
package struct AlertRules: Sendable, Equatable {
    /// The lowest level that is an alert.
    package var from = RiskLevel.degrading
    /// Lower bounds by `RiskLevel.rawValue`.
    package var floors = RiskLevel.allCases.map(\.lowerBound)
    /// A level is reached when so many of the last evaluations are at it or above.
    package var rise = Count(needed: 2, of: 2)
    /// Imminent Failure needs one evaluation alone.
    package var imminentAtOnce = true
    /// A level is left when so many evaluations in a row have been `hysteresisPoints` below it.
    package var fallAfter = 3
    package var hysteresisPoints = 5.0
    /// Evaluations further apart than this say nothing about each other, seconds.
    package var gapSeconds = 900.0
    package var flapping = Flapping()
    package var cascade = Cascade()
    package var storm = Storm()
    package var silent = Silent()
    /// By `RiskLevel.rawValue`: seconds after an incident was told until each escalation, while nobody acknowledges.
    package var escalations: [[Double]] = [[], [], [], [3600], [1800], [900, 1800], [300]]
    /// How long an acknowledgement lasts unless it says so itself, and at most, seconds.
    package var acknowledgedSeconds = 4 * 3600.0
    package var acknowledgedSecondsMax = 7 * 86_400.0
    /// Changes of an incident that are no change of its level are told no more often than this, seconds.
    package var updateEverySeconds = 60.0
    /// The collector says that it lives; nil: never.
    package var heartbeatSeconds: Double? = 60

    package init() {}

    /// N of M.
    package struct Count: Sendable, Equatable {
        package var needed: Int
        package var of: Int

        package init(needed: Int, of: Int) {
            self.needed = needed
            self.of = of
        }
    }

    /// An alert that comes and goes is told once, then counted in a digest.
    package struct Flapping: Sendable, Equatable {
        /// So many changes of level within the window, two of them a turn from up to down or back.
        package var changes = 4
        package var windowSeconds = 1800.0
        package var digestSeconds = 3600.0
    }

    /// Alerts of one cause: several hosts that belong together, one soon after the other.
    package struct Cascade: Sendable, Equatable {
        /// Labels whose values say which hosts belong together; none: the whole fleet does.
        package var by: [String] = []
        /// So many hosts, and at least this share of those that belong together, within the window.
        package var hosts = 3
        package var share = 0.05
        package var windowSeconds = 600.0
    }

    /// When everything alerts at once, one incident tells of all.
    package struct Storm: Sendable, Equatable {
        /// So many new incidents within the window.
        package var incidents = 20
        package var windowSeconds = 300.0
        package var updateSeconds = 300.0
    }

    /// The dead man's switch of hosts.
    package struct Silent: Sendable, Equatable {
        /// Without a sample for so long; a host that samples slowly has three of its intervals.
        package var afterSeconds = 300.0
        package var level = RiskLevel.danger
    }

    package func floor(_ level: RiskLevel) -> Double { floors[level.rawValue] }

    package func level(of score: Double) -> RiskLevel {
        RiskLevel.allCases.last { score >= floor($0) } ?? .healthy
    }
}
