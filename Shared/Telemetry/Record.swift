/// One host at one moment: the 14 metrics and what travels with them.
package struct Record: Sendable, Equatable {
    package var host: String
    /// Unix seconds, with fraction.
    package var time: Double
    package var values: MetricVector
    /// Why a metric is missing. Only metrics that are nil in `values` have an entry.
    package var missing: [Metric: String] = [:]
    package var state: HostState?
    package var profile: Profile?
    package var labels: [String: String] = [:]
    package var cpus: Int?
    /// Names one boot of one machine; two of them interleaved under one host name are a conflict.
    package var bootID: String?
    /// Starts at 1 with each boot of the agent's spool and never repeats, so a gap in it is a loss.
    package var sequence: UInt64?

    package init(host: String, time: Double, values: MetricVector) {
        self.host = host
        self.time = time
        self.values = values
    }

    package static let labelsMax = 16
    package static let labelKeyMax = 64
    package static let labelValueMax = 256

    /// What the collector takes: a key of 1 to `labelKeyMax` characters, a value of at most `labelValueMax`, and no
    /// U+FFFD, which stands for bytes that were no UTF-8.
    package static func isLabel(_ key: String, _ value: String) -> Bool {
        (1...labelKeyMax).contains(key.count) && value.count <= labelValueMax
            && !(key + value).unicodeScalars.contains("\u{FFFD}")
    }
}

extension Record {
    /// Adds the record as one flat object: `host`, `time`, what is known of the host, the 14 metrics (null where
    /// missing) and the reasons.
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("host", host)
            writeMembers(to: &json)
            if missing.isEmpty { json.member("missing") { $0.object { _ in } } }
        }
    }

    /// The members of `write(to:)` without the host, for a batch that names its host once.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("time", time)
        if let cpus { json.member("cpus", cpus) }
        if let bootID { json.member("boot_id", bootID) }
        if let sequence { json.member("sequence", sequence) }
        if let state { json.member("state", state.rawValue) }
        if let profile { json.member("profile", profile.rawValue) }
        if !labels.isEmpty {
            json.member("labels") { json in
                json.object { json in
                    for (key, value) in labels.sorted(by: { $0.key < $1.key }) { json.member(key, value) }
                }
            }
        }
        for metric in Metric.allCases { json.member(metric.name, values[metric]) }
        if !missing.isEmpty {
            json.member("missing") { json in
                json.object { json in
                    for metric in Metric.allCases {
                        if let reason = missing[metric] { json.member(metric.name, reason) }
                    }
                }
            }
        }
    }
}
