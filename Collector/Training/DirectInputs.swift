import Forecasting
import Glibc

/// How a window of one series becomes the inputs of a `DirectNetwork`: the past in the window's own centre and spread,
/// the newest part step by step and older parts as means; where in the season, day, week and year the window's
/// beginning stands; which column it is.
struct DirectInputs: Sendable {
    /// More than this many steps of the past are shown as means.
    private static let fineMax = 672
    private static let meansMax = 336
    private static let fineBesideMeans = 336
    /// More classes than this would be more inputs than they say.
    private static let classesMax = 64
    private static let (daySeconds, weekSeconds, yearSeconds) = (86_400, 604_800, 31_556_952)

    let context: Int
    let horizon: Int
    let count: Int
    private let floor: Float
    private let fine: Int
    /// Steps in a mean, and how many means there are.
    private let grain: Int
    private let means: Int
    /// Seconds of a turn, how many harmonics are shown, and how much they count.
    private let turns: [(seconds: Int, harmonics: Int, weight: Float)]
    private let classes: Int
    private let stepSeconds: Int

    /// Where the newest value of the past is among the inputs.
    var newest: Int { means + fine - 1 }

    init(_ table: SeriesTable, _ spec: WindowSpec) {
        (context, horizon, floor, stepSeconds) = (spec.context, spec.horizon, spec.floors[0], table.stepSeconds)
        fine = context <= Self.fineMax ? context : Self.fineBesideMeans
        grain = max(1, (context - fine + Self.meansMax - 1) / Self.meansMax)
        means = (context - fine) / grain
        let step = table.stepSeconds
        let season = (spec.season ?? 1) * step
        let span = table.series.map(\.steps).max() ?? 0
        var turns: [(seconds: Int, harmonics: Int, weight: Float)] = []
        if season > step { turns.append((season, 2, 1)) }
        if step < Self.daySeconds, season != Self.daySeconds { turns.append((Self.daySeconds, 2, 1)) }
        if step < Self.weekSeconds, season != Self.weekSeconds, span * step > 2 * Self.weekSeconds {
            turns.append((Self.weekSeconds, 2, 1))
        }
        // Half of a year's turn seen once would be taken for a trend.
        if span * step > Self.yearSeconds * 3 / 2, season < Self.yearSeconds / 2 {
            turns.append((Self.yearSeconds, 1, 0.5))
        }
        self.turns = turns
        let classes = spec.seriesClasses?.words.count ?? 0
        self.classes = classes <= Self.classesMax ? classes : 0
        count = means + fine + turns.reduce(0) { $0 + 2 * $1.harmonics } + 2 + self.classes
    }

    /// Fills `x: [count]`; nil when the window's past holds no number.
    func fill(
        _ x: UnsafeMutablePointer<Float>, _ series: SeriesTable.Series, origin: Int
    ) -> (centre: Float, spread: Float)? {
        let from = max(0, origin - context)
        var (sum, squares, known) = (0.0, 0.0, 0.0)
        series.values.withUnsafeBufferPointer { values in
            for step in from..<origin where !values[step].isNaN {
                (sum, known) = (sum + Double(values[step]), known + 1)
            }
            for step in from..<origin where !values[step].isNaN {
                squares += (Double(values[step]) - sum / known) * (Double(values[step]) - sum / known)
            }
        }
        guard known > 0 else { return nil }
        let (centre, spread) = (Float(sum / known), max(floor, Float((squares / known).squareRoot())))
        past(x, series, origin, centre, spread)
        var at = means + fine
        let seconds = series.start + origin * stepSeconds
        for turn in turns {
            let phase =
                2 * Float.pi * Float((seconds % turn.seconds + turn.seconds) % turn.seconds)
                / Float(turn.seconds)
            for harmonic in 1...turn.harmonics {
                x[at] = turn.weight * sinf(Float(harmonic) * phase)
                x[at + 1] = turn.weight * cosf(Float(harmonic) * phase)
                at += 2
            }
        }
        (x[at], x[at + 1]) = (centre, logf(spread))
        at += 2
        for i in 0..<classes { x[at + i] = 0 }
        if classes > 0, series.category >= 1, series.category <= classes { x[at + Int(series.category) - 1] = 1 }
        return (centre, spread)
    }

    /// A gap carries the value before it; what lies before the first number is shown as the centre.
    private func past(
        _ x: UnsafeMutablePointer<Float>, _ series: SeriesTable.Series, _ origin: Int, _ centre: Float, _ spread: Float
    ) {
        var last: Float = 0
        func shown(_ step: Int) -> Float {
            guard step >= 0 else { return 0 }
            let value = series.values[step]
            if !value.isNaN { last = asinhf((value - centre) / spread) }
            return last
        }
        let oldest = origin - fine - means * grain
        for mean in 0..<means {
            var sum: Float = 0
            for step in 0..<grain { sum += shown(oldest + mean * grain + step) }
            x[mean] = sum / Float(grain)
        }
        for step in 0..<fine { x[means + step] = shown(origin - fine + step) }
    }

    /// The values ahead in the window's own centre and spread: `[horizon]`, NaN where there is none.
    func wanted(
        _ to: UnsafeMutablePointer<Float>, _ series: SeriesTable.Series, origin: Int, centre: Float, spread: Float
    ) {
        for step in 0..<horizon {
            let at = origin + step
            to[step] = at < series.steps ? asinhf((series.values[at] - centre) / spread) : .nan
        }
    }
}
