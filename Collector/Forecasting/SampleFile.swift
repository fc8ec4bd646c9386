import Insight
import TFT
package import Telemetry

/// `sample.json` of a model folder: hosts from raw steps to the network's forecast in the metrics' units, as the
/// trainer of the model computed them. It proves that the whole way, features included, is served right.
package struct SampleFile {
    package static let name = "sample.json"

    package struct Sample {
        let host: String
        let request: ForecastRequest
        /// Per metric `[step][quantile]`, as the network gave them: not sorted, not bounded.
        let forecast: [Metric: [Float]]

        /// The request's steps have no gap, and a state each.
        package init(host: String, request: ForecastRequest, forecast: [Metric: [Float]]) {
            (self.host, self.request, self.forecast) = (host, request, forecast)
        }
    }

    let samples: [Sample]

    init(path: String) throws(ModelError) {
        samples = try JSONFields.read(path) { fields throws(ModelError) in
            try fields.objects("samples").map { sample throws(ModelError) in try Self.sample(sample) }
        }
    }

    package init(samples: [Sample]) { self.samples = samples }

    package var json: [UInt8] {
        var json = JSONWriter(capacity: 1 << 18)
        json.object { json in
            json.member("samples") { json in json.array { json in for sample in samples { Self.write(sample, &json) } }
            }
        }
        return json.bytes
    }

    private static func write(_ sample: Sample, _ json: inout JSONWriter) {
        let request = sample.request
        let metrics = Metric.allCases.filter { sample.forecast[$0] != nil }
        json.object { json in
            json.member("host", sample.host)
            json.member("profile", request.profile.rawValue)
            json.member("history_steps", request.steps.count)
            json.member("first_step_unix", request.firstStep - request.steps.count * Step.seconds)
            json.member("state") { json in
                json.array { json in for step in request.steps { json.value(step.state?.rawValue) } }
            }
            json.member("history") { json in
                json.object { json in
                    for metric in metrics {
                        json.member(metric.name) { json in
                            json.array { json in for step in request.steps { json.value(step.means[metric]) } }
                        }
                    }
                }
            }
            json.member("forecast") { json in
                json.object { json in
                    for metric in metrics {
                        json.member(metric.name) { json in rows(sample.forecast[metric] ?? [], &json) }
                    }
                }
            }
        }
    }

    private static func rows(_ values: [Float], _ json: inout JSONWriter) {
        let width = Forecast.quantiles.count
        json.array { json in
            for first in stride(from: 0, to: values.count, by: width) {
                json.array { json in for value in values[first..<first + width] { json.value(value) } }
            }
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
