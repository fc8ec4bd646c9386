import Insight
import Telemetry

/// How a signal has moved over the last half hour, against how it usually moves.
struct Trend {
    /// The fitted change over what was seen of the window, in the signal's unit.
    var change: Double
    /// What of it exceeds the host's own usual change; 0 for noise, negative when it falls.
    var beyondUsual: Double
    /// The plain difference between now and the window's first value, and the minutes between them: what people are
    /// told.
    var plainChange: Double
    var minutes: Double
    /// The same rise as a pace, and that over the slow window.
    var quick: Pace
    var slow: Pace

    /// How fast a signal climbs, of what exceeds its usual change.
    struct Pace {
        var perMinute: Double
        /// The fitted change over the window, and the window's minutes.
        var change = 0.0
        var minutes = 0.0
        /// 0…1: how far beyond doubt. 1 when it exceeds the usual by `certainMultiple` times the usual's spread.
        var certainty: Double

        static let none = Pace(perMinute: 0, certainty: 0)
    }
}

/// Reads trends out of one host's history.
struct TrendReader {
    private let history: ArraySlice<StepRow>
    /// Index of the first row inside the window.
    private let windowStart: Int
    private let slowStart: Int
    private let cpus: Int
    private let now: Double
    private let settings: TrendSettings
    private let windowSteps: Int

    /// - Parameter now: Unix seconds of the present value.
    init(history: [StepRow], cpus: Int, now: Double, settings: TrendSettings) {
        let step = Double(Step.seconds)
        windowSteps = max(1, Int((settings.windowMinutes * 60 / step).rounded()))
        var end = history.endIndex
        while end > 0, Double(history[end - 1].start) >= now { end -= 1 }
        func first(within minutes: Double) -> Int {
            // A row counts by its middle; half a step more takes in the row that was current when the window began.
            let from = now - minutes * 60 - step / 2 - 1
            var first = end
            while first > 0, Self.middle(history[first - 1], now) >= from { first -= 1 }
            return first
        }
        let usualRows = Int(settings.usualHours * 3600 / step) + windowSteps
        windowStart = first(within: settings.windowMinutes)
        slowStart = first(within: max(settings.windowMinutes, settings.slowWindowMinutes))
        self.history = history[max(0, min(slowStart, windowStart - usualRows))..<end]
        self.cpus = cpus
        self.now = now
        self.settings = settings
    }

    /// Nil with fewer than two earlier values or less than ten minutes to look back on: no trend can be told then.
    func trend(of rule: SignalRule, now value: Double) -> Trend? {
        guard let quick = fit(rule, value, from: windowStart) else { return nil }
        let slow = slowStart < windowStart ? fit(rule, value, from: slowStart) : nil
        let minutes = min(quick.minutes, settings.windowMinutes)
        let change = quick.slope * minutes
        var trend = Trend(
            change: change, beyondUsual: 0, plainChange: value - quick.first, minutes: minutes, quick: .none,
            slow: .none)
        let slowMinutes = slow.map { min($0.minutes, max(settings.windowMinutes, settings.slowWindowMinutes)) } ?? 0
        let slowChange = (slow?.slope ?? 0) * slowMinutes
        // What wanders at random goes no further in a longer time than its root tells.
        let longer = (slowMinutes / settings.windowMinutes).squareRoot()
        // What is usual is never less than the quiet change: most signals of most hosts end here.
        let least = settings.usualMultiple * rule.quietChange
        guard abs(change) > least || slowChange > least * longer else { return trend }
        let spread = usualChange(of: rule)
        let beyond = max(0, abs(change) - settings.usualMultiple * spread)
        trend.beyondUsual = change < 0 ? -beyond : beyond
        trend.quick = pace(change, beyond, over: minutes, spread: spread)
        let slowBeyond = max(0, slowChange - settings.usualMultiple * spread * longer)
        trend.slow = pace(slowChange, slowBeyond, over: slowMinutes, spread: spread * longer)
        return trend
    }

    private func pace(_ change: Double, _ beyond: Double, over minutes: Double, spread: Double) -> Trend.Pace {
        guard change > 0, minutes > 0 else { return .none }
        return Trend.Pace(
            perMinute: beyond / minutes, change: change, minutes: minutes,
            certainty: min(1, beyond / max(1e-9, settings.certainMultiple * spread)))
    }

    /// The straight line through what was seen since a row: its slope per minute, the first value and how long ago.
    private func fit(
        _ rule: SignalRule, _ value: Double, from start: Int
    ) -> (slope: Double, first: Double, minutes: Double)? {
        var (count, sumT, sumY, sumTT, sumTY) = (1.0, 0.0, value, 0.0, 0.0)
        var first: (t: Double, y: Double)?
        for row in history[start...] {
            guard let y = rule.signal.value(in: row.means, cpus: cpus) else { continue }
            let t = Self.middle(row, now) - now
            if first == nil { first = (t, y) }
            count += 1
            sumT += t
            sumY += y
            sumTT += t * t
            sumTY += t * y
        }
        guard let first, count >= 3, -first.t >= Self.secondsNeeded else { return nil }
        let slope = (count * sumTY - sumT * sumY) / (count * sumTT - sumT * sumT)
        return (slope * 60, first.y, -first.t / 60)
    }

    /// The spread of the changes over a window's length in the hours before it: 1.48 × the median distance from their
    /// median, which is a standard deviation when they are normal and does not mind a rise that began before the
    /// window. A young host's is a quarter of its profile's normal range.
    private func usualChange(of rule: SignalRule) -> Double {
        var changes: [Double] = []
        changes.reserveCapacity(windowStart - history.startIndex)
        var index = history.startIndex + windowSteps
        while index < windowStart {
            let (later, earlier) = (history[index], history[index - windowSteps])
            index += 1
            // A gap would compare across more than a window.
            guard later.start - earlier.start == windowSteps * Step.seconds,
                let after = rule.signal.value(in: later.means, cpus: cpus),
                let before = rule.signal.value(in: earlier.means, cpus: cpus)
            else { continue }
            changes.append(after - before)
        }
        guard changes.count >= Self.changesNeeded else {
            return max(rule.quietChange, (rule.limits.normalHigh - rule.limits.normalLow) / 4)
        }
        let centre = median(&changes)
        for index in changes.indices { changes[index] = abs(changes[index] - centre) }
        return max(rule.quietChange, 1.4826 * median(&changes))
    }

    private func median(_ values: inout [Double]) -> Double {
        values.sort()
        let middle = values.count / 2
        return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
    }

    private static func middle(_ row: StepRow, _ now: Double) -> Double {
        (Double(row.start) + min(Double(row.start + Step.seconds), now)) / 2
    }

    private static let secondsNeeded = 600.0
    private static let changesNeeded = 6
}
