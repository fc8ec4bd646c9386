/// The cadence of a host's samples, for a source that does not declare it: the median of the last 15 gaps.
struct SampleGaps: Sendable, Equatable {
    private var gaps: [Float] = []
    private var next = 0

    private static let kept = 15
    private static let needed = 5
    /// A longer gap is an absence, not a cadence.
    private static let longestSeconds = 3600.0

    /// Notes the time between a sample and the one before it. Late samples have none.
    mutating func add(seconds: Double) {
        guard seconds > 0, seconds <= Self.longestSeconds else { return }
        if gaps.count < Self.kept {
            gaps.append(Float(seconds))
        } else {
            gaps[next] = Float(seconds)
        }
        next = (next + 1) % Self.kept
    }

    var isEnough: Bool { gaps.count >= Self.needed }

    /// Seconds between samples, rounded to a tenth; nil while too few gaps were seen.
    var intervalSeconds: Double? {
        guard isEnough else { return nil }
        let median = gaps.sorted()[gaps.count / 2]
        return max(0.1, Double((median * 10).rounded()) / 10)
    }
}
