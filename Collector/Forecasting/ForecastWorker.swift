import Insight
import Numerics
import TFT
import Telemetry

/// What one worker of the pool keeps from forecast to forecast, so that it allocates nothing but the answers
/// themselves.
// Only touched under the lock that holds it, by one worker at a time.
final class ForecastWorker {
    private let network: FoldedModel
    private let features: FeatureConfig
    private let workspace: FoldedWorkspace
    private var batch: TFTBatch
    private var answers: [Float]
    private var times: TimeTable?

    init(_ network: FoldedModel, _ features: FeatureConfig) {
        self.network = network
        self.features = features
        workspace = FoldedWorkspace(network)
        batch = TFTBatch(network.config, lengths: [])
        answers = Array(repeating: 0, count: FoldedWorkspace.hostsMax * network.answerCount)
    }

    /// The network's answers in the metrics' units, `[metric][step][quantile]`, NaN for what is not known now. At most
    /// `FoldedWorkspace.hostsMax` windows.
    func answer(_ windows: [FeatureWindow]) -> [[Float]] {
        let lengths = windows.map(\.history.count)
        // What an earlier host left behind a shorter one's last step is padding, and never looked at.
        if batch.hosts == lengths.count, batch.encoderSteps == lengths.max() {
            batch.encoderLengths = lengths
        } else {
            batch = TFTBatch(network.config, lengths: lengths)
        }
        for (host, window) in windows.enumerated() {
            if times?.firstStep != window.firstStep {
                times = TimeTable(firstStep: window.firstStep, features, horizon: batch.decoderSteps)
            }
            if let times { window.fill(&batch, host: host, features, times) }
        }
        answers.withUnsafeMutableBufferPointer { answers in
            network.forward(batch, workspace, into: answers)
            for host in windows.indices { restore(answers, first: host * network.answerCount) }
        }
        return windows.enumerated().map { metricValues(host: $0, $1) }
    }

    /// What lies between the network's heads and the window's centre and spread.
    private func restore(_ answers: UnsafeMutableBufferPointer<Float>, first: Int) {
        let run = Forecast.horizon * Forecast.quantiles.count
        if let calibration = features.calibration {
            for target in features.targets.indices {
                let own = answers[(first + target * run)..<(first + (target + 1) * run)]
                calibration.apply(to: UnsafeMutableBufferPointer(rebasing: own), target: target)
            }
        }
        if features.isAsinh {
            sinh(UnsafeMutableBufferPointer(rebasing: answers[first..<first + network.answerCount]))
        }
    }

    private func metricValues(host: Int, _ window: FeatureWindow) -> [Float] {
        let run = Forecast.horizon * Forecast.quantiles.count
        return [Float](unsafeUninitializedCapacity: Forecast.valueCount) { values, count in
            values.initialize(repeating: .nan)
            count = values.count
            answers.withUnsafeBufferPointer { answers in
                for (target, metric) in features.targets.enumerated() where window.history.isKnown(metric) {
                    let (centre, spread) = (Float(window.centres[target]), Float(window.spreads[target]))
                    let from = host * network.answerCount + target * run
                    let to = metric.rawValue * run
                    for i in 0..<run { values[to + i] = centre + spread * answers[from + i] }
                }
            }
        }
    }
}
