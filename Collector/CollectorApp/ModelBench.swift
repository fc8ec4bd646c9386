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
    /// Of all threads together: multiplications and additions of the reference's own products, however we do them.
    let forecastGFLOPS: Double
    let trainGFLOPS: Double
    let peakGFLOPS: Double
    let threads: Int

    static let trainWindows = 64

    static func run(folder: String, hosts: Int) throws -> ModelBench {
        let pool = WorkerPool()
        useOneThreadPerProduct()
        let served = try ForecastModel(folder: folder, pool: pool)
        let network = try TFTModel(folder: folder)
        let all = (0..<hosts).map { demonstration(host: $0) }
        let one = [demonstration(host: 0)]
        let batch = median(runs: 15) { _ = served.forecast(all) }
        let single = median(runs: 41) { _ = served.forecast(one) }
        let bench = StepBench(network, windows: trainWindows, pool: pool)
        _ = bench.step()
        let steps = (0..<15).map { _ in bench.step() }.sorted()
        let work = operations(network.config)
        let step = steps[steps.count / 2]
        return ModelBench(
            model: served.label, hosts: hosts, batchSeconds: batch, oneSeconds: single, trainStepSeconds: step,
            forecastGFLOPS: work * Double(hosts) / batch / 1e9,
            trainGFLOPS: 3 * work * Double(trainWindows) / step / 1e9, peakGFLOPS: peak(pool), threads: pool.workers)
    }

    private static func median(runs: Int, _ body: () -> Void) -> Double {
        body()
        let seconds = (0..<runs).map { _ in
            let start = Clock.monotonicSeconds()
            body()
            return Clock.monotonicSeconds() - start
        }.sorted()
        return seconds[runs / 2]
    }

    /// Of a forward pass of one window at full length, as the folded network does them. A backward pass takes twice
    /// as many.
    private static func operations(_ config: TFTConfig) -> Double {
        let (e, d, h) = (Double(config.encoderSteps), Double(config.decoderSteps), Double(config.hidden))
        let c = Double(min(config.hiddenContinuous, config.hidden))
        func selection(_ reals: Int, _ classes: Int) -> Double {
            let (v, n) = (Double(reals), Double(reals + classes))
            return v * (c * c + 2 * c * h) + n * n * 2 + 3 * n * n + Double(classes) * h
        }
        let step = 8 * h * h + 2 * h * h + 4 * h * h + h * (h + h / Double(config.heads))
        let encoder = e * (selection(config.encoderReals.count, config.encoderCategoricals.count) + step)
        let pairs = d * (e + d / 2) * 2 * h
        let answers = h * Double(config.targets.count * config.quantileCount)
        let decoder = d * (selection(config.decoderReals.count, 0) + step + 9 * h * h + answers)
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
            forecast of \(hosts) hosts   \(milliseconds(batchSeconds))   \(giga(forecastGFLOPS))
            forecast of one host         \(milliseconds(oneSeconds))
            training step, \(Self.trainWindows) windows   \(milliseconds(trainStepSeconds))   \(giga(trainGFLOPS))
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
            json.member("forecast_gflops", forecastGFLOPS)
            json.member("train_gflops", trainGFLOPS)
            json.member("sgemm_gflops", peakGFLOPS)
        }
        return json.text
    }
}
