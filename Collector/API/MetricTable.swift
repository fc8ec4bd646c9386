/// One of our own numbers for Prometheus, with all its series.
struct MetricTable {
    var name: String
    var kind: String
    var help: String
    var values: [(labels: String, value: Double)]
}

extension MetricTable {
    /// A number without labels.
    init(_ name: String, _ kind: String, _ help: String, _ value: Int) {
        self.init(name: name, kind: kind, help: help, values: [("", Double(value))])
    }
}
