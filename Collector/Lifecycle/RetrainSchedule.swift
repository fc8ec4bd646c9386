/// When a model is trained anew. Pure; every time is Unix seconds, `at` is of the day in UTC.
package struct RetrainSchedule: Sendable, Equatable {
    package var every: Double
    /// Seconds from midnight UTC; counts where `every` is a day or more.
    package var at: Int

    package init(every: Double, at: Int) {
        self.every = every
        self.at = at
    }

    private static let day = 86_400.0

    /// - Parameters:
    ///   - last: when the last run began; nil before the first.
    ///   - started: when somebody first could have begun one: the collector's start.
    package func next(after last: Double?, started: Double, now: Double) -> Double {
        // A run in the future was begun by a clock that has been set back since: it counts as begun now.
        let last = last.map { min($0, now) }
        guard every >= Self.day else { return (last ?? started) + every }
        // Half a day of play, so that a run at three o'clock a week ago is due at three, not at four minutes past.
        let earliest = last.map { $0 + every - Self.day / 2 } ?? started
        let midnight = (earliest / Self.day).rounded(.down) * Self.day
        let today = midnight + Double(at)
        return today >= earliest ? today : today + Self.day
    }

    package func isDue(after last: Double?, started: Double, now: Double) -> Bool {
        now >= next(after: last, started: started, now: now)
    }
}
