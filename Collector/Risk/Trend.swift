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
}

/// Reads trends out of one host's history.
struct TrendReader {
    private let history: ArraySlice<StepRow>
    /// Index of the first row inside the window.
    private let windowStart: Int
    private let cpus: Int
    private let now: Double
    private let settings: TrendSettings
    private let windowSteps: Int

    /// - Parameter now: Unix seconds of the present value.
    init(history: [StepRow], cpus: Int, now: Double, settings: TrendSettings) {
        let step = Double(Step.seconds)
        windowSteps = max(1, Int((settings.windowMinutes * 60 / step).rounded()))
        // A row counts by its middle; half a step more takes in the row that was current when the window began.
        let from = now - settings.windowMinutes * 60 - step / 2 - 1
        var end = history.endIndex
        while end > 0, Double(history[end - 1].start) >= now { end -= 1 }
        var first = end
        while first > 0, Self.middle(history[first - 1], now) >= from { first -= 1 }
        let usualRows = Int(settings.usualHours * 3600 / step) + windowSteps
        windowStart = first
        self.history = history[max(0, first - usualRows)..<end]
        self.cpus = cpus
        self.now = now
        self.settings = settings
    }

    /// Nil with fewer than two earlier values or less than ten minutes to look back on: no trend can be told then.
    func trend(of rule: SignalRule, now value: Double) -> Trend? {
        var (count, sumT, sumY, sumTT, sumTY) = (1.0, 0.0, value, 0.0, 0.0)
        var first: (t: Double, y: Double)?
        for row in history[windowStart...] {
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
        let change = slope * min(-first.t, settings.windowMinutes * 60)
        let usual = settings.usualMultiple * usualChange(of: rule)
        let beyond = max(0, abs(change) - usual)
        return Trend(
            change: change, beyondUsual: change < 0 ? -beyond : beyond, plainChange: value - first.y,
            minutes: min(-first.t / 60, settings.windowMinutes))
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
