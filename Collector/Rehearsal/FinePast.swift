package import Telemetry

/// Raw samples of a past: where they are kept, a replay looks at the present as often as the collector does.
package struct FinePast: Sendable {
    /// Of one host: oldest first, with times in `(after, upTo]`, Unix seconds. Called on several threads.
    package typealias Read = @Sendable (_ host: Int, _ after: Double, _ upTo: Double) -> [Sample]
    /// Calls `body` once for every job below `count`, on several threads, and returns when all have returned.
    package typealias Spread = @Sendable (_ count: Int, _ body: @escaping @Sendable (_ job: Int) -> Void) -> Void

    package struct Sample: Sendable {
        /// Unix seconds.
        package var at: Double
        package var values: MetricVector

        package init(at: Double, values: MetricVector) { (self.at, self.values) = (at, values) }
    }

    /// The first step's end that is lived through so, Unix seconds.
    package var from: Int
    /// How long after a step's end it is taken as complete.
    package var graceSeconds: Double
    /// A host is silent after so long, or after three of its intervals.
    package var offlineAfterSeconds: Double
    package var read: Read
    package var spread: Spread

    /// Between two looks: what an agent waits between two pushes. Looked at more often, a host would say the same.
    package static let lookSeconds = 15
    /// The present is the mean of the last minute's samples.
    static let presentSeconds = 60.0

    package init(
        from: Int, graceSeconds: Double, offlineAfterSeconds: Double, read: @escaping Read, spread: @escaping Spread
    ) {
        (self.from, self.graceSeconds, self.offlineAfterSeconds) = (from, graceSeconds, offlineAfterSeconds)
        (self.read, self.spread) = (read, spread)
    }
}
