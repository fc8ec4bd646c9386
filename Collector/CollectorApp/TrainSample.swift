import Daemon
import Forecasting
import Glibc
import Insight
import Lifecycle
import TFT
import Telemetry
import Training

/// What a freshly trained model says of two hosts, as the trainer computes it: written beside the weights, it proves
/// later that they are served right (`model check`).
enum TrainSample {
    /// How much of its past each host shows.
    private static let contexts = [288, 100]

    /// Before a new model is written: what an older one left in the folder proves nothing of it.
    static func removeStale(folder: String) throws {
        for name in [SampleFile.name, ModelCard.fileName, GoldenCase.name] {
            let path = "\(folder)/\(name)"
            guard unlink(path) == 0 || errno == ENOENT else {
                throw TrainError(
                    "\(path): is another model's and cannot be removed: \(String(cString: strerror(errno)))")
            }
        }
    }

    static func write(folder: String, _ trainer: Trainer, _ calibration: Calibration?) throws {
        guard let sample = file(trainer, calibration) else { return }
        let path = "\(folder)/\(SampleFile.name)"
        do throws(FileWriteError) { try writeFile(sample.json, to: path) } catch {
            throw TrainError("\(path): \(error.reason)")
        }
    }

    /// Nil where the model does not forecast what is served, or no host has an unbroken day.
    private static func file(_ trainer: Trainer, _ calibration: Calibration?) -> SampleFile? {
        guard trainer.config.decoderSteps == Forecast.horizon, trainer.config.encoderSteps == contexts[0],
            trainer.config.quantiles == Forecast.quantiles.map({ Float($0) })
        else { return nil }
        let table = trainer.table
        let metrics = table.columns.compactMap { Metric(name: $0) }
        guard metrics.count == table.columns.count, metrics.count > Metric.count / 2 else { return nil }
        let whole = table.series.indices.filter { isUnbroken(table.series[$0]) }
        guard let first = whole.first, let last = whole.last else { return nil }
        let windows = zip([first, last], contexts).map { series, context in
            Window(series: series, origin: table.series[series].steps, context: context)
        }
        let samples = zip(windows, trainer.served(windows, calibration)).map { window, values in
            let series = table.series[window.series]
            let run = Forecast.horizon * Forecast.quantiles.count
            let forecast = metrics.enumerated().map { index, metric in
                (metric, Array(values[index * run..<(index + 1) * run]))
            }
            return SampleFile.Sample(
                host: series.name, request: request(series, window, metrics, trainer.spec),
                forecast: Dictionary(uniqueKeysWithValues: forecast))
        }
        return SampleFile(samples: samples)
    }

    /// Whether its newest day has every value and a known state in every step.
    private static func isUnbroken(_ series: SeriesTable.Series) -> Bool {
        guard series.steps >= contexts[0], series.category > 0 else { return false }
        let steps = series.steps - contexts[0]..<series.steps
        let columns = series.values.count / series.steps
        return (0..<columns).allSatisfy { column in
            steps.allSatisfy { !series.values[column * series.steps + $0].isNaN }
        }
            && steps.allSatisfy { series.codes[$0] > 0 }
    }

    private static func request(
        _ series: SeriesTable.Series, _ window: Window, _ metrics: [Metric], _ spec: WindowSpec
    ) -> ForecastRequest {
        let words = (spec.stepClasses?.words ?? [], spec.seriesClasses?.words ?? [])
        let steps = (window.origin - window.context..<window.origin).map { step -> StepRow in
            var means = MetricVector()
            for (column, metric) in metrics.enumerated() {
                means[metric] = Double(series.values[column * series.steps + step])
            }
            return StepRow(
                start: series.start + step * Step.seconds, means: means, samples: 1,
                state: HostState(rawValue: words.0[Int(series.codes[step]) - 1]))
        }
        return ForecastRequest(
            profile: Profile(rawValue: words.1[Int(series.category) - 1]) ?? .generic, steps: steps,
            firstStep: series.start + window.origin * Step.seconds)
    }
}
