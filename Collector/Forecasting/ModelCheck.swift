import Daemon
import Insight
import Numerics
package import TFT
import Telemetry

/// Proves that a model folder is served right: against the reference's own answers where the folder holds them
/// (`io.safetensors`, `sample.json`), else by loading it and asking it something.
package enum ModelCheck {
    /// Of the quantiles, in units of each target's own scale.
    package static let quantileLimit: Float = 2e-4
    /// Of the variable weights, and of the attention.
    package static let weightLimit: Float = 1e-5
    /// Of a forecast from raw steps, in units of the window's spread: its numbers are written rounded.
    package static let sampleLimit: Float = 2e-3

    package static func run(folder: String) throws(ModelError) -> ModelCheckReport {
        useOneThreadPerProduct()
        let network = try TFTModel(folder: folder)
        var report = ModelCheckReport(folder: folder, parameters: network.layout.count)
        let start = Clock.monotonicSeconds()
        let goldenPath = "\(folder)/\(GoldenCase.name)"
        if FileBytes.exists(goldenPath) {
            let golden = try GoldenCase(path: goldenPath, config: network.config)
            report.golden = GoldenErrors(network.forward(golden.batch), against: golden)
            report.hosts += golden.batch.hosts
        }
        let samplePath = "\(folder)/\(SampleFile.name)"
        if FileBytes.exists(samplePath) {
            let model = try ForecastModel(folder: folder, pool: WorkerPool(workers: 1))
            let samples = try SampleFile(path: samplePath).samples
            report.sample = try error(of: model, on: samples, file: samplePath)
            report.hosts += samples.count
        }
        if report.golden == nil && report.sample == nil {
            // Nothing to compare with: that it answers numbers at all is what can be said.
            let output = network.forward(TFTBatch(network.config, lengths: [network.config.encoderSteps]))
            report.isFinite = output.quantiles.allSatisfy { $0.values.allSatisfy(\.isFinite) }
            report.hosts += 1
        }
        report.seconds = Clock.monotonicSeconds() - start
        return report
    }

    /// The largest error of any sample, in units of its window's spread.
    static func error(
        of model: ForecastModel, on samples: [SampleFile.Sample], file: String
    ) throws(ModelError) -> Float {
        let features = model.features
        var windows: [FeatureWindow] = []
        for sample in samples {
            let history = History(sample.request, window: features.encoderSteps)
            if let obstacle = history.obstacle {
                throw .badField(file: file, field: "samples", rule: "\(sample.host) cannot be forecast: \(obstacle)")
            }
            windows.append(FeatureWindow(history, sample.request, features))
        }
        let answers = model.networkAnswers(windows)
        var worst: Float = 0
        for ((sample, window), answer) in zip(zip(samples, windows), answers) {
            for (target, metric) in features.targets.enumerated() {
                guard let expected = sample.forecast[metric] else { continue }
                let first = ForecastBounds.index(metric, 0)
                for (i, value) in expected.enumerated() {
                    let error = abs(answer[first + i] - value) / Float(window.spreads[target])
                    worst = error.isNaN ? .infinity : max(worst, error)
                }
            }
        }
        return worst
    }
}
