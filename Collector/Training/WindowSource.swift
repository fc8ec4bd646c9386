/// Which windows a run learns from and which it is judged by: the newest time belongs to validation, and so do the
/// series that are held out whole.
struct WindowSource: Sendable {
    /// Origins of one series, `count` of them from `first` on.
    private struct Run: Sendable {
        let series: Int
        let first: Int
        let count: Int
    }

    private var runs: [Run] = []
    /// Origins up to and with each run.
    private var ends: [Int] = []
    let context: Int
    private(set) var validation: [Window] = []
    private(set) var heldOut: [Window] = []
    /// Of the validation's time and the series held out, as many as the tails of a distribution need.
    private(set) var calibration: [Window] = []

    var count: Int { ends.last ?? 0 }

    /// Fewer steps than this say nothing.
    static let contextMin = 12
    private static let calibrationWindows = 2048

    static func tooShort(_ spec: WindowSpec) -> String {
        "no window to learn from: a series needs \(contextMin) steps and \(spec.horizon) more before the "
            + "validation time"
    }

    init(_ table: SeriesTable, _ spec: WindowSpec, _ settings: TrainerSettings) {
        context = spec.context
        let step = table.stepSeconds
        let first = table.series.map(\.start).min() ?? 0
        let last = table.series.map { $0.start + $0.steps * step }.max() ?? 0
        let split = last - Int(Double(last - first) * settings.validationShare)
        var (validation, heldOut): ([Run], [Run]) = ([], [])
        for (index, series) in table.series.enumerated() {
            let border =
                settings.validationSteps.map { max(0, series.steps - $0) }
                ?? min(series.steps, max(0, (split - series.start) / step))
            let least = min(spec.context, Self.contextMin)
            func run(_ from: Int, _ to: Int) -> Run? {
                let from = max(from, least)
                return to - spec.horizon >= from
                    ? Run(series: index, first: from, count: to - spec.horizon - from + 1) : nil
            }
            if settings.heldOut.contains(series.name) {
                if let run = run(min(spec.context, series.steps - spec.horizon), series.steps) { heldOut.append(run) }
                continue
            }
            // A series that has more than the context shows all of it; shorter ones show what they have.
            if let run = run(min(spec.context, border - spec.horizon), border) {
                runs.append(run)
                ends.append((ends.last ?? 0) + run.count)
            }
            if let run = run(border, series.steps) { validation.append(run) }
        }
        self.validation = Self.spread(settings.validationWindows, over: validation, context: spec.context)
        calibration = Self.spread(Self.calibrationWindows, over: validation + heldOut, context: spec.context)
        self.heldOut = Self.spread(settings.validationWindows, over: heldOut, context: spec.context)
    }

    /// `wanted` windows at even distances over all origins.
    private static func spread(_ wanted: Int, over runs: [Run], context: Int) -> [Window] {
        let total = runs.reduce(0) { $0 + $1.count }
        let wanted = min(wanted, total)
        var windows: [Window] = []
        var (run, before) = (0, 0)
        for i in 0..<wanted {
            let place = Int((Double(i) + 0.5) * Double(total) / Double(wanted))
            while place >= before + runs[run].count {
                before += runs[run].count
                run += 1
            }
            windows.append(
                Window(series: runs[run].series, origin: runs[run].first + place - before, context: context))
        }
        return windows
    }

    func random(_ random: inout PlacedRandom, shortShare: Double) -> Window {
        let place = Int.random(in: 0..<max(1, count), using: &random)
        var (low, high) = (0, max(0, ends.count - 1))
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] > place { high = middle } else { low = middle + 1 }
        }
        let run = runs[low]
        let origin = run.first + place - (ends[low] - run.count)
        let isShort = Double.random(in: 0..<1, using: &random) < shortShare
        let least = min(context, Self.contextMin)
        let shown = isShort ? Int.random(in: least...context, using: &random) : context
        return Window(series: run.series, origin: origin, context: shown)
    }
}
