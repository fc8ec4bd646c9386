package import Insight
package import Telemetry

/// When a challenger takes over from the model in use, and when it is given up. Pure.
package struct TrialRule: Sendable, Equatable {
    /// Its loss must be lower by this share.
    package var margin = 0.02
    /// At no horizon may its loss be higher by more than this share.
    package var worseMax = 0.05
    /// So many hours of truths at every horizon.
    package var hours = 24
    /// So many pairs of a forecast and a truth at every horizon.
    package var pairs = 500
    /// A trial without that many after this many days is given up.
    package var daysMax = 7.0

    package init() {}

    /// Loss ratios, challenger / champion, over the same hosts and steps: geometric means over metrics and horizons.
    package struct Numbers: Sendable, Equatable {
        package var ratio: Double?
        /// By horizon, in steps.
        package var byHorizon: [Int: Double] = [:]
        package var pairs = 0
        /// Of the horizon that has the fewest.
        package var hours = 0

        package init() {}

        package init(_ duels: [TrialKey: AccuracySums.Duel], hours byHorizon: [Int: Int]) {
            ratio = duels.values.lossRatio
            pairs = duels.values.reduce(0) { $0 + $1.count }
            hours = KeptForecast.horizons.map { byHorizon[$0] ?? 0 }.min() ?? 0
            for horizon in KeptForecast.horizons {
                self.byHorizon[horizon] = duels.filter { $0.key.horizon == horizon }.values.lossRatio
            }
        }
    }

    package enum Verdict: Sendable, Equatable {
        case goesOn(why: String)
        case takesOver(why: String)
        case isRetired(why: String)
    }

    /// - Parameters:
    ///   - needed: the metrics that the model in use forecasts and whose truths come: a challenger that is silent on
    ///     one of them is none, however good it is on the others.
    ///   - since: Unix seconds, as `now`; a clock that was set back is a trial that has just begun.
    package func verdict(
        _ duels: [TrialKey: AccuracySums.Duel], hours known: [Int: Int], needed: Set<Metric>, since: Double,
        now: Double
    ) -> (verdict: Verdict, numbers: Numbers) {
        let numbers = Numbers(duels, hours: known)
        let fewest =
            KeptForecast.horizons.map { horizon in
                duels.filter { $0.key.horizon == horizon }.values.reduce(0) { $0 + $1.count }
            }.min() ?? 0
        guard let ratio = numbers.ratio, numbers.hours >= hours, fewest >= pairs else {
            let found = "\(numbers.hours) of \(hours) hours and \(fewest) of \(pairs) pairs at every horizon"
            if now - since > daysMax * 86_400 {
                return (.isRetired(why: "no verdict after \(Percent.number(daysMax)) days: \(found)"), numbers)
            }
            return (.goesOn(why: "\(found) are scored"), numbers)
        }
        let silent = needed.subtracting(duels.keys.map(\.metric)).map(\.name).sorted()
        guard silent.isEmpty else {
            return (.isRetired(why: "it says nothing of \(silent.joined(separator: ", "))"), numbers)
        }
        let said = "its pinball loss is \(Percent.text(1 - ratio)) than the model's in use over \(numbers.pairs) pairs"
        guard ratio <= 1 - margin else {
            return (.isRetired(why: "\(said); \(Percent.share(margin)) lower is needed"), numbers)
        }
        let worst = numbers.byHorizon.max { $0.value < $1.value }
        if let worst, worst.value > 1 + worseMax {
            let minutes = worst.key * 5
            return (
                .isRetired(why: "\(said), but \(Percent.share(worst.value - 1)) higher \(minutes) minutes ahead"),
                numbers
            )
        }
        return (.takesOver(why: said), numbers)
    }
}

/// Shares in words.
enum Percent {
    static func share(_ x: Double) -> String { "\(number((x * 1000).rounded() / 10)) %" }
    /// `2.1 % lower`, `3 % higher`.
    static func text(_ x: Double) -> String { "\(share(abs(x))) \(x >= 0 ? "lower" : "higher")" }
    static func number(_ x: Double) -> String { Int(exactly: x).map(String.init) ?? "\(x)" }
}
