/// Samples that a host's agent has made, or the collector has refused, and that will never arrive: what makes
/// "samples made = samples stored + samples declared lost" come out even.
package struct DeclaredGap: Sendable, Equatable {
    package var host: String
    /// Whose sequences these are.
    package var bootID: String
    package var first: UInt64
    package var last: UInt64
    /// How many between them; less than all where the agent had to make one of several.
    package var lost: UInt64
    /// When they were made, Unix seconds, as near as the agent knows.
    package var from: Double
    package var to: Double
    /// In a word: `spool_bytes`, `rejected`, `refused`, …
    package var reason: String

    /// So many are kept of a host; of more, the oldest goes.
    package static let keptMax = 1000

    package init(
        host: String, bootID: String, sequences: ClosedRange<UInt64>, lost: UInt64? = nil, from: Double, to: Double,
        reason: String
    ) {
        self.host = host
        self.bootID = bootID
        first = sequences.lowerBound
        last = sequences.upperBound
        self.lost = lost ?? last - first + 1
        self.from = from
        self.to = to
        self.reason = reason
    }
}
