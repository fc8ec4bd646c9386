package import Insight

/// Makes scores. Pure: the same input and configuration give the same score, on any machine, at any time.
package struct RiskEngine: Sendable {
    package let configuration: RiskConfiguration

    /// The configuration must have been validated; what it does not name keeps the shipped default.
    package init(configuration: RiskConfiguration = RiskConfiguration()) {
        self.configuration = configuration
    }

    /// How close the host is to trouble, and why.
    package func score(_ input: RiskInput) -> RiskScore {
        RiskScore(value: 0, current: 0, predicted: 0, parts: [])
    }

    /// For each better level, what one signal alone would have to fall to; only signals that can do it.
    package func counterfactuals(for input: RiskInput) -> [Counterfactual] { [] }

    /// When each signal crosses its limit by the forecast. Signals that never do within eight hours are left out.
    package func timesToBreach(for input: RiskInput) -> [TimeToBreach] { [] }

    /// A score, or silence when the last sample is too old for one.
    /// `lastSample` and `now` are Unix seconds; `last` is the score before, shown greyed while the host is silent.
    package func verdict(
        for input: @autoclosure () -> RiskInput, lastSample: Double, now: Double, last: RiskScore?
    ) -> RiskVerdict {
        let silent = now - lastSample
        return silent > configuration.offlineAfterSeconds
            ? .offline(silentSeconds: silent, last: last) : .score(score(input()))
    }
}
