import Forecasting
import Glibc
import Insight
package import Training

/// A network of our own for a table of series: trained on what lies before the first test window, then asked about
/// every window.
///
/// Every column is a series of its own with one target, told apart by a class: a network that sees one column at a time
/// learns from all of them, and what one column does not say about another cannot lead it astray (channel
/// independence, Nie et al., arXiv:2211.14730). Each is brought to mean 0 and deviation 1 first, as it was before the
/// tests, so that all are learnt alike.
// One thread uses it, as it does the trainer.
package final class SeriesModel {
    private let trainer: Trainer
    private let whole: SeriesTable
    private let scales: [Scale]
    private let spec: SeriesSpec

    /// The last looks of training need windows that were not learnt from: this share of the time before the tests.
    package static let validationShare = 0.08
    /// A window is not taken to be steadier than this share of its column's spread.
    private static let floor: Float = 0.1
    private static let value = "value"

    private struct Scale {
        var mean: Float
        var deviation: Float
    }

    /// What it is trained with unless told otherwise.
    package static var settings: TrainerSettings {
        var settings = TrainerSettings()
        settings.validationShare = validationShare
        settings.shortShare = 0
        return settings
    }

    /// - Throws: `SeriesTable.Fault`, `Trainer.Fault`: a table that cannot be learnt from.
    package init(file: SeriesFile, spec: SeriesSpec, settings: TrainerSettings) throws {
        self.spec = spec
        var learnt = try SeriesTable(columns: [Self.value], stepSeconds: spec.stepSeconds)
        var whole = learnt
        var scales: [Scale] = []
        for series in file.series {
            let end = SeriesEvaluation.firstTestStep(steps: series.steps, spec: spec)
            for (column, name) in spec.columns.enumerated() {
                let scale = Self.scale(of: series.columns[column][..<end])
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
        (self.whole, self.scales) = (whole, scales)
        var windows = WindowSpec(
            targets: [0], floors: [Self.floor], isAsinh: true,
            seriesClasses: spec.columns.count > 1 ? .init(name: "column", words: spec.columns) : nil,
            context: spec.context ?? Self.context(spec), horizon: spec.horizon,
            season: spec.season > 1 ? spec.season : nil, quantiles: SeriesEvaluation.levels.map { Float($0) })
        // Steps of a day or more have no hour.
        if spec.stepSeconds >= 86_400 { windows.calendar = [.dayOfWeek, .month] }
        trainer = try Trainer(learnt, windows, settings)
    }

    /// Two seasons show what a day is; longer horizons want to see a little more.
    private static func context(_ spec: SeriesSpec) -> Int {
        min(max(2 * spec.season, spec.horizon, 24), 512)
    }

    private static func scale(of values: ArraySlice<Float>) -> Scale {
        var (sum, squares, count) = (0.0, 0.0, 0.0)
        for value in values where !value.isNaN {
            sum += Double(value)
            squares += Double(value) * Double(value)
            count += 1
        }
        guard count > 1 else { return Scale(mean: 0, deviation: 1) }
        let deviation = max(0, squares / count - sum / count * (sum / count)).squareRoot()
        return Scale(mean: Float(sum / count), deviation: deviation > 1e-9 ? Float(deviation) : 1)
    }

    @discardableResult
    package func train(_ report: (TrainerProgress) -> Bool) throws -> TrainerResult { try trainer.run(report) }

    /// `[step][level]` for each window, in the columns' own units.
    package func forecast(_ windows: [SeriesEvaluation.Window]) -> [[Float]] {
        let places = windows.map { window in
            Window(
                series: window.series * spec.columns.count + window.column, origin: window.start,
                context: trainer.spec.context)
        }
        return zip(places, trainer.forecast(places, in: whole)).map { place, values in
            let scale = scales[place.series]
            return values.map { $0 * scale.deviation + scale.mean }
        }
    }
}
