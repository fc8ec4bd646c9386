package import Insight

/// The GIFT-Eval protocol (arXiv:2410.10393): the last `horizon × windows` steps of every series are forecast window
/// by window, without overlap, each from everything before it; all columns, series and windows count alike.
package struct SeriesEvaluation {
    package struct Scores: Sendable, Equatable {
        /// Of `levels`.
        package var quantiles = QuantileScores(levels: SeriesEvaluation.levels)
        package var scaled = ScaledError()

        package init() {}
    }

    /// One column of one series, up to where a window begins.
    package struct Window: Sendable {
        package var series: Int
        package var column: Int
        /// The first step to be forecast.
        package var start: Int
    }

    package static let levels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

    private let file: SeriesFile
    private let spec: SeriesSpec

    /// - Throws: `SeriesError` when no series is long enough for its windows.
    package init(file: SeriesFile, spec: SeriesSpec) throws(SeriesError) {
        self.file = file
        self.spec = spec
        let needed = spec.horizon * spec.windows + max(spec.season + 1, 2)
        let longest = file.series.map(\.steps).max() ?? 0
        guard longest >= needed else {
            throw SeriesError(
                "the longest series has \(longest) steps; \(spec.windows) windows of \(spec.horizon) steps after a "
                    + "season of \(spec.season) need \(needed): give fewer windows, a shorter horizon, or more data")
        }
    }

    /// Where training has to end in a series of so many steps.
    package static func firstTestStep(steps: Int, spec: SeriesSpec) -> Int {
        max(0, steps - spec.horizon * spec.windows)
    }

    /// Every window of every column, series by series, ascending in time. A series too short for a season before its
    /// windows has none.
    package var windows: [Window] {
        var all: [Window] = []
        for (series, values) in file.series.enumerated() {
            let first = Self.firstTestStep(steps: values.steps, spec: spec)
            guard first > spec.season else { continue }
            for window in 0..<spec.windows {
                for column in spec.columns.indices {
                    all.append(Window(series: series, column: column, start: first + window * spec.horizon))
                }
            }
        }
        return all
    }

    package func score(_ simple: SimpleForecast) -> Scores {
        var path = [Float](repeating: .nan, count: spec.horizon)
        return score { window, history, add in
            path.withUnsafeMutableBufferPointer { path in
                simple.path(history, season: spec.season, into: path)
                for step in path.indices { add(step) { _ in path[step] } }
            }
        }
    }

    /// `forecasts`: `[step][level]`, ascending in level, for each of `windows`.
    package func score(forecasts: [[Float]]) -> Scores {
        var next = forecasts.makeIterator()
        return score { window, _, add in
            guard let values = next.next() else { return }
            for step in 0..<spec.horizon { add(step) { values[step * Self.levels.count + $0] } }
        }
    }

    private typealias Add = (_ step: Int, _ quantile: (Int) -> Float) -> Void

    private func score(_ forecast: (Window, UnsafeBufferPointer<Float>, Add) -> Void) -> Scores {
        var scores = Scores()
        var median = [Float](repeating: .nan, count: spec.horizon)
        for window in windows {
            let values = file.series[window.series].columns[window.column]
            let truth = values[window.start..<window.start + spec.horizon]
            values.withUnsafeBufferPointer { all in
                forecast(window, UnsafeBufferPointer(rebasing: all[..<window.start])) { step, quantile in
                    scores.quantiles.add(truth: truth[window.start + step], quantile)
                    median[step] = quantile(Self.levels.count / 2)
                }
            }
            scores.scaled.add(
                truth: truth, median: median[...],
                seasonalError: ScaledError.seasonalError(values[..<window.start], season: spec.season))
        }
        return scores
    }
}
