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
    /// What explains the answers, `[host][layout.count]`.
    private var weights: [Float]
    private let inputs: Explanation.Inputs
    private var times: TimeTable?

    init(_ network: FoldedModel, _ features: FeatureConfig) {
        self.network = network
        self.features = features
        workspace = FoldedWorkspace(network)
        batch = TFTBatch(network.config, lengths: [])
        answers = Array(repeating: 0, count: FoldedWorkspace.hostsMax * network.answerCount)
        weights = Array(repeating: 0, count: FoldedWorkspace.hostsMax * network.layout.count)
        let config = network.config
        inputs = Explanation.Inputs(
            host: config.staticCategoricals.map(\.name) + config.staticReals,
            past: config.encoderCategoricals.map(\.name) + config.encoderReals,
            ahead: config.decoderCategoricals.map(\.name) + config.decoderReals)
    }

    /// A host's answer, `[metric][step][quantile]`, and what it was made from.
    struct Answer: Sendable {
        var values: [Float]
        var explanation: Explanation?
    }

    /// The network's answers in the metrics' units, `[metric][step][quantile]`, NaN for what is not known now. At most
    /// `FoldedWorkspace.hostsMax` windows.
    func answer(_ windows: [FeatureWindow]) -> [Answer] {
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
            weights.withUnsafeMutableBufferPointer { network.forward(batch, workspace, into: answers, weights: $0) }
            for host in windows.indices { restore(answers, first: host * network.answerCount) }
        }
        return windows.enumerated().map { host, window in
            Answer(values: metricValues(host: host, window), explanation: explanation(host: host, window))
        }
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

    /// The host's variable weights as they are, and its attention by the true age of the steps that it was shown.
    private func explanation(host: Int, _ window: FeatureWindow) -> Explanation? {
        let layout = network.layout
        let first = host * layout.count
        let stepsPerHour = 3600 / Step.seconds
        let hours = (network.config.encoderSteps + stepsPerHour - 1) / stepsPerHour
        var values = Array(weights[first..<first + layout.attention.lowerBound])
        values.reserveCapacity(values.count + hours + 1)
        let (past, start) = (values.count, first + layout.attention.lowerBound)
        values += repeatElement(0, count: hours + 1)
        for (step, age) in window.history.ages.enumerated() {
            values[past + (age - 1) / stepsPerHour] += weights[start + step]
        }
        let ahead = start + network.config.encoderSteps
        for step in ahead..<ahead + network.config.decoderSteps { values[past + hours] += weights[step] }
        return Explanation(inputs: inputs, values: values)
    }
}
