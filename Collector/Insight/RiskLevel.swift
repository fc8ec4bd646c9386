/// The seven words for how bad it is.
package enum RiskLevel: Int, Sendable, CaseIterable, Comparable {
    case healthy, watch, degrading, warning, danger, critical, imminentFailure

    /// The level of a score, by lower bound: 0, 30, 50, 60, 70, 80, 90.
    package init(score: Double) {
        self = Self.allCases.last { score >= $0.lowerBound } ?? .healthy
    }

    package var lowerBound: Double {
        switch self {
        case .healthy: 0
        case .watch: 30
        case .degrading: 50
        case .warning: 60
        case .danger: 70
        case .critical: 80
        case .imminentFailure: 90
        }
    }

    /// The word people see.
    package var name: String {
        switch self {
        case .healthy: "Healthy"
        case .watch: "Watch"
        case .degrading: "Degrading"
        case .warning: "Warning"
        case .danger: "Danger"
        case .critical: "Critical"
        case .imminentFailure: "Imminent Failure"
        }
    }

    /// The same in configuration files: `imminent_failure`.
    package var word: String { name.lowercased().replacing(" ", with: "_") }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
