import Daemon
import Forecasting
import Glibc
import Insight
import Numerics
import TFT
import Telemetry
import Training

/// `forewarn-collector model bench`: how fast this machine forecasts and trains with a model, beside what its cores
/// can multiply at best.
struct ModelBench {
    let model: String
    let hosts: Int
    /// Medians, in seconds: a forecast of all hosts and of one, steps in and quantiles out; a training step of 64
    /// windows of full length, with dropout, gradients, clipping and AdamW.
    let batchSeconds: Double
    let oneSeconds: Double
    let trainStepSeconds: Double
    /// The least of the same runs: what other programs on the machine change least.
    let leastSeconds: (batch: Double, one: Double, trainStep: Double)
    /// How much longer the network takes for saying what it weighed, as a share of its time.
    let explainShare: Double
    /// Of all threads together: multiplications and additions of the products that are done.
    let forecastGFLOPS: Double
    let trainGFLOPS: Double
    let peakGFLOPS: Double
    /// The most memory that was resident up to the end of the forecasts of all hosts, all their answers held.
    let residentBytes: Int
    let threads: Int

    static let trainWindows = 64
    /// Hosts that differ; more of them are these again, so that what is measured is forecasting and not their past.
    private static let pastsMax = 512

    static func run(folder: String, hosts: Int) throws -> ModelBench {
        let pool = WorkerPool()
        useOneThreadPerProduct()
        let served = try ForecastModel(folder: folder, pool: pool)
        let network = try TFTModel(folder: folder)
        let pasts = (0..<min(hosts, pastsMax)).map { demonstration(host: $0) }
        let all = (0..<hosts).map { pasts[$0 % pasts.count] }
        let batch = times(runs: 15) { _ = served.forecast(all) }
        let resident = residentPeakBytes()
        let single = times(runs: 41) { _ = served.forecast([pasts[0]]) }
        let bench = StepBench(network, windows: trainWindows, pool: pool)
        _ = bench.step()
        let steps = (0..<15).map { _ in bench.step() }.sorted()
        let work = (
            served: operations(network.config, isFolded: true), trained: operations(network.config, isFolded: false)
        )
        let step = steps[steps.count / 2]
        return ModelBench(
            model: served.label, hosts: hosts, batchSeconds: batch.median, oneSeconds: single.median,
            trainStepSeconds: step, leastSeconds: (batch.least, single.least, steps[0]),
            explainShare: explainShare(network), forecastGFLOPS: work.served * Double(hosts) / batch.median / 1e9,
            trainGFLOPS: 3 * work.trained * Double(trainWindows) / step / 1e9, peakGFLOPS: peak(pool),
            residentBytes: resident, threads: pool.workers)
    }

    /// Once to warm up, then as often as wanted, or as begins within ten seconds.
    private static func times(runs: Int, _ body: () -> Void) -> (median: Double, least: Double) {
        body()
        let began = Clock.monotonicSeconds()
        var seconds: [Double] = []
        while seconds.count < runs, seconds.isEmpty || Clock.monotonicSeconds() - began < 10 {
            let start = Clock.monotonicSeconds()
            body()
            seconds.append(Clock.monotonicSeconds() - start)
        }
        seconds.sort()
        return (seconds[seconds.count / 2], seconds[0])
    }

    /// One workspace's hosts through the network, with weights and without, by turns; the least of each.
    private static func explainShare(_ network: TFTModel) -> Double {
        let folded = FoldedModel(network)
        let workspace = FoldedWorkspace(folded)
        let hosts = FoldedWorkspace.hostsMax
        var batch = TFTBatch(network.config, lengths: Array(repeating: network.config.encoderSteps, count: hosts))
        for i in batch.encoderReals.values.indices { batch.encoderReals.values[i] = sinf(Float(i) * 0.37) }
        var answers = [Float](repeating: 0, count: hosts * folded.answerCount)
        var weights = [Float](repeating: 0, count: hosts * folded.layout.count)
        var least = (plain: Double.infinity, explained: Double.infinity)
        answers.withUnsafeMutableBufferPointer { answers in
            weights.withUnsafeMutableBufferPointer { weights in
                for _ in 0..<25 {
                    let start = Clock.threadSeconds()
                    folded.forward(batch, workspace, into: answers)
                    let middle = Clock.threadSeconds()
                    folded.forward(batch, workspace, into: answers, weights: weights)
                    least = (
                        min(least.plain, middle - start), min(least.explained, Clock.threadSeconds() - middle)
                    )
                }
            }
        }
        return least.explained / least.plain - 1
    }

    /// Of this process (RUSAGE_SELF, 0, which is no such argument in Swift), since its start: getrusage(2).
    private static func residentPeakBytes() -> Int {
        var usage = rusage()
        getrusage(0, &usage)
        return usage.ru_maxrss * 1024
    }

    /// Of a forward pass of one window at full length: two for each product of two numbers, as the served network does
    /// them (`isFolded`) or as the trained one, which keeps apart what is learnt apart. A backward pass takes twice as
    /// many.
    private static func operations(_ config: TFTConfig, isFolded: Bool) -> Double {
        let (e, d, h) = (Double(config.encoderSteps), Double(config.decoderSteps), Double(config.hidden))
        let c = Double(min(config.hiddenContinuous, config.hidden))
        let apart = isFolded ? 0.0 : 1.0
        func selection(_ reals: Int, _ classes: Int) -> Double {
            let (v, n) = (Double(reals), Double(reals + classes))
            // Each variable's gate; the flat network's first product, its residual and its gate; the classes' share.
            return v * (2 * c * h + apart * c * c) + n * n * (4 + apart) + Double(classes) * h
        }
        let width = h / Double(config.heads)
        // A network of width h: its first product and its gate.
        let network = h * h * (3 + apart)
        // LSTM, its gate, enrichment, keys and values.
        let step = 8 * h * h + 2 * h * h + network + h * (h + width)
        let encoder = e * (selection(config.encoderReals.count, config.encoderCategoricals.count) + step)
        let pairs = d * (e + d / 2) * (h + Double(config.heads) * width)
        let answers = h * Double(config.targets.count * config.quantileCount)
        // Queries, the attention's gate, the network behind it, the last gate.
        let after = h * h + 2 * width * h + apart * width * h + network + 2 * h * h + answers
        let decoder = d * (selection(config.decoderReals.count, config.decoderCategoricals.count) + step + after)
        return 2 * (encoder + decoder + pairs)
    }

    /// sgemm of 512³ on every thread at once: the best of a few.
    private static func peak(_ pool: WorkerPool) -> Double {
        let size = 512
        let best =
            (0..<5).map { _ in
                let began = Clock.monotonicSeconds()
                pool.run(pool.workers) { _, _ in
                    let a = Matrix(size, size, values: Array(repeating: 1, count: size * size))
                    var c = Matrix(size, size)
                    for _ in 0..<20 { multiply(a, by: a, into: &c) }
                }
                return Clock.monotonicSeconds() - began
            }.min() ?? 1
        return Double(pool.workers) * 20 * 2 * Double(size * size * size) / best / 1e9
    }

    /// A day of a host that breathes: waves of its own phase.
    private static func demonstration(host: Int) -> ForecastRequest {
        let firstStep = 1_760_400_000
        let steps = (0..<288).map { i in
            var means = MetricVector()
            for raw in 0..<Metric.count {
                let phase = Double((i + 17 * host + 31 * raw) % 288) / 288
                means[raw: raw] = 10 + 5 * sin(2 * .pi * phase) + Double((i * 7 + raw * 3 + host) % 11) / 10
            }
            return StepRow(
                start: firstStep - (288 - i) * Step.seconds, means: means, samples: 60, state: .healthy)
        }
        return ForecastRequest(
            profile: Profile.allCases[host % Profile.allCases.count], steps: steps, firstStep: firstStep)
    }

    var text: String {
        func milliseconds(_ x: Double) -> String { "\((x * 1e5).rounded() / 100) ms" }
        func giga(_ x: Double) -> String { "\((x * 10).rounded() / 10) GFLOP/s" }
        return """
            \(model), \(threads) threads, kernels \(vectorLevel()), sgemm at best \(giga(peakGFLOPS))
            forecast of \(hosts) hosts   \(milliseconds(batchSeconds)), at best \(milliseconds(leastSeconds.batch))   \(
                giga(forecastGFLOPS))   \(residentBytes >> 20) MiB resident
            forecast of one host         \(milliseconds(oneSeconds)), at best \(milliseconds(leastSeconds.one))
            training step, \(Self.trainWindows) windows   \(milliseconds(trainStepSeconds)), at best \(
                milliseconds(leastSeconds.trainStep))   \(giga(trainGFLOPS))
            saying what was weighed      \((explainShare * 1000).rounded() / 10) % of the network's time
            """
    }

    var json: String {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.member("model", model)
            json.member("hosts", hosts)
            json.member("threads", threads)
            json.member("kernels", vectorLevel())
            json.member("batch_s", batchSeconds)
            json.member("one_s", oneSeconds)
            json.member("train_step_s", trainStepSeconds)
            json.member("batch_least_s", leastSeconds.batch)
            json.member("one_least_s", leastSeconds.one)
            json.member("train_step_least_s", leastSeconds.trainStep)
            json.member("explain_share", explainShare)
            json.member("resident_bytes", residentBytes)
            json.member("forecast_gflops", forecastGFLOPS)
            json.member("train_gflops", trainGFLOPS)
            json.member("sgemm_gflops", peakGFLOPS)
        }
        return json.text
    }
}
