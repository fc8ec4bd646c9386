package import Insight
package import Risk
package import Store

/// The thresholds in force and where they come from.
package struct Thresholds: Sendable {
    package var version: ThresholdVersion
    package var configuration: RiskConfiguration
    /// The configuration file's alone.
    package var file: RiskConfiguration

    package init(version: ThresholdVersion, configuration: RiskConfiguration, file: RiskConfiguration) {
        (self.version, self.configuration, self.file) = (version, configuration, file)
    }
}

/// What somebody wants changed.
package struct ThresholdChange: Sendable {
    package enum Kind: Sendable {
        /// Setting path → value; what is not named is the file's again.
        case replace([String: Double])
        /// What is not named stays; nil is the file's again.
        case merge([String: Double?])
        /// Back to the version before the one in force.
        case undo
    }

    package var kind: Kind
    package var author: String
    package var comment: String
    /// The version that the change was made from; nil: whichever is in force.
    package var expectedVersion: Int?

    package init(kind: Kind, author: String, comment: String = "", expectedVersion: Int? = nil) {
        (self.kind, self.author, self.comment, self.expectedVersion) = (kind, author, comment, expectedVersion)
    }
}

/// Why a change was not taken.
package enum ThresholdFault: Error {
    case rule(RiskConfigurationError)
    case conflict(inForce: Int)
    case nothingToUndo
    case store(StoreError)
}

/// What the endpoints of thresholds ask.
package struct ThresholdService: Sendable {
    package var current: @Sendable () -> Thresholds
    package var change: @Sendable (ThresholdChange) throws(ThresholdFault) -> Thresholds
    package var history: @Sendable () throws(StoreError) -> [ThresholdVersion]

    package init(
        current: @escaping @Sendable () -> Thresholds,
        change: @escaping @Sendable (ThresholdChange) throws(ThresholdFault) -> Thresholds,
        history: @escaping @Sendable () throws(StoreError) -> [ThresholdVersion]
    ) {
        (self.current, self.change, self.history) = (current, change, history)
    }
}
