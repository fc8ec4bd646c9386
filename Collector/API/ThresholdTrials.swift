package import Insight
package import Store

/// What somebody wants to try on the past.
package struct ThresholdTrialQuestion: Sendable {
    /// Setting path → value, on top of what is in force; nil is the file's.
    package var settings: [String: Double?]
    package var days: Double
    /// Names; nil: all.
    package var hosts: [String]?

    package static let daysMax = 30.0
    package static let daysUsual = 1.0
    /// Hosts × days of one trial: about a minute of two cores, 150 MB.
    package static let hostDaysMax = 3000.0

    package init(settings: [String: Double?], days: Double, hosts: [String]?) {
        (self.settings, self.days, self.hosts) = (settings, days, hosts)
    }
}

/// Why a trial has no outcome.
package enum ThresholdTrialFault: Error {
    case change(ThresholdFault)
    /// One runs already, and this share of it is done.
    case busy(done: Double)
    case unknownHost(String)
    case tooMuch(hosts: Int, days: Double)
    case nothingKept
    case noModel
    case cancelled
    case failed(reason: String)
    case store(StoreError)
}

/// A trial that is going on.
package struct ThresholdTrialProgress: Sendable {
    /// Unix seconds.
    package var since: Double
    /// 0…1.
    package var done: Double

    package init(since: Double, done: Double) { (self.since, self.done) = (since, done) }
}

/// Tries thresholds on what is stored, one trial at a time.
package protocol ThresholdTrials: Sendable {
    /// Returns at once; `completion` is called exactly once, from another thread or this one.
    func start(
        _ question: ThresholdTrialQuestion,
        completion: @escaping @Sendable (Result<ThresholdTrial, ThresholdTrialFault>) -> Void)
    /// Nil while none runs.
    var progress: ThresholdTrialProgress? { get }
    /// Ends the one that runs; false when there is none.
    func cancel() -> Bool
}
