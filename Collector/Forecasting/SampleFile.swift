import Insight
import TFT
import Telemetry

/// `sample.json` of a model folder: hosts from raw steps to the network's forecast in the metrics' units, as the
/// trainer of the model computed them. It proves that the whole way, features included, is served right.
struct SampleFile {
    static let name = "sample.json"

    struct Sample {
        let host: String
        let request: ForecastRequest
        /// Per metric `[step][quantile]`, as the network gave them: not sorted, not bounded.
        let forecast: [Metric: [Float]]
    }

    let samples: [Sample]

    init(path: String) throws(ModelError) {
        samples = try JSONFields.read(path) { fields throws(ModelError) in
            try fields.objects("samples").map { sample throws(ModelError) in try Self.sample(sample) }
        }
    }

    private static func sample(_ fields: JSONFields) throws(ModelError) -> Sample {
        let count = try fields.integer("history_steps", in: 1...100_000)
        let first = try fields.integer("first_step_unix", in: 0...1 << 40)
        let profileName = try fields.string("profile")
        guard let profile = Profile(rawValue: profileName) else {
            throw fields.fault("profile", "\(profileName) is no profile")
        }
        let states = try fields.strings("state")
        let history = try fields.object("history")
        var rows = (0..<count).map { StepRow(start: first + $0 * Step.seconds, means: MetricVector(), samples: 1) }
        for (row, state) in states.enumerated() where row < count { rows[row].state = HostState(rawValue: state) }
        var forecast: [Metric: [Float]] = [:]
        let forecasts = try fields.object("forecast")
        for metric in Metric.allCases where forecasts.has(metric.name) {
            let values = try history.numbers(metric.name)
            guard values.count == count else { throw history.fault(metric.name, "must have \(count) values") }
            for (row, value) in values.enumerated() { rows[row].means[metric] = value }
            forecast[metric] = try forecasts.rows(metric.name, of: Forecast.quantiles.count, count: Forecast.horizon)
        }
        let request = ForecastRequest(profile: profile, steps: rows, firstStep: first + count * Step.seconds)
        return Sample(host: try fields.string("host"), request: request, forecast: forecast)
    }
}
