package import Insight
import Numerics
package import TFT
import Telemetry

/// A model folder, loaded and ready to serve: hosts' steps in, forecasts in the metrics' own units out. It never
/// changes, so any thread may ask it, and a better model replaces it whole.
package final class ForecastModel: Sendable {
    /// The folder's last part.
    package let name: String
    /// Of the weights, 16 hexadecimal digits.
    package let digest: String
    package let parameterCount: Int
    let network: TFTModel
    let features: FeatureConfig
    private let pool: WorkerPool

    /// How many hosts one worker takes at a time: enough for the products to be worth their while, and few enough that
    /// ten thousand hosts need no more memory than these.
    static let hostsPerBatch = 16

    package convenience init(folder: String, pool: WorkerPool = WorkerPool()) throws(ModelError) {
        let config = try TFTConfig(path: "\(folder)/\(TFTModel.configName)")
        let file = try Safetensors(path: "\(folder)/\(TFTModel.weightsName)")
        let network = try TFTModel(config, file)
        try self.init(folder: folder, network: network, digest: file.digest, pool: pool)
    }

    init(folder: String, network: TFTModel, digest: String, pool: WorkerPool) throws(ModelError) {
        useOneThreadPerProduct()
        let configFile = "\(folder)/\(TFTModel.configName)"
        features = try FeatureConfig(path: configFile, network: network.config)
        guard network.config.decoderSteps == Forecast.horizon else {
            throw .badField(
                file: configFile, field: "max_prediction_length",
                rule: "must be \(Forecast.horizon), the horizon served")
        }
        let quantiles = network.config.quantiles
        guard quantiles == Forecast.quantiles.map({ Float($0) }) else {
            throw .badField(file: configFile, field: "quantiles", rule: "must be \(Forecast.quantiles)")
        }
        name = folder.split(separator: "/").last.map(String.init) ?? folder
        parameterCount = network.layout.count
        self.digest = digest
        self.network = network
        self.pool = pool
    }

    /// What a forecast says of its maker.
    package var label: String { "\(name)@\(digest)" }

    /// One answer for each request, in their order. All hosts go through the network together, split over the pool.
    package func forecast(_ requests: [ForecastRequest]) -> [ForecastStatus] {
        var answers: [ForecastStatus] = []
        var windows: [(request: Int, window: FeatureWindow)] = []
        for (index, request) in requests.enumerated() {
            let history = History(request, window: features.encoderSteps)
            answers.append(history.obstacle ?? .withheld(reason: ""))
            if history.obstacle == nil { windows.append((index, FeatureWindow(history, request, features))) }
        }
        let raw = networkAnswers(windows.map(\.window))
        for ((index, window), values) in zip(windows, raw) {
            var values = values
            ForecastBounds(history: window.history).apply(to: &values)
            answers[index] = .ready(
                Forecast(
                    firstStep: window.firstStep, historySteps: window.history.shown.count, model: label, values: values)
            )
        }
        return answers
    }

    /// The network's own answers in the metrics' units, `[metric][step][quantile]`, NaN for what is not known now.
    func networkAnswers(_ windows: [FeatureWindow]) -> [[Float]] {
        // Neighbours of like length share a batch, so that little of it is padding.
        let order = windows.indices.sorted { windows[$0].history.shown.count > windows[$1].history.shown.count }
        let size = max(1, min(Self.hostsPerBatch, (order.count + pool.workers - 1) / pool.workers))
        let jobs = (order.count + size - 1) / size
        let answers = Answers(count: windows.count)
        pool.run(jobs) { [self] job, _ in
            let members = Array(order[job * size..<min((job + 1) * size, order.count)])
            let parts = members.map { windows[$0] }
            var batch = TFTBatch(network.config, lengths: parts.map(\.history.shown.count))
            for (host, window) in parts.enumerated() { window.fill(&batch, host: host, features) }
            let output = network.forward(batch)
            for (host, member) in members.enumerated() {
                answers.set(member, metricValues(output, host: host, window: parts[host]))
            }
        }
        return answers.all
    }

    private func metricValues(_ output: TFTOutput, host: Int, window: FeatureWindow) -> [Float] {
        var values = [Float](repeating: .nan, count: Forecast.valueCount)
        let run = Forecast.horizon * Forecast.quantiles.count
        for (target, metric) in features.targets.enumerated() where window.history.isKnown(metric) {
            let (centre, spread) = (Float(window.centres[target]), Float(window.spreads[target]))
            let found = output.quantiles[target].values[host * run..<(host + 1) * run]
            let first = metric.rawValue * run
            for (i, value) in found.enumerated() { values[first + i] = centre + spread * value }
        }
        return values
    }
}
