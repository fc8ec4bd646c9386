import Daemon
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
    let network: FoldedModel
    let features: FeatureConfig
    private let pool: WorkerPool
    /// One for each worker of the pool.
    private let workers: [Locked<ForecastWorker>]

    /// How many hosts one worker takes at a time.
    static let hostsPerBatch = FoldedWorkspace.hostsMax
    /// How many hosts are prepared at a time, so that ten thousand need no more memory than these.
    static let hostsPerRound = 512

    package convenience init(folder: String, pool: WorkerPool = WorkerPool()) throws(ModelError) {
        let files = try TFTModel.files(folder: folder)
        let network = try TFTModel(files.config, files.weights)
        try self.init(folder: folder, network: network, digest: files.weights.digest, pool: pool)
    }

    init(folder: String, network: TFTModel, digest: String, pool: WorkerPool) throws(ModelError) {
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
        self.pool = pool
        let folded = FoldedModel(network)
        self.network = folded
        workers = (0..<pool.workers).map { [features] _ in Locked(ForecastWorker(folded, features)) }
    }

    /// How many steps of history it looks at, at most.
    package var historySteps: Int { features.encoderSteps }

    /// What a forecast says of its maker.
    package var label: String { "\(name)@\(digest)" }

    /// One answer for each request, in their order. All hosts go through the network together, split over the pool.
    package func forecast(_ requests: [ForecastRequest]) -> [ForecastStatus] {
        var answers: [ForecastStatus] = []
        answers.reserveCapacity(requests.count)
        for first in stride(from: 0, to: requests.count, by: Self.hostsPerRound) {
            answers += round(Array(requests[first..<min(first + Self.hostsPerRound, requests.count)]))
        }
        return answers
    }

    private func round(_ requests: [ForecastRequest]) -> [ForecastStatus] {
        let prepared = inParallel(Array(requests.indices)) { [self] members, _ in
            members.map { index -> (FeatureWindow?, ForecastStatus) in
                let history = History(requests[index], window: features.encoderSteps)
                if let obstacle = history.obstacle { return (nil, obstacle) }
                return (FeatureWindow(history, requests[index], features), .withheld(reason: ""))
            }
        }
        var answers = prepared.map(\.1)
        let ready = prepared.indices.filter { prepared[$0].0 != nil }
        let windows = prepared.compactMap(\.0)
        // Neighbours of like length share a batch, so that little of it is padding.
        let order = windows.indices.sorted { windows[$0].history.count > windows[$1].history.count }
        let forecasts = inParallel(order) { [self] members, worker in
            let parts = members.map { windows[$0] }
            let answers = workers[worker].withLock { $0.answer(parts) }
            return zip(parts, answers).map { window, answer in
                var values = answer.values
                ForecastBounds(history: window.history).apply(to: &values)
                var forecast = Forecast(
                    firstStep: window.firstStep, historySteps: window.history.count, model: label, values: values)
                forecast.explanation = answer.explanation
                return forecast
            }
        }
        for (member, forecast) in zip(order, forecasts) { answers[ready[member]] = .ready(forecast) }
        return answers
    }

    /// The network's own answers, not yet bounded.
    func networkAnswers(_ windows: [FeatureWindow]) -> [[Float]] {
        inParallel(Array(windows.indices)) { [self] members, worker in
            let parts = members.map { windows[$0] }
            return workers[worker].withLock { $0.answer(parts).map(\.values) }
        }
    }

    /// Gives `members` in batches to the pool; the results come back in the members' order.
    private func inParallel<Result: Sendable>(
        _ members: [Int], _ body: @escaping @Sendable (_ members: [Int], _ worker: Int) -> [Result]
    ) -> [Result] {
        // Even batches, and no fewer than workers, so that none waits long for another.
        let rounds = (members.count + Self.hostsPerBatch * pool.workers - 1) / (Self.hostsPerBatch * pool.workers)
        let jobs = min(members.count, rounds * pool.workers)
        let results = Locked([[Result]](repeating: [], count: jobs))
        pool.run(jobs) { job, worker in
            let part = Array(members[job * members.count / jobs..<(job + 1) * members.count / jobs])
            let result = body(part, worker)
            results.withLock { $0[job] = result }
        }
        return results.withLock { $0.flatMap { $0 } }
    }
}
