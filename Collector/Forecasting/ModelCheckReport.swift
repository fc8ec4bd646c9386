package import TFT
import Telemetry

/// What `ModelCheck` found.
package struct ModelCheckReport: Sendable {
    package var folder: String
    package var parameters: Int
    package var hosts = 0
    package var seconds = 0.0
    /// Against `io.safetensors`, where the folder has it.
    package var golden: GoldenErrors?
    /// Against `sample.json`, where the folder has it.
    package var sample: Float?
    /// Whether the answers are numbers; only asked where there is nothing to compare with.
    package var isFinite: Bool?

    init(folder: String, parameters: Int) {
        self.folder = folder
        self.parameters = parameters
    }

    /// A folder with nothing to compare with proves nothing, so it does not pass.
    package var pass: Bool {
        if let golden {
            guard golden.quantile <= ModelCheck.quantileLimit, golden.weight <= ModelCheck.weightLimit,
                golden.attention ?? 0 <= ModelCheck.weightLimit
            else { return false }
        }
        if let sample, !(sample <= ModelCheck.sampleLimit) { return false }
        return isCompared
    }

    /// Whether there was anything to hold the answers against.
    package var isCompared: Bool { golden != nil || sample != nil }

    package var text: String {
        var lines = ["\(folder): \(parameters) parameters, \(hosts) hosts in \(Self.rounded(seconds)) s"]
        func row(_ name: String, _ error: Float, _ limit: Float) {
            let verdict = error <= limit ? "ok" : "TOO LARGE"
            let name = name + String(repeating: " ", count: max(0, 28 - name.count))
            lines.append("  \(name)  largest error \(error)  limit \(limit)  \(verdict)")
        }
        if let golden {
            row("quantiles (target scales)", golden.quantile, ModelCheck.quantileLimit)
            row("variable weights", golden.weight, ModelCheck.weightLimit)
            if let attention = golden.attention { row("attention", attention, ModelCheck.weightLimit) }
        }
        if let sample { row("sample.json (spreads)", sample, ModelCheck.sampleLimit) }
        if let isFinite {
            lines.append("  loaded, shapes fit, answers are \(isFinite ? "finite" : "NOT FINITE")")
            lines.append("  nothing to compare with: put io.safetensors or sample.json beside the weights")
        }
        if isCompared || isFinite != true { lines.append(pass ? "  pass" : "  FAIL") }
        return lines.joined(separator: "\n")
    }

    package var json: String {
        var json = JSONWriter()
        json.object { json in
            json.member("folder", folder)
            json.member("pass", pass)
            json.member("compared", isCompared)
            json.member("quantile_error", golden.map { Double($0.quantile) })
            json.member("weight_error", golden.map { Double($0.weight) })
            json.member("attention_error", golden.flatMap { $0.attention.map { Double($0) } })
            json.member("sample_error", sample.map { Double($0) })
            if let isFinite { json.member("finite", isFinite) }
            json.member("limits") { json in
                json.object { json in
                    json.member("quantile_error", Self.plain(ModelCheck.quantileLimit))
                    json.member("weight_error", Self.plain(ModelCheck.weightLimit))
                    json.member("attention_error", Self.plain(ModelCheck.weightLimit))
                    json.member("sample_error", Self.plain(ModelCheck.sampleLimit))
                }
            }
            json.member("parameters", parameters)
            json.member("hosts", hosts)
            json.member("seconds", seconds)
        }
        return json.text
    }

    /// 0.0002, not 0.00019999999494757503.
    private static func plain(_ value: Float) -> Double? { Double(value.description) }

    private static func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
}
