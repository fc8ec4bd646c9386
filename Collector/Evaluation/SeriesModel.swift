import Daemon
import Forecasting
import Glibc
import Training

/// Forecasts of a table of series: networks of our own, trained on what lies before the first test window, and simple
/// forecasts, blended as they deserve.
///
/// 1. The newest steps before the tests are held back. A Temporal Fusion Transformer and two networks that answer a
///    window at once learn from the rest.
/// 2. Windows in what was held back say how much each member, simple ones included, is worth at which distance and for
///    which column: `QuantileBlend`.
/// 3. The networks that are worth something go on with all steps up to the tests.
///
/// Every column is a series of its own with one target, told apart by a class: a network that sees one column at a time
/// learns from all of them, and what one column does not say about another cannot lead it astray (channel
/// independence, Nie et al., arXiv:2211.14730). Each is brought to mean 0 and deviation 1 first, as it was before the
/// tests, so that all are learnt alike.
// One thread uses it, as it does the trainers.
package final class SeriesModel {
    let file: SeriesFile
    let spec: SeriesSpec
    let settings: SeriesSettings
    let plan: SeriesPlan
    let scales: [SeriesScale]
    /// What may be learnt from, and everything; a series for every column of every series.
    let learnt: SeriesTable
    let whole: SeriesTable
    let pool = WorkerPool()
    var learners: [SeriesLearner] = []
    var blend: QuantileBlend
    let kinds: [SimpleQuantiles.Kind]
    /// Whether somebody wanted it to end.
    var isStopped = false

    static let levels = SeriesEvaluation.levels.map { Float($0) }
    private static let value = "value"
    /// A table of more pairs of series and column than this is blended by column alone.
    private static let pairGroupsMax = 32

    /// - Throws: `SeriesTable.Fault`: a table that cannot be learnt from.
    package init(file: SeriesFile, spec: SeriesSpec, settings: SeriesSettings) throws {
        (self.file, self.spec, self.settings) = (file, spec, settings)
        plan = SeriesPlan(file, spec)
        var learnt = try SeriesTable(columns: [Self.value], stepSeconds: spec.stepSeconds)
        var whole = learnt
        var scales: [SeriesScale] = []
        for series in file.series {
            let end = SeriesEvaluation.firstTestStep(steps: series.steps, spec: spec)
            for (column, name) in spec.columns.enumerated() {
                let scale = SeriesScale(of: series.columns[column][..<end])
                let values = series.columns[column].map { ($0 - scale.mean) / scale.deviation }
                let (own, category) = ("\(series.id) \(name)", Int32(column + 1))
                if end > 0 {
                    try learnt.add(
                        own, start: series.start, steps: end, values: Array(values[..<end]), category: category)
                }
                try whole.add(own, start: series.start, steps: series.steps, values: values, category: category)
                scales.append(scale)
            }
        }
        (self.learnt, self.whole, self.scales) = (learnt, whole, scales)
        // Without a season, the seasonal naive is the naive.
        kinds = SimpleQuantiles.Kind.allCases.filter { spec.season > 1 || $0 != .seasonalNaive }
        blend = QuantileBlend(members: kinds.count, groups: 1, horizon: spec.horizon, levels: Self.levels)
    }

    /// Windows of one column, as a network of some context is shown them.
    func windows(context: Int) -> WindowSpec {
        var windows = WindowSpec(
            targets: [0], floors: [SeriesScale.floor], isAsinh: true,
            seriesClasses: spec.columns.count > 1 ? .init(name: "column", words: spec.columns) : nil,
            context: context, horizon: spec.horizon, season: spec.season > 1 ? spec.season : nil,
            quantiles: Self.levels)
        // Steps of a day or more have no hour.
        if spec.stepSeconds >= 86_400 { windows.calendar = [.dayOfWeek, .month] }
        return windows
    }

    /// How many windows are going to be asked for.
    var testWindows: Int { (try? SeriesEvaluation(file: file, spec: spec))?.windows.count ?? 0 }

    private func group(_ window: SeriesEvaluation.Window) -> Int {
        file.series.count * spec.columns.count <= Self.pairGroupsMax
            ? window.series * spec.columns.count + window.column : window.column
    }

    private var groups: Int {
        let pairs = file.series.count * spec.columns.count
        return pairs <= Self.pairGroupsMax ? pairs : spec.columns.count
    }

    /// `[step][level]` for each window, in the columns' own units.
    package func forecast(_ windows: [SeriesEvaluation.Window]) -> [[Float]] {
        var answers: [[Float]] = []
        answers.reserveCapacity(windows.count)
        // In parts: the members' answers to all windows of thousands of series would not fit.
        for first in stride(from: 0, to: windows.count, by: 2048) {
            let part = Array(windows[first..<min(first + 2048, windows.count)])
            let members = memberForecasts(part, among: windows.count)
            for (i, window) in part.enumerated() {
                let blended = blend(members.map { $0[i] }, group: group(window))
                answers.append(bounds(window).apply(blended))
            }
        }
        return answers
    }

    /// Each member's answers to each window, in the columns' own units: simple ones, then networks.
    func memberForecasts(_ windows: [SeriesEvaluation.Window], among all: Int) -> [[[Float]]] {
        let origins = max(10, min(100, 10_000_000 / max(1, all * spec.horizon)))
        let simple = SimpleQuantiles(
            season: spec.season, horizon: spec.horizon, levels: SeriesEvaluation.levels, origins: origins)
        let answers = Locked([[[Float]]](repeating: Array(repeating: [], count: windows.count), count: kinds.count))
        pool.run(windows.count) { [kinds, file] job, _ in
            let window = windows[job]
            let found = file.series[window.series].columns[window.column].withUnsafeBufferPointer { values in
                let history = UnsafeBufferPointer(rebasing: values[..<window.start])
                return kinds.map { simple.forecast($0, history) }
            }
            answers.withLock { for kind in found.indices { $0[kind][job] = found[kind] } }
        }
        var members = answers.withLock { $0 }
        for learner in learners {
            let places = windows.map { window in
                Window(
                    series: window.series * spec.columns.count + window.column, origin: window.start,
                    context: learner.context)
            }
            members.append(
                zip(places, learner.forecast(places, in: whole)).map { place, values in
                    values.map { scales[place.series].restore($0) }
                })
        }
        // Where a member has nothing to say, the naive one speaks for it; where that has not, what is usual.
        for i in windows.indices {
            let pair = windows[i].series * spec.columns.count + windows[i].column
            for m in members.indices where members[m][i].contains(where: { !$0.isFinite }) {
                let naive = members[0][i]
                members[m][i] = members[m][i].indices.map { naive[$0].isFinite ? naive[$0] : scales[pair].mean }
            }
        }
        return members
    }

    private func bounds(_ window: SeriesEvaluation.Window) -> SeriesBounds {
        SeriesBounds(file.series[window.series].columns[window.column][..<window.start])
    }

    /// Fits the blend on what was held back; gives each member's mean weight.
    func fitBlend() -> [Double] {
        let members = kinds.count + learners.count
        blend = QuantileBlend(members: members, groups: groups, horizon: spec.horizon, levels: Self.levels)
        let windows = plan.windows
        let forecasts = memberForecasts(windows, among: windows.count)
        var examples: [QuantileBlend.Example] = []
        var errors: [(plain: Double, scaled: Double)] = []
        for (i, window) in windows.enumerated() {
            let values = file.series[window.series].columns[window.column]
            let truth = Array(values[window.start..<window.start + spec.horizon])
            let scale = ScaledError.seasonalError(values[..<window.start], season: spec.season) ?? 0
            let least = Double(scales[window.series * spec.columns.count + window.column].deviation) * 1e-2
            let known = truth.indices.filter { !truth[$0].isNaN }
            let naive = known.reduce(0.0) {
                $0 + Double(abs(truth[$1] - forecasts[0][i][$1 * Self.levels.count + Self.levels.count / 2]))
            }
            errors.append((naive, naive / max(scale, least)))
            examples.append(
                .init(
                    forecasts: forecasts.map { $0[i] }, truth: truth, group: group(window),
                    importance: Float(1 / max(scale, least))))
        }
        // Half of the importance is that of the errors themselves, half that of errors by their series' own scale.
        let plain = errors.reduce(0) { $0 + $1.plain }, scaled = errors.reduce(0) { $0 + $1.scaled }
        for i in examples.indices where plain > 0 && scaled > 0 {
            examples[i].importance = Float(1 / plain + Double(examples[i].importance) / scaled)
        }
        blend.fit(examples)
        return (0..<members).map { member in
            let all = blend.weights.flatMap { blocks in
                zip(blocks, blend.blocks).map { Double($0[member]) * Double($1.count) }
            }
            return all.reduce(0, +) / Double(groups * spec.horizon)
        }
    }
}
