import Daemon
import Forecasting
import Glibc
import Insight
import Numerics
import TFT
import Telemetry

/// Seconds of a forecast of 1, 90 and 1000 hosts, whole way: steps in, bounded quantiles out. Median of several runs.
///
///     swift run -c release bench forecast [MODEL_DIR]
func forecastBench(_ folder: String?) {
    let folder = folder ?? "Collector/Models/hosts"
    do throws(ModelError) {
        let model = try ForecastModel(folder: folder)
        print("\(model.label), \(model.parameterCount) parameters, kernels \(vectorLevel())")
        for (hosts, runs) in [(1, 41), (90, 25), (1000, 3)] {
            let requests = (0..<hosts).map { demonstrationRequest(host: $0) }
            _ = model.forecast(requests)
            let cpu = cpuSeconds()
            let seconds = (0..<runs).map { _ in
                let start = Daemon.Clock.monotonicSeconds()
                _ = model.forecast(requests)
                return Clock.monotonicSeconds() - start
            }.sorted()
            row(hosts, seconds, cpu: (cpuSeconds() - cpu) / Double(runs))
        }
    } catch {
        print(error)
    }
}

/// Of this process, all threads: what a busy machine does not change.
private func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private func row(_ hosts: Int, _ seconds: [Double], cpu: Double) {
    func milliseconds(_ x: Double) -> String { String(Double(Int(x * 1e5)) / 100) }
    print(
        "\(hosts) hosts: median \(milliseconds(seconds[seconds.count / 2])) ms,",
        "least \(milliseconds(seconds[0])) ms of \(seconds.count) runs, CPU \(milliseconds(cpu)) ms a run")
}

/// A day of a host that breathes: waves of its own phase, and a little noise that is the same in every run.
func demonstrationRequest(host: Int, steps count: Int = 288) -> ForecastRequest {
    let firstStep = 1_760_400_000
    var noise = UInt64(host) &* 0x9E37_79B9_7F4A_7C15 | 1
    func random() -> Double {
        noise ^= noise << 13
        noise ^= noise >> 7
        noise ^= noise << 17
        return Double(noise >> 40) / Double(1 << 24)
    }
    let steps = (0..<count).map { i in
        let day = Double((i + 17 * host) % 288) / 288
        let load = 4 * day * (1 - day)
        var means = MetricVector()
        let user = 15 + 40 * load + 5 * random()
        let (system, wait) = (4 + 6 * load + random(), 1 + 3 * random())
        means[.cpuUser] = user
        means[.cpuSystem] = system
        means[.cpuIOWait] = wait
        means[.cpuIdle] = 100 - user - system - wait
        means[.javaCPU] = user * 0.6
        means[.memoryUsed] = 50 + 20 * load + random()
        means[.swapUsed] = 3 + random()
        means[.diskUsage] = 40 + Double(i) / 100
        means[.networkIn] = 30 * load + 5 * random()
        means[.networkOut] = 40 * load + 5 * random()
        means[.backCloseWait] = (8 * random()).rounded()
        means[.frontCloseWait] = (6 * random()).rounded()
        means[.loadAverage] = 1 + 6 * load + random()
        means[.uptime] = 10 + Double(i) / 288
        return StepRow(start: firstStep - (count - i) * Step.seconds, means: means, samples: 60, state: .healthy)
    }
    return ForecastRequest(
        profile: Profile.allCases[host % Profile.allCases.count], steps: steps, firstStep: firstStep)
}
